"""The page's modules find what they import, and every word that they ask for is there."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import corridor_sim.app

STATIC = Path(corridor_sim.app.__file__).parent / "static"
MODULES = sorted((STATIC / "js").rglob("*.js"))
IMPORT = re.compile(r'^import\s+(?:\{([^}]*)\}|\*\s+as\s+\w+|(\w+))\s+from\s+"([^"]+)"', re.M)
EXPORT = re.compile(r"^export\s+(?:async\s+)?(?:function\*?|class|const|let)\s+(\w+)", re.M)
AGAIN = re.compile(r"^export\s+\{([^}]*)\}", re.M)


def exports_of(path: Path) -> set[str]:
    text = path.read_text(encoding="utf-8")
    found = set(EXPORT.findall(text))
    for names in AGAIN.findall(text):
        found |= {name.split(" as ")[-1].strip() for name in names.split(",") if name.strip()}
    return found | ({"default"} if "export default" in text else set())


@pytest.mark.parametrize("module", MODULES, ids=lambda p: p.relative_to(STATIC).as_posix())
def test_a_module_finds_what_it_imports(module: Path) -> None:
    for names, default, place in IMPORT.findall(module.read_text(encoding="utf-8")):
        other = (module.parent / place).resolve()
        assert other.is_file(), place
        wanted = {name.split(" as ")[0].strip() for name in names.split(",") if name.strip()}
        wanted |= {"default"} if default else set()
        assert wanted <= exports_of(other), (place, wanted - exports_of(other))


def words() -> dict[str, object]:
    files = (STATIC / "words" / "en").glob("*.json")
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in files}


def test_every_word_that_is_asked_for_is_there() -> None:
    """Keys that stand whole in a module; those that are put together are seen in the browser."""
    there = flat(words())
    for module in MODULES:
        parts = module.relative_to(STATIC / "js").with_suffix("").parts
        # the parts of a view leave out its name, and a list of words that of its own
        view = parts[1] if parts[0] == "views" else parts[0]
        own = {key for key in there if key.startswith(f"{view}.")}
        for key in re.findall(r'\bword\("([\w.-]+)"', module.read_text(encoding="utf-8")):
            assert key in there or any(k.endswith(f".{key}") for k in own), (module.name, key)


def flat(words: dict[str, object], before: str = "") -> set[str]:
    found: set[str] = set()
    for key, value in words.items():
        inner = flat(value, f"{before}{key}.") if isinstance(value, dict) else {f"{before}{key}"}
        found |= inner
    return found
