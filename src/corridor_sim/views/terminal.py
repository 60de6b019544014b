"""Tables on the terminal: no word and no number cut, as wide as the screen or the log takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

GAP = 2
# words longer than this go on in the next line, so that numbers stay beside their names
LONGEST_WORD = 24
LOG_WIDTH = 100


def print_table(
    head: Sequence[str], body: Sequence[Sequence[str]], note: str, console: Any = None,
    *, names: int = 2, strong: Callable[[str], bool] = lambda cell: cell.endswith("*"),
) -> None:  # fmt: skip
    """Print a table and a paragraph below it.

    The first ``names`` columns are words and give way where room is short, by going on in the next
    line; the others are numbers and stay whole. Columns that do not fit beside the names follow in
    a further table below. Into a file or a pipe a table is written as wide as it is.

    Parameters
    ----------
    head : sequence of str
    body : sequence of rows of str
    note : str
    console : rich.console.Console, optional
        A screen with its width; else the standard output, a screen or not.
    names : int
    strong : callable
        Whether a cell is written bold.
    """
    from rich.cells import cell_len
    from rich.console import Console
    from rich.text import Text

    whole = [
        max(cell_len(line[i]) for line in (head, *body)) if head else 0 for i in range(len(head))
    ]
    if console is None:
        console = Console()
        if not console.is_terminal:
            # nobody's screen: what is cut is lost to whoever reads the file
            width = max(LOG_WIDTH, sum(whole) + GAP * len(whole))
            _print(head, body, whole, Console(width=width), names, strong)
            Console(width=LOG_WIDTH).print(Text(note))
            return
    words = [
        max(cell_len(w) for line in (head, *body) for w in (line[i].split() or [""]))
        for i in range(names)
    ]
    least = [min(one, LONGEST_WORD) for one in words]
    room = console.width - GAP * names
    if sum(least) > 0.6 * room:
        least = [max(6, int(0.6 * room * one / sum(least))) for one in least]
    for block in _blocks(whole[names:], room - sum(least)):
        columns = [*range(names), *(names + i for i in block)]
        free = room - sum(least) - sum(whole[i] + GAP for i in columns[names:])
        wide = []
        for i in range(names):
            more = max(0, min(whole[i] - least[i], free))
            wide.append(least[i] + more)
            free -= more
        wide += [whole[i] for i in columns[names:]]
        _print([head[i] for i in columns], [[line[i] for i in columns] for line in body], wide,
               console, names, strong)  # fmt: skip
    console.print(Text(note))


def _blocks(widths: Sequence[int], room: int) -> list[list[int]]:
    """Return the columns that stand side by side, at least one at a time."""
    blocks: list[list[int]] = [[]]
    left = room
    for i, width in enumerate(widths):
        if width + GAP > left and blocks[-1]:
            blocks.append([])
            left = room
        blocks[-1].append(i)
        left -= width + GAP
    return blocks


def _print(
    head: Sequence[str], body: Sequence[Sequence[str]], widths: Sequence[int], console: Any,
    names: int, strong: Callable[[str], bool],
) -> None:  # fmt: skip
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for i, (name, width) in enumerate(zip(head, widths, strict=True)):
        table.add_column(Text(name), justify="left" if i < names else "right",
                         no_wrap=i >= names, overflow="fold", width=width)  # fmt: skip
    for line in body:
        table.add_row(*(Text(cell, style="bold" if strong(cell) else "") for cell in line))
    console.print(table)
