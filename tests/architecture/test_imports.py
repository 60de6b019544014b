"""The contract of the house: imports go down the layers, kernels stay bare, species are data."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "corridor_sim"
# A module may import from its own room and from rooms of a lower rank.
RANK = {
    "kernels": 0,
    "errors": 0,
    "glance": 1,
    "languages": 1,
    "files": 1,
    "memory": 1,
    "progress": 2,
    "gis": 2,
    "course": 3,
    "toml": 2,
    "qgis_plugin": 2,
    "reading": 3,
    "landscape": 3,
    "datasets": 4,
    "species": 4,
    "connectivity": 4,
    "genetics": 4,
    "config": 5,
    "movement": 6,
    "simulation": 7,
    "agents": 8,
    "spreadsheets": 8,
    "statistics": 8,
    "decision": 9,
    "experiment": 9,
    "telemetry": 9,
    "validation": 9,
    "comparison": 10,
    "ground": 10,
    "links": 11,
    "zonal": 12,
    "sweeps": 12,
    "theory": 12,
    "formats": 13,
    "report": 13,
    "results": 14,
    "api": 15,
    # the package's own face, which hands out what is public
    "": 15,
    "app": 16,
    "cli": 17,
    "__main__": 18,
}
# what the Python of QGIS runs; it is data here, and a package of its own there
PLUGIN = SOURCE / "qgis_plugin" / "plugin"
MODULES = sorted(path for path in SOURCE.rglob("*.py") if path.parent != PLUGIN)


def room_of(path: Path) -> str:
    part = path.relative_to(SOURCE).parts[0]
    return part.removesuffix(".py")


def imported(path: Path, *, at_start_up: bool = False) -> list[str]:
    """Absolute names of the modules that a file imports; only top-level ones if at_start_up."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = tree.body if at_start_up else list(ast.walk(tree))
    found = []
    for node in nodes:
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            assert node.module is not None
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_imports_go_down(path: Path) -> None:
    room = room_of(path)
    if room == "__init__":
        return  # the public face hands out names of all rooms, lazily
    for name in imported(path):
        top, _, inside = name.partition(".")
        if top != "corridor_sim" or inside == "__version__":
            continue
        other = inside.split(".")[0]
        assert other == room or RANK[other] < RANK[room], f"{room} imports {name}"


@pytest.mark.parametrize("path", sorted((SOURCE / "kernels").glob("*.py")), ids=lambda p: p.name)
def test_kernels_know_only_math_numpy_and_numba(path: Path) -> None:
    for name in imported(path):
        top = name.split(".")[0]
        own = name.startswith("corridor_sim.kernels")
        assert own or top in {"numpy", "numba"} or top in sys.stdlib_module_names, name


def test_only_movement_models_call_the_movement_kernel() -> None:
    callers = {
        room_of(path)
        for path in MODULES
        if any(name.startswith("corridor_sim.kernels.advance") for name in imported(path))
    }
    assert callers <= {"movement", "simulation", "kernels"}


def test_the_plugin_for_qgis_imports_nothing_of_ours() -> None:
    """It runs where none of our libraries are, and talks to the program by its command line."""
    parts = sorted(PLUGIN.glob("*.py"))
    assert len(parts) > 5
    for path in parts:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            for name in names:
                top = name.split(".")[0]
                assert top == "qgis" or top in sys.stdlib_module_names, f"{path.name}: {name}"


def test_the_command_line_starts_light() -> None:
    heavy = {
        "numpy",
        "numba",
        "pandas",
        "matplotlib",
        "rasterio",
        "xarray",
        "mesa",
        "rich",
        "scipy",
    }
    for name in ("cli/main.py", "__init__.py", "errors.py"):
        tops = {m.split(".")[0] for m in imported(SOURCE / name, at_start_up=True)}
        assert not tops & heavy


@pytest.mark.parametrize(
    "path",
    [p for p in MODULES if room_of(p) not in ("cli", "report")],
    ids=lambda p: str(p.relative_to(SOURCE)),
)
def test_no_species_name_in_code(path: Path) -> None:
    keys = {p.stem for p in (SOURCE / "species" / "catalog").glob("*.toml")}
    assert len(keys) == 4
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            assert node.value not in keys, f"line {node.lineno}"
        if isinstance(node, ast.Name):
            assert not any(key in node.id.lower() for key in keys), f"line {node.lineno}"


def name_of(path: Path) -> str:
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Imports inside of functions and for types alone count: they tie modules together as well.

    What a table names as ``module:name`` is data, and does not count.
    """
    names = {
        name_of(path): path for path in MODULES if path.parent != SOURCE or path.stem[0] != "_"
    }

    def known(full: str) -> str | None:
        own = full.removeprefix("corridor_sim.")
        return own if own in names else own.rpartition(".")[0]

    graph = {
        name: {
            other
            for full in imported(path)
            if full.startswith("corridor_sim.")
            and (other := known(full)) in names
            and other != name
        }
        for name, path in names.items()
    }
    assert len(graph["experiment.study"]) > 5

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        left = list(graph[start])
        while left:
            one = left.pop()
            if one not in seen:
                seen.add(one)
                left += graph[one]
        return seen

    below = {name: reached(name) for name in graph}
    circles = {name for name in graph if name in below[name]}
    assert not circles


def test_the_page_asks_only_what_is_public() -> None:
    """What the page shows, a notebook can ask: it imports the package's face and itself alone."""
    for path in sorted((SOURCE / "app").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for_types = {
            node
            for test in ast.walk(tree)
            if isinstance(test, ast.If) and ast.unparse(test.test) == "TYPE_CHECKING"
            for node in ast.walk(test)
        }
        for node in set(ast.walk(tree)) - for_types:
            names = [n.name for n in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            ours = [n for n in names if n.split(".")[0] == "corridor_sim" and n != "corridor_sim"]
            assert all(n.startswith("corridor_sim.app") for n in ours), (path.name, ours)
