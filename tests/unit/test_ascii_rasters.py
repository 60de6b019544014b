"""ASCII grids as people and spreadsheets write them: read as meant, or the line is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corridor_sim.errors import LandscapeError
from oracles.user_files import UTM, load

HEAD = [
    "ncols 3",
    "nrows 3",
    "xllcorner 700000",
    "yllcorner 9600000",
    "cellsize 1000",
    "NODATA_value -9999",
]
ROWS = ["1 2 3", "4 5 6", "7 8 9"]
MEANT = np.arange(1.0, 10.0).reshape(3, 3)


def grid(folder: Path, head: list[str], rows: list[str], end: str = "\n", mark: str = "") -> Any:
    from rasterio.crs import CRS

    text = mark + end.join(head + rows) + end
    (folder / "dem.asc").write_bytes(text.encode())
    (folder / "dem.prj").write_text(CRS.from_user_input(UTM).to_wkt())
    return load(folder, elevation="dem.asc")["elevation_m"]


@pytest.mark.parametrize(
    ("head", "rows", "end"),
    [
        (HEAD, ROWS, "\n"),
        (HEAD, ROWS, "\r\n"),
        ([HEAD[1], HEAD[0], *HEAD[2:]], ROWS, "\n"),
        ([h.upper() for h in HEAD], ROWS, "\n"),
        ([h.replace(" ", "\t") for h in HEAD], [r.replace(" ", "\t") for r in ROWS], "\n"),
        ([*HEAD[:2], "xllcenter 700500", "yllcenter 9600500", *HEAD[4:]], ROWS, "\n"),
        ([*HEAD[:4], "cellsize 1e3", HEAD[5]], ROWS, "\n"),
        (HEAD[:5], ROWS, "\n"),
        (HEAD, [" ".join(ROWS)], "\n"),
        (HEAD, [" " + r + " " for r in ROWS], "\n"),
        (HEAD, ["1.0 2e0 +3", ".4e1 5. 6", "7 8,0 9"], "\n"),
    ],
)
def test_ways_to_write_it(head: list[str], rows: list[str], end: str, tmp_path: Path) -> None:
    np.testing.assert_array_equal(grid(tmp_path, head, rows, end), MEANT)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (["x 2 3", *ROWS[1:]], ["line 7 holds 'x', which is no number"]),
        ([ROWS[0], "4 - 6", ROWS[2]], ["line 8 holds '-'"]),
        ([ROWS[0], "4 N/A 6", ROWS[2]], ["line 8 holds 'N/A'"]),
        ([ROWS[0], "4 1-2 6", ROWS[2]], ["line 8 holds '1-2'"]),
        ([ROWS[0], "4 inf 6", ROWS[2]], ["line 8 holds 'inf'"]),
        ([ROWS[0], "4 1.2.3 6", ROWS[2]], ["line 8 holds '1.2.3'"]),
        (["1 2", *ROWS[1:]], ["holds 8 numbers", "3 x 3 = 9"]),
        (ROWS[:2], ["holds 6 numbers"]),
        ([*ROWS, "1 2 3"], ["holds 12 numbers"]),
        # a whole number's grid would have made 0 m of it
        (["nan 2 3", *ROWS[1:]], ["holds NaN in 1 cell", "x 700500, y 9602500"]),
        ([*ROWS[:2], "7 8 NaN"], ["holds NaN in 1 cell", "x 702500, y 9600500"]),
    ],
)
def test_what_would_be_read_as_another_number(
    rows: list[str], words: list[str], tmp_path: Path
) -> None:
    with pytest.raises(LandscapeError) as caught:
        grid(tmp_path, HEAD, rows)
    for word in words:
        assert word in str(caught.value)
    assert caught.value.remedy


@pytest.mark.parametrize("mark", ["\ufeff", " ", "\n", "\ufeff "])
def test_what_stands_before_the_header(mark: str, tmp_path: Path) -> None:
    with pytest.raises(LandscapeError, match=r"dem.asc.*(byte order mark|blanks before)"):
        grid(tmp_path, HEAD, ROWS, mark=mark)
    text = "\n".join(HEAD + ROWS)
    (tmp_path / "dem.asc").write_bytes(text.encode("utf-16"))
    with pytest.raises(LandscapeError, match="UTF-16"):
        load(tmp_path, elevation="dem.asc")


def test_decimals_that_come_late_are_kept(tmp_path: Path) -> None:
    # GDAL looks at the first 100 kB to tell whole numbers from others.
    n = 260
    values = np.full((n, n), 1200.0)
    values[-1] = 1200.75
    rows = [" ".join(f"{v:g}" for v in row) for row in values]
    head = [f"ncols {n}", f"nrows {n}", *HEAD[2:]]
    np.testing.assert_array_equal(grid(tmp_path, head, rows), values)


def test_a_long_line_that_does_not_match_is_found_out_as_fast(tmp_path: Path) -> None:
    import time

    n = 600
    row = " ".join(["1234.5"] * (n * n - 1)) + " x"
    began = time.perf_counter()
    with pytest.raises(LandscapeError, match="line 7 holds 'x'"):
        grid(tmp_path, [f"ncols {n}", f"nrows {n}", *HEAD[2:]], [row])
    assert time.perf_counter() - began < 10
