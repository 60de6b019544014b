"""No module knows the land covers of the built-in landscape by name, but its own data set."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from corridor_sim.landscape.covers import FLAGS, cover_table

SOURCE = Path(__file__).parents[2] / "src" / "corridor_sim"
# words that say what a class is, which some tables use as keys too
NAMES = {text for row in cover_table("andes-amazon").rows for text in (row.key, row.label)} - set(
    FLAGS
)


def words(path: Path) -> Iterator[tuple[int, str]]:
    """Yield every text of a module with its line, docstrings aside."""
    tree = ast.parse(path.read_text("utf-8"))
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.lineno, node.value


def test_no_land_cover_is_known_by_name() -> None:
    assert len(NAMES) > 20
    found = [
        f"{path.relative_to(SOURCE)}:{line}: {text}"
        for path in sorted(SOURCE.rglob("*.py"))
        if "andes_amazon" not in path.parts
        for line, text in words(path)
        if text in NAMES
    ]
    assert found == []


def test_no_table_of_codes_stands_in_code() -> None:
    """What a class is, a table says: nobody compares a layer with the number of a class."""
    for path in sorted(SOURCE.rglob("*.py")):
        if "andes_amazon" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Compare) and "land_cover" in ast.unparse(node.left):
                against = node.comparators[0]
                number = against.value if isinstance(against, ast.Constant) else 0
                assert not (isinstance(number, int) and number), f"{path.name}:{node.lineno}"
