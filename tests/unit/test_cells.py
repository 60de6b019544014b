"""Cells of tables know their head and their number, so that phones and scripts can use them."""

from __future__ import annotations

import re

import pytest

from corridor_sim.languages import language
from corridor_sim.report.cells import labelled


def table(head: list[str], body: str) -> str:
    cells = "".join(f"<th>{one}</th>" for one in head)
    return f"<table><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table>"


def told(page: str) -> list[str]:
    return re.findall(r'data-label="([^"]*)"', page)


def test_every_cell_has_the_head_of_its_column() -> None:
    page = labelled(table(["Link", "Cost", "Area"], "<tr><th>a</th><td>1</td><td>2</td></tr>"))
    assert told(page) == ["Cost", "Area"]


def test_a_cell_over_several_rows_moves_those_below_it() -> None:
    rows = (
        '<tr><th rowspan="2">x</th><td>1</td><td>2</td></tr><tr><td>3</td><td>4</td></tr>'
        "<tr><th>y</th><td>5</td><td>6</td></tr>"
    )
    assert told(labelled(table(["What", "A", "B"], rows))) == ["A", "B"] * 3


def test_a_cell_over_several_columns_counts_as_many() -> None:
    rows = '<tr><td colspan="2">3 other pairs</td><td>7</td></tr>'
    assert told(labelled(table(["From", "To", "Animals"], rows))) == ["From", "Animals"]


def test_heads_lose_their_tags_and_stay_escaped() -> None:
    page = labelled(table(['A &amp; "B" <small>km</small>'], "<tr><td>1</td></tr>"))
    assert told(page) == ["A &amp; &quot;B&quot; km"]


@pytest.mark.parametrize(
    ("code", "text", "number"),
    [
        ("en", "1,234.5 km²", "1234.5"),
        ("en", "−0.24 <span>[−0.71, +0.10]</span>", "-0.24"),
        ("en", "+73 %", "73"),
        ("es_EC", "1.234,5 km²", "1234.5"),
        ("es_EC", "−0,05", "-0.05"),
        ("es_PE", "0.05", "0.05"),
        ("en", "–", None),
        ("en", "fewer than 3", None),
    ],
)
def test_numbers_are_told_as_machines_write_them(code: str, text: str, number: str | None) -> None:
    with language(code):
        page = labelled(table(["N"], f'<tr><td class="num">{text}</td></tr>'))
    found = re.search(r'data-n="([^"]*)"', page)
    assert (found[1] if found else None) == number


def test_only_tables_too_wide_for_a_phone_become_cards() -> None:
    wide = "<tr>" + '<td class="num">1,234.5 [−1,000, 2,000]</td>' * 4 + "</tr>"
    assert 'class="cards' in labelled(table(["A", "B", "C", "D"], wide))
    assert "cards" not in labelled(table(["A", "B"], "<tr><td>1</td><td>2</td></tr>"))


def test_what_is_no_table_stays_as_it_is() -> None:
    page = "<p>A &lt;table&gt; of 3</p><table><tr><td>1</td></tr></table>"
    assert labelled(page) == page
