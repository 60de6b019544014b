"""Settings of the documentation site: ``sphinx-build -W docs build/site``.

The pages are plain Markdown that reads well without the site. What only the site needs is added
while a page is read: the sidebar, from the lists of ``index.md``, and the reference, from the
package itself (``reference.py``).
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
# the width of what argparse prints does not hang on the terminal of whoever builds
os.environ["COLUMNS"] = "88"

import reference

from corridor_sim import __version__

project = "corridor_sim"
author = "The corridor_sim developers"
release = version = __version__
extensions = ["myst_nb", "sphinx_design", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]

source_suffix = {".md": "myst-nb"}
# tutorials are run where the site is deployed (minutes), and shown without what comes out elsewhere
nb_execution_mode = os.environ.get("CORRIDOR_SIM_NOTEBOOKS", "off")
nb_execution_timeout = 300
nb_execution_raise_on_error = True
nb_execution_cache_path = str(Path(__file__).parents[1] / "build" / "notebooks-kept")
nb_merge_streams = True
root_doc = "index"
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 4
suppress_warnings: list[str] = []

autodoc_typehints = "signature"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
napoleon_google_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False

# everything comes from the theme's own files: no fonts, scripts or styles of another host
html_theme = "furo"
html_title = f"corridor_sim {version}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_js_files = ["versions.js"]
templates_path = ["_templates"]
html_sidebars = {
    "**": [
        *("sidebar/brand.html", "sidebar/versions.html", "sidebar/search.html"),
        *("sidebar/scroll-start.html", "sidebar/navigation.html", "sidebar/scroll-end.html"),
    ]
}
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False

SECTION = re.compile(r"^## (?P<title>.+)\n(?P<body>(?:(?!^## ).*\n?)*)", re.MULTILINE)
PAGE = re.compile(r"^- \[(?P<name>[^\]]+)\]\((?P<page>[\w/-]+)\.md\)", re.MULTILINE)


def sidebar(index: str) -> str:
    """Return one hidden table of contents for every section of ``index.md`` that lists pages."""
    tables = []
    for section in SECTION.finditer(index):
        pages = [f"{name} <{page}>" for name, page in PAGE.findall(section["body"])]
        if pages:
            lines = ["```{toctree}", ":hidden:", f":caption: {section['title']}", "", *pages, "```"]
            tables.append("\n".join(lines))
    return "\n\n".join(tables)


def complete(app: Any, page: str, text: list[str]) -> None:
    """Add to a page what only the site has."""
    if page == "index":
        text[0] += "\n" + sidebar(text[0])
    elif page in reference.PAGES:
        text[0] += "\n" + reference.PAGES[page]()


def setup(app: Any) -> dict[str, bool]:
    """Ask Sphinx to call :func:`complete` for every page."""
    app.connect("source-read", complete)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
