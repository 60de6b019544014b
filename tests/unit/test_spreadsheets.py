"""Tables as programs of an office open them: nothing runs, nothing is noise, every head is told."""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from corridor_sim.files import no_formula
from corridor_sim.languages import language
from corridor_sim.simulation.days.outcomes import OUTCOMES
from corridor_sim.spreadsheets.columns import COLUMNS, TABLES, column_of
from corridor_sim.spreadsheets.folder import keep_exact, write_spreadsheets
from corridor_sim.spreadsheets.sheets import MOST_ROWS, Naming, Sheet, sheet_of
from corridor_sim.spreadsheets.workbook import csv_text, workbook_bytes

EVIL = ["=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1", '=HYPERLINK("http://x")', "{=1}"]
LINKS = Naming(
    "Links", "corridor-sim links rank a.toml", {"jaguar": "Jaguar"}, OUTCOMES, "%", 100.0
)


def effects() -> pd.DataFrame:
    rows = [
        ("displaced_share", "1", 0.1234567, 0.1111111, 0.1358023),
        ("suitable_km2", "km²", 12345.678, np.nan, np.nan),
        ("displaced_share", "1", -6.89e-18, -0.01, 0.01),
        ("joining_per_year", "animals/yr", np.nan, np.nan, np.nan),
    ]
    frame = pd.DataFrame(rows, columns=["outcome", "unit", "difference", "low", "high"])
    frame.insert(0, "scenario", "=cmd|' /C calc'!A0")
    frame.insert(1, "species", "jaguar")
    return frame


def parsed(sheet: Sheet, delimiter: str = ",") -> list[dict[str, str]]:
    text = csv_text(sheet)
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text[1:]), delimiter=delimiter))


def parts(workbook: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(workbook)) as file:
        return {name: file.read(name).decode() for name in file.namelist() if name.endswith("xml")}


def test_per_cents_units_and_decimals_are_those_of_the_error() -> None:
    rows = parsed(sheet_of("effects", effects(), LINKS))
    assert [row["Unit"] for row in rows] == ["%", "km²", "%"]
    first, area, noise = rows
    # half of the interval is 1.2 points: one decimal
    assert (first["Difference"], first["Low"], first["High"]) == ("12.3", "11.1", "13.6")
    assert area["Difference"] == "12346"
    assert noise["Difference"] == "0.0"
    assert first["Species"] == "Jaguar"
    assert first["Outcome"] == "Residents displaced"
    # what a species cannot have is no row
    assert len(rows) == 3


def test_a_share_is_a_per_cent() -> None:
    frame = pd.DataFrame({"scenario": ["a"], "relative": [-0.5], "share": [0.25]})
    (row,) = parsed(sheet_of("effects", frame, LINKS))
    assert (row["Relative change (%)"], row["Share settled (%)"]) == ("-50", "25")


def test_a_benefit_has_the_unit_and_the_factor_of_the_page() -> None:
    frame = pd.DataFrame(
        {"name": ["a"], "cost": [6.14], "benefit": [0.0123], "low": [0.0101], "high": [0.0145]}
    )
    (row,) = parsed(sheet_of("ranking", frame, Naming("x", benefit_unit="%", benefit_factor=100.0)))
    assert row["Benefit (%)"] == "1.23"
    assert row["Benefit, low (%)"] == "1.01"
    assert row["Cost"] == "6.14"


def test_where_decimals_have_commas_columns_have_semicolons() -> None:
    with language("es_EC"):
        sheet = sheet_of("effects", effects(), LINKS)
        text = csv_text(sheet)
    assert ";12,3;11,1;13,6" in text
    with language("es_PE"):
        assert ",12.3,11.1,13.6" in csv_text(sheet_of("effects", effects(), LINKS))


@pytest.mark.parametrize("text", EVIL[:-1])
def test_a_name_is_never_a_formula(text: str) -> None:
    assert no_formula(text)[0] not in "=@\t\r\n"
    frame = pd.DataFrame({"link": [text], "species": [text], text: [text]})
    naming = Naming(text, text, {text: text})
    sheet = sheet_of("links_species", frame, naming)
    (line,) = list(csv.reader(io.StringIO(csv_text(sheet)[1:]), delimiter=","))[1:]
    for cell in line:
        assert re.fullmatch(r"[+-]?\d+", cell) or not cell.startswith(tuple("=+-@\t\r")), cell
    pages = parts(workbook_bytes([sheet], naming))
    assert not any(
        "<f>" in page or "<f " in page or "<hyperlink" in page for page in pages.values()
    )


def test_a_workbook_is_the_same_bytes_and_says_what_it_holds() -> None:
    sheets = [sheet_of("effects", effects(), LINKS), sheet_of("summary", effects(), LINKS)]
    one, two = workbook_bytes(sheets, LINKS), workbook_bytes(sheets, LINKS)
    assert one == two
    book = parts(one)
    assert re.findall(r'<sheet name="([^"]+)"', book["xl/workbook.xml"]) == [
        "About",
        "Effects",
        "Means",
    ]
    words = book["xl/sharedStrings.xml"]
    for told in ("corridor-sim links rank a.toml", "tables/effects.parquet", "that of the row"):
        assert told in words
    # numbers in full, shown by their error; the head stays
    sheet = book["xl/worksheets/sheet2.xml"]
    assert "12.34567" in sheet
    assert 'state="frozen"' in sheet
    assert "#,##0.0" in book["xl/styles.xml"]


def test_names_of_sheets_are_those_that_excel_takes() -> None:
    frame = pd.DataFrame({"place": ["a"]})
    long = [sheet_of(f"by_place_{'x' * 40}_{i}", frame, LINKS) for i in range(3)]
    odd = sheet_of("by_place_a/b[c]:*?", frame, LINKS)
    names = re.findall(
        r'<sheet name="([^"]+)"', parts(workbook_bytes([*long, odd], LINKS))["xl/workbook.xml"]
    )
    assert len(set(map(str.lower, names))) == 5
    assert all(len(name) <= 31 and not re.search(r"[\[\]:*?/\\]", name) for name in names)


def test_dates_are_dates_and_text_is_cut_where_excel_ends() -> None:
    day = pd.to_datetime(["2026-03-01T12:00:00Z"])
    frame = pd.DataFrame({"animal": ["x" * 40_000], "when": day})
    sheet = sheet_of("notes", frame, LINKS)
    assert parsed(sheet)[0]["When (UTC)"] == "2026-03-01"
    book = parts(workbook_bytes([sheet], LINKS))
    assert "yyyy\\-mm\\-dd" in book["xl/styles.xml"] or "yyyy-mm-dd" in book["xl/styles.xml"]
    assert max(map(len, re.findall(r"<t[^>]*>([^<]*)</t>", book["xl/sharedStrings.xml"]))) <= 32_767


def test_a_table_too_long_for_a_sheet_is_named_and_left_to_programs(tmp_path: Path) -> None:
    keep_exact(tmp_path, "runs", pd.DataFrame({"value": np.zeros(MOST_ROWS + 1)}))
    keep_exact(tmp_path, "deaths", pd.DataFrame({"cause": ["road"], "per_run": [1.0]}))
    written = write_spreadsheets(tmp_path, LINKS)
    assert [path.name for path in written] == ["tables.xlsx", "deaths.csv"]
    assert "too many for a sheet" in parts(written[0].read_bytes())["xl/sharedStrings.xml"]
    # asked for by itself, it is written however long
    assert "runs.csv" in {
        one.name for one in write_spreadsheets(tmp_path, LINKS, out=tmp_path / "o")
    }


def test_a_table_without_a_row_leaves_no_file(tmp_path: Path) -> None:
    path = keep_exact(tmp_path, "pairs", [{"links": "a; b"}])
    assert path.is_file()
    keep_exact(tmp_path, "pairs", [])
    assert not path.exists()


@pytest.mark.parametrize("name", sorted(COLUMNS))
def test_every_column_says_what_it_means(name: str) -> None:
    one = COLUMNS[name]
    assert one.label
    assert one.meaning
    table, _, column = name.rpartition(".")
    assert not table or table in TABLES or table == "place"
    assert column_of(table, column).label == one.label


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("libreoffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_opens_workbook_and_csv(tmp_path: Path) -> None:
    keep_exact(tmp_path, "effects", effects())
    written = write_spreadsheets(tmp_path, LINKS)
    home = f"-env:UserInstallation=file://{tmp_path}/office"
    for path in written:
        words = ["libreoffice", home, "--headless", "--convert-to", "pdf", "--outdir"]
        subprocess.run([*words, str(tmp_path / "pdf"), str(path)], check=True, timeout=300)
        assert (tmp_path / "pdf" / f"{path.stem}.pdf").read_bytes().startswith(b"%PDF")
