"""The page "Your region and species": its commands run in order, far from the built-in region."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import numpy as np
import pytest

import corridor_sim as cs
from corridor_sim.cli.main import main

PAGE = (Path(__file__).parents[2] / "docs" / "your-region.md").read_text("utf-8")
SHOWN = [
    (command, said.splitlines())
    for block in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    for command, said in re.findall(r"^\$ corridor-sim (.*)\n((?:[^$].*\n)*)", block, re.MULTILINE)
]
FILES = dict(re.findall(r"```\w+ (\S+\.(?:toml|csv))\n(.*?)```", PAGE, re.DOTALL))
# what is of the built-in region and of no other
ELSEWHERE = re.compile(
    r"\b(?:Andes|Andean|Amazon\w*|Ecuador\w*|Peru\w*|p[aá]ramo|jaguars?|condors?|tapirs?|spectacled)\b",
    re.IGNORECASE,
)


def test_the_page_from_the_first_file_to_a_comparison(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("island.toml", "what-if.toml"):
        Path(name).write_text(FILES[name], "utf-8")
    said = ""
    for command, shown in SHOWN:
        assert main(shlex.split(command)) == 0, command
        out, err = capsys.readouterr()
        for expected, line in zip(shown, out.splitlines(), strict=False):
            if expected == "...":
                break
            assert line == expected, command
        said += out + err
    assert Path("classes.csv").read_text("utf-8") == FILES["classes.csv"]
    assert Path("island.png").is_file()
    # not one word of another region, in what is said and in what is written
    assert ELSEWHERE.findall(said) == []
    written = [p for p in Path("results").rglob("*") if p.suffix in (".html", ".csv", ".json")]
    assert len(written) > 10
    for path in written:
        text = re.sub(r"data:[\w/;+-]+,[\w+/=]+", "", path.read_text("utf-8-sig"))
        assert ELSEWHERE.findall(text) == [], path


def test_a_ready_map_needs_neither_heights_nor_land_cover(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NDVI stands in for a finished habitat model; where it has no data is no ground."""
    monkeypatch.chdir(tmp_path)
    cs.write_practice_files(".")
    cs.new_species("Marten", home_range_km2=4, density_per_100km2=40)
    found = cs.run(
        cs.Scenario(
            name="No heights",
            days=2,
            replicates=2,
            landscape={"grid": "ndvi.tif", "protected_areas": "reserves.gpkg"},
            species={"marten": {"file": "marten.toml", "suitability": "ndvi.tif"}},
        ),
        out="results",
    )
    land = found.study.land
    assert {land.origins[name].status for name in ("elevation_m", "land_cover")} == {"absent"}
    assert land.outside is not None
    assert land.covers.rows == ()
    for path in (p for p in Path("results").rglob("*") if p.suffix in (".html", ".json", ".qml")):
        text = re.sub(r"data:[\w/;+-]+,[\w+/=]+", "", path.read_text("utf-8-sig"))
        assert ELSEWHERE.findall(text) == [], path
    use = found.maps["use"].values
    assert np.isnan(use[..., land.outside]).all()
    assert np.nansum(use) > 0
