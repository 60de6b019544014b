"""Tables on the terminal: no word and no number cut, as wide as the screen or the log takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

GAP = 2
# words longer than this go on in the next line, so that numbers stay beside their names
LONGEST_WORD = 24
LOG_WIDTH = 100
Strong: TypeAlias = Callable[[int, str], bool]


def _plain(_: int, __: str) -> bool:
    return False


def print_table(
    head: Sequence[str],
    body: Sequence[Sequence[str]],
    note: str = "",
    console: Any = None,
    *,
    names: Sequence[int] = (0, 1),
    left: Sequence[int] = (),
    strong: Strong = _plain,
) -> None:
    """Print a table and a paragraph below it.

    Columns of words, and long heads, give way where room is short, by going on in the next line;
    the others are numbers and stay whole. Columns that do not fit beside the words follow in a
    further table below; where no column fits beside whole words, each row is a list. Into a file or
    a pipe a table is written as wide as it is.

    Parameters
    ----------
    head : sequence of str
    body : sequence of rows of str
    note : str
    console : rich.console.Console, optional
        A screen with its width; else the standard output, a screen or not.
    names : sequence of int
        The columns of words, which stand in every table.
    left : sequence of int
        Further columns that begin at the left.
    strong : callable
        Whether a cell is written bold, by its row and text.
    """
    from rich.cells import cell_len
    from rich.console import Console
    from rich.text import Text

    lines = (head, *body)
    wide = [max(cell_len(line[i]) for line in lines) for i in range(len(head))]
    left = (*names, *left)
    if console is None:
        console = Console()
        if not console.is_terminal:
            # nobody's screen: what is cut is lost to whoever reads the file
            width = max(LOG_WIDTH, sum(wide) + GAP * len(wide))
            _print(head, body, range(len(head)), wide, Console(width=width), left, strong)
            if note:
                Console(width=LOG_WIDTH).print(Text(note))
            return
    room = console.width - GAP * len(names)
    others = [i for i in range(len(head)) if i not in names]
    if _needed(head, body, names, others) > room:
        _print_records(head, body, names, others, console, strong)
        if note:
            console.print(Text(note))
        return
    least = _least(lines, names, room)
    for i in others:
        # a head too long to stand beside the words goes on in the next line before any is cut
        whole = max((cell_len(word) for word in head[i].split()), default=0)
        whole = max(whole, *(cell_len(line[i]) for line in body), 0)
        wide[i] = max(whole, min(wide[i], room - sum(least) - GAP))
    for block in _blocks([wide[i] for i in others], room - sum(least)):
        mine = [others[i] for i in block]
        free = room - sum(least) - sum(wide[i] + GAP for i in mine)
        here = list(wide)
        for i, low in zip(names, least, strict=True):
            here[i] = low + max(0, min(wide[i] - low, free))
            free -= here[i] - low
        _print(head, body, sorted([*names, *mine]), here, console, left, strong)
    if note:
        console.print(Text(note))


def table_text(
    head: Sequence[str], body: Sequence[Sequence[str]], left: Sequence[int]
) -> list[str]:
    """Return the lines of a table as wide as it is, without colours; ``left`` as in print_table."""
    import io

    from rich.cells import cell_len
    from rich.console import Console

    wide = [max(cell_len(line[i]) for line in (head, *body)) for i in range(len(head))]
    out = io.StringIO()
    console = Console(file=out, width=sum(wide) + GAP * len(wide) + 1)
    _print(head, body, range(len(head)), wide, console, left, lambda *_: False)
    return [line.rstrip() for line in out.getvalue().splitlines()]


def _longest_word(texts: Sequence[str]) -> int:
    from rich.cells import cell_len

    return max((cell_len(word) for text in texts for word in text.split()), default=0)


def _needed(
    head: Sequence[str], body: Sequence[Sequence[str]], names: Sequence[int], others: Sequence[int]
) -> int:
    """Return how wide words and the widest other column are, with no word and no number cut."""
    from rich.cells import cell_len

    words = [
        min(_longest_word([head[i], *(line[i] for line in body)]), LONGEST_WORD) for i in names
    ]
    numbers = [
        max(_longest_word([head[i]]), *(cell_len(line[i]) for line in body), 0) for i in others
    ]
    return sum(words) + (max(numbers) + GAP if numbers else 0)


def _print_records(
    head: Sequence[str],
    body: Sequence[Sequence[str]],
    names: Sequence[int],
    others: Sequence[int],
    console: Any,
    strong: Strong,
) -> None:
    """Print each row as a list, a line a column, numbers below their heads where they must."""
    from rich.cells import cell_len
    from rich.padding import Padding
    from rich.text import Text

    for row, line in enumerate(body):
        if row:
            console.print()
        for i in (*names, *others):
            if not line[i]:
                continue
            by = 0 if i in names else GAP
            value = Text(line[i], style="bold" if strong(row, line[i]) else "")
            gap = " " * GAP if head[i] else ""
            fits = cell_len(head[i]) + len(gap) + cell_len(line[i]) + by <= console.width
            if fits or i in names:
                parts = [Padding(Text.assemble(head[i], gap, value), (0, 0, 0, by))]
            else:
                parts = [Padding(Text(head[i]), (0, 0, 0, by)), Padding(value, (0, 0, 0, by + GAP))]
            for part in parts:
                console.print(part)


def _least(lines: Sequence[Sequence[str]], names: Sequence[int], room: int) -> list[int]:
    """Return how narrow columns of words may be: their longest word, if that leaves room."""
    from rich.cells import cell_len

    words = [max(cell_len(w) for line in lines for w in (line[i].split() or [""])) for i in names]
    return [min(one, LONGEST_WORD) for one in words]


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
    head: Sequence[str],
    body: Sequence[Sequence[str]],
    columns: Sequence[int],
    widths: Sequence[int],
    console: Any,
    left: Sequence[int],
    strong: Strong,
) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for i in columns:
        table.add_column(
            Text(head[i]),
            justify="left" if i in left else "right",
            overflow="fold",
            width=widths[i],
        )
    for row, line in enumerate(body):
        table.add_row(
            *(Text(line[i], style="bold" if strong(row, line[i]) else "") for i in columns)
        )
    console.print(table)
