"""Pages on paper: nothing folded is lost, nothing runs, and whoever prints is named."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from pypdf import PdfReader, PdfWriter

import corridor_sim as cs
from corridor_sim.report import pdf, plain_pages

HEAD = '<!DOCTYPE html>\n<html lang="en"><head><title>t</title></head><body>'
PAGE = (
    HEAD
    + '<h1>Roads</h1><nav><ol><li><a href="#a">First</a></li><li><a href="#b">Last</a></li></ol>'
    '</nav><section id="a"><h2>First</h2><details><summary>More</summary><p>Folded words.</p>'
    "<table><caption>Of rows</caption><thead><tr><th>Link</th><th>Cost</th></tr></thead><tbody>"
    + "".join(f"<tr><td>row {i}</td><td>{i}</td></tr>" for i in range(90))
    + '</tbody></table></details></section><section id="b"><h2>Last</h2><p>End.</p></section>'
    "<script>document.title = 'ran'</script></body></html>"
)


def text_of(data: bytes) -> str:
    pages = PdfReader(io.BytesIO(data)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_what_is_folded_is_opened_and_scripts_are_gone() -> None:
    page = pdf.prepared(PAGE)
    assert "<details open>" in page
    assert "<script" not in page
    assert page.index("Content-Security-Policy") < page.index("<html")
    assert page.startswith("<!DOCTYPE html>")


def test_plain_pages_hold_every_word() -> None:
    text = text_of(plain_pages.plain_pdf(pdf.prepared(PAGE)))
    for words in ("Roads", "Folded words.", "Of rows", "row 0", "row 89", "End."):
        assert words in text
    assert text.index("Of rows") < text.index("row 0")


def test_plain_pages_keep_cells_in_their_columns() -> None:
    rows = (
        plain_pages.read(
            '<table><tr><th>a</th><th>b</th></tr><tr><td rowspan="2">x</td><td>1</td></tr>'
            "<tr><td>2</td></tr></table>"
        )
        .blocks[0]
        .rows
    )
    assert rows == [["a", "b"], ["x", "1"], ["", "2"]]


def test_contents_name_the_pages_of_sections() -> None:
    asked: list[str] = []

    def engine(page: str) -> bytes:
        asked.append(page)
        writer = PdfWriter()
        for _ in range(7):
            writer.add_blank_page(200, 200)
        for name, number in (("a", 1), ("b", 6)):
            writer.add_named_destination(name, number)
        out = io.BytesIO()
        writer.write(out)
        return out.getvalue()

    pdf.with_numbers(PAGE, engine)
    assert len(asked) == 2
    assert re.findall(r'data-page="(\d+)" href="#(\w)"', asked[1]) == [("2", "a"), ("7", "b")]


def test_one_sheet_has_the_largest_letters_that_fit() -> None:
    sizes: list[float] = []

    def engine(page: str) -> bytes:
        found = re.search(r"font-size: ([\d.]+)pt", page)
        assert found is not None
        sizes.append(float(found[1]))
        writer = PdfWriter()
        for _ in range(2 if sizes[-1] > 8 else 1):
            writer.add_blank_page(200, 200)
        out = io.BytesIO()
        writer.write(out)
        return out.getvalue()

    assert pdf.count_pages(pdf.one_sheet(PAGE, engine)) == 1
    assert sizes == [one for one in pdf.SIZES_PT if one > 8] + [7.8]


def test_without_a_browser_it_says_who_printed(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(pdf, "BROWSERS", ("no-such-browser",))
    monkeypatch.setattr(pdf, "_has_weasyprint", lambda: False)
    (tmp_path / "report.html").write_text(PAGE, encoding="utf-8")
    found = cs.write_pdf(tmp_path)
    assert [path.name for path in found.files] == ["report.pdf"]
    assert found.pages[0] > 1
    assert "matplotlib" in str(found)
    assert "for want of Chromium" in str(found)


def test_a_browser_that_fails_is_told_of_and_another_prints(tmp_path: Path, monkeypatch) -> None:
    false = next(p for p in ("/bin/false", "/usr/bin/false") if Path(p).is_file())
    monkeypatch.setattr(pdf, "BROWSERS", (false,))
    monkeypatch.setattr(pdf, "_has_weasyprint", lambda: False)
    (tmp_path / "report.html").write_text(PAGE, encoding="utf-8")
    found = cs.write_pdf(tmp_path)
    assert "false" in found.by
    assert "matplotlib" in found.by


def test_a_folder_without_a_page_is_refused(tmp_path: Path) -> None:
    with pytest.raises(cs.CorridorSimError, match=r"report\.html.*corridor-sim report"):
        cs.write_pdf(tmp_path)


@pytest.mark.skipif(pdf.find_browser() is None, reason="no Chromium, Chrome or Edge to print with")
def test_a_browser_prints_a4_with_all_that_is_folded(tmp_path: Path) -> None:
    css = (Path(pdf.__file__).parent / "templates" / "report.css").read_text("utf-8")
    (tmp_path / "report.html").write_text(
        PAGE.replace("</head>", f"<style>{css}</style></head>"), encoding="utf-8"
    )
    found = cs.write_pdf(tmp_path)
    reader = PdfReader(found.files[0])
    wide, high = (float(one) for one in reader.pages[0].mediabox[2:])
    assert (round(wide * 25.4 / 72), round(high * 25.4 / 72)) == (210, 297)
    texts = [" ".join(one.extract_text().split()) for one in reader.pages]
    whole = " ".join(texts)
    for words in ("Folded words.", "row 89", "End."):
        assert words in whole
    # a caption stands where its table begins; sheets are numbered, contents too
    first = next(text for text in texts if "Of rows" in text)
    assert "row 0" in first
    assert f"1 / {len(texts)}" in texts[0]
    assert re.search(rf"Last {len(texts)}\b", texts[0])
    assert not list(tmp_path.glob("printing-*"))
