"""Write the plugin for QGIS, with the place of this Python and its words in every language."""

from __future__ import annotations

import ast
import json
import os
import sys
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from corridor_sim import __version__
from corridor_sim.errors import ResultsError
from corridor_sim.files import write_bytes, write_text
from corridor_sim.languages import ENGLISH, LANGUAGES, language, mark, tr

NAME = "corridor_sim"
# of the folder of a profile
PLUGINS = ("python", "plugins")
# what the plugin of another version may have left behind; everything else is somebody's own
OURS = (".py", ".json", ".svg", ".txt")
SHORT = mark("Wildlife corridors: landscapes, links and scenarios, by simulated animals")
ABOUT = mark(
    "Algorithms of Processing that call the program corridor_sim, which is installed with Python "
    "beside QGIS: landscape from layers, propose links, rank links, compare scenarios, show use "
    "and flux."
)


def write_qgis_plugin(folder: str | Path | None = None) -> Path:
    """Write the plugin for QGIS, as ``corridor-sim qgis`` does, and return its folder.

    Its algorithms call the program in this Python, wherever QGIS has its own. Written again, it
    takes the place of the one that is there.

    Parameters
    ----------
    folder : path, optional
        Where QGIS looks for plugins, ``PROFILE/python/plugins``; by default that of the profile
        ``default`` of this user.

    Returns
    -------
    Path
        ``FOLDER/corridor_sim``.

    Raises
    ------
    ResultsError
        Another plugin of that name is there, this user has no profile of QGIS, or the folder cannot
        be written.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> cs.write_qgis_plugin("plugins").name
    'corridor_sim'
    """
    target = (plugins_of(default_profile()) if folder is None else Path(folder)) / NAME
    _refuse_anothers(target)
    source = resources.files(__package__) / "plugin"
    written = {path.name for path in _files(source)}
    for path in _files(source):
        write_bytes(target / path.name, path.read_bytes())
    made = {
        "metadata.txt": _metadata(),
        "program.json": json.dumps({"python": sys.executable, "version": __version__}, indent=1),
        "words.json": json.dumps(_words(source), indent=1, ensure_ascii=False),
    }
    for name, text in made.items():
        write_text(target / name, f"{text.rstrip()}\n")
    for path in target.iterdir():
        if path.suffix in OURS and path.name not in {*written, *made}:
            path.unlink()
    return target


def plugins_of(profile: str | Path) -> Path:
    """Return the folder of plugins of a profile of QGIS.

    Raises
    ------
    ResultsError
        There is no such profile.
    """
    profile = Path(profile)
    if not profile.is_dir():
        raise ResultsError(
            "is no folder of a QGIS profile",
            where=profile,
            remedy="start QGIS once, or give the folder that Settings, User Profiles, Open Active "
            "Profile Folder shows: --profile DIR",
        )
    return profile.joinpath(*PLUGINS)


def default_profile() -> Path:
    """Return the folder in which QGIS keeps this user's settings, the newest that there is."""
    home = Path.home()
    if sys.platform == "win32":
        base = Path(os.environ.get("APPDATA") or home / "AppData" / "Roaming")
    elif sys.platform == "darwin":
        base = home / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    known = [base / "QGIS" / version / "profiles" / "default" for version in ("QGIS4", "QGIS3")]
    return next((path for path in known if path.is_dir()), known[-1])


def _refuse_anothers(target: Path) -> None:
    if not target.exists() or (target.is_dir() and not any(target.iterdir())):
        return
    if not (target / "program.json").is_file() or not (target / "metadata.txt").is_file():
        raise ResultsError(
            "is there already and is no plugin that this program wrote",
            where=target,
            remedy="move it away, or name another folder",
        )


def _files(source: Traversable) -> Iterator[Traversable]:
    """Yield the files of the plugin that are written as they are."""
    for path in source.iterdir():
        if path.name.endswith((".py", ".svg")):
            yield path


def messages_of(source: Traversable) -> list[str]:
    """Return the messages in the modules of a folder: what ``tr`` and ``mark`` are given."""
    found = set()
    for path in _files(source):
        if not path.name.endswith(".py"):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("tr", "mark"):
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    found.add(first.value)
    return sorted(found)


def _words(source: Traversable) -> dict[str, object]:
    """Return the languages of the program, and the plugin's messages in each but English."""
    messages = messages_of(source)
    known = {code.split("_")[0] for code in LANGUAGES} - {ENGLISH}
    words = {}
    for code in sorted(known):
        with language(code):
            words[code] = {message: tr(message) for message in messages}
    return {"languages": sorted(LANGUAGES), "messages": words}


def _metadata() -> str:
    """Return what QGIS shows of the plugin before it loads it."""
    lines = [
        "[general]",
        f"name={NAME}",
        f"description={SHORT}",
        f"about={ABOUT}",
        f"version={__version__}",
        "qgisMinimumVersion=3.22",
        "qgisMaximumVersion=4.99",
        "author=The corridor_sim developers",
        "email=",
        "category=Analysis",
        "tags=processing,ecology,wildlife,corridor,connectivity",
        "icon=icon.svg",
        "hasProcessingProvider=yes",
        "server=False",
        "experimental=False",
    ]
    for code in sorted({code.split("_")[0] for code in LANGUAGES} - {ENGLISH}):
        with language(code):
            lines += [f"description[{code}]={tr(SHORT)}", f"about[{code}]={tr(ABOUT)}"]
    return "\n".join(lines)
