"""The documentation site builds without a warning, is complete, and asks no other host."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

import corridor_sim
from corridor_sim import Scenario

for needed in ("sphinx", "myst_nb", "furo"):
    pytest.importorskip(needed, reason="the site is built where the extra docs is installed")

DOCS = Path(__file__).parents[2] / "docs"
LOADED = {"link": "href", "script": "src", "img": "src", "iframe": "src", "source": "srcset"}
ELSEWHERE = re.compile(r"(?:[a-z]+:)?//", re.IGNORECASE)


def build(docs: Path, site: Path) -> subprocess.CompletedProcess[str]:
    words = ["-W", "--keep-going", "-q", "-E", "-d", f"{site}-read", str(docs), str(site)]
    return subprocess.run(
        [sys.executable, "-m", "sphinx", *words], capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("docs") / "site"
    done = build(DOCS, out)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return out


class Loaded(HTMLParser):
    """Collects what a browser fetches by itself to show a page, and the text of its styles."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = dict(attrs)
        if tag == "link" and held.get("rel") in ("search", "index", "next", "prev", "author"):
            return  # a name of another page, not a file of this one
        if LOADED.get(tag) in held:
            self.addresses.append(str(held[LOADED[tag]]))
        self.addresses += fetched_by_style(held.get("style") or "")


def fetched_by_style(text: str) -> list[str]:
    found = re.findall(r"url\(\s*['\"]?([^'\")]+)|@import\s+['\"]([^'\"]+)", text)
    return ["".join(pair) for pair in found]


def loaded(page: str) -> list[str]:
    reader = Loaded()
    reader.feed(page)
    return reader.addresses


@pytest.mark.parametrize(
    ("page", "elsewhere"),
    [
        ('<link rel="stylesheet" href="https://fonts.example/a.css">', True),
        ('<script src="//cdn.example/a.js"></script>', True),
        ('<p style="background: url(https://img.example/a.png)">', True),
        ('<img src="_static/a.png">', False),
        ('<a href="https://mesa.readthedocs.io">Mesa</a>', False),
    ],
)
def test_what_is_fetched_elsewhere_is_seen(page: str, elsewhere: bool) -> None:
    assert any(ELSEWHERE.match(one) for one in loaded(page)) is elsewhere


def test_no_page_asks_another_host(site: Path) -> None:
    asked = {}
    for path in site.rglob("*.html"):
        asked[path.name] = [one for one in loaded(path.read_text("utf-8")) if ELSEWHERE.match(one)]
    for path in site.rglob("*.css"):
        found = fetched_by_style(path.read_text("utf-8"))
        asked[path.name] = [one for one in found if ELSEWHERE.match(one)]
    assert len(asked) > len(list(DOCS.glob("*.md")))
    assert not {name: one for name, one in asked.items() if one}


def test_every_page_is_on_the_site_and_in_its_sidebar(site: Path) -> None:
    index = (site / "index.html").read_text("utf-8")
    for page in DOCS.glob("*.md"):
        assert (site / f"{page.stem}.html").is_file(), page.name
        if page.stem != "index":
            link = rf'<li class="toctree-l1"><a [^>]*href="{page.stem}\.html"'
            assert re.search(link, index), page.name


def test_every_public_name_is_told(site: Path) -> None:
    page = (site / "reference-python.html").read_text("utf-8")
    for name in corridor_sim.__all__:
        if name != "__version__":
            assert f'id="corridor_sim.{name}"' in page or f'<section id="{name}">' in page, name


def test_every_command_and_every_key_is_told(site: Path) -> None:
    commands = (site / "reference-commands.html").read_text("utf-8")
    assert "usage: corridor-sim links rank" in commands
    assert "--at-most N" in commands
    files = (site / "reference-files.html").read_text("utf-8")
    for key in Scenario.model_fields:
        assert f'<span class="pre">{key}</span>' in files, key


def test_public_modules_and_values_would_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(DOCS))
    import reference

    monkeypatch.setattr(corridor_sim, "MOST", 3, raising=False)
    monkeypatch.setattr(corridor_sim, "__all__", ["MOST", "edits", "theory"])
    text = reference.python()
    assert "autofunction:: corridor_sim.theory.effective_resistance\n" in text
    assert "autoclass:: corridor_sim.edits.Clear\n" in text
    assert "py:data:: MOST\n   :module: corridor_sim\n   :type: int\n" in text


def test_a_broken_link_breaks_the_build(tmp_path: Path) -> None:
    for name in ("conf.py", "reference.py"):
        shutil.copy(DOCS / name, tmp_path)
    for name in ("_static", "_templates"):
        shutil.copytree(DOCS / name, tmp_path / name)
    (tmp_path / "index.md").write_text("# One\n\n## Part\n\n- [two](two.md)\n", "utf-8")
    (tmp_path / "two.md").write_text("# Two\n\n[one](index.md#part)\n", "utf-8")
    done = build(tmp_path, tmp_path / "site")
    assert done.returncode == 0, done.stderr
    (tmp_path / "two.md").write_text("# Two\n\n[one](index.md#no-part)\n", "utf-8")
    done = build(tmp_path, tmp_path / "site")
    assert done.returncode != 0
    assert "no-part" in done.stderr
