"""A country far from the region that ships runs end to end without one word of that region."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import corridor_sim as cs
from corridor_sim.cli import main as cli
from oracles.made_up_country import FOREIGN, write_country

TEXTS = {".html", ".csv", ".json", ".txt", ".toml", ".md", ".tsv", ".qml", ".geojson", ".xml"}
# files that hold the whole table of land covers, which is that of the built-in landscape here;
# empty this where the country brings a table of its own
OF_THE_TABLE = {"land_cover.qml"}
# the levels of an experiment: what is built, and what the air does
RING = [[309000, 4121000], [310000, 4121000], [310000, 4139000], [309000, 4139000]]
EXPERIMENT = f"""name = "Mesa experiment"
[factors.air]
now = []
warmer = [{{ kind = "warm", ssp = "RCP4.5", year = 2050 }}]
[factors.land]
as_now = []
restored = [{{ kind = "restore", name = "strip", crs = "EPSG:32612", areas = [{RING}] }}]
"""
DECADES = """name = "Mesa decades"
years = 2
replicates = 2
start_year = 2020
[life_cycle]
movement = false
burn_in.at_most_y = 0
[change]
update_every_y = 1
[change.climate]
ssp = "RCP4.5"
"""


def foreign(text: str) -> list[str]:
    # letters of a picture spell anything
    text = re.sub(r"base64,[A-Za-z0-9+/=]+", "", text)
    return sorted({text[max(0, m.start() - 40) : m.end() + 40] for m in FOREIGN.finditer(text)})


def refuse_foreign(folder: Path) -> None:
    """Demand that no file of a folder that holds words holds one of the region that ships."""
    import pandas as pd

    seen = 0
    for path in sorted(folder.rglob("*")):
        if path.name in OF_THE_TABLE:
            continue
        text = path.name
        if path.suffix in TEXTS:
            text += path.read_text(encoding="utf-8")
        elif path.suffix == ".parquet":
            table = pd.read_parquet(path)
            words: dict[str, Any] = {c: table[c].astype(str).unique().tolist() for c in table}
            text += json.dumps(words, ensure_ascii=False)
        else:
            continue
        seen += 1
        assert not foreign(text), (path, foreign(text)[:5])
    assert seen > 5


def test_the_words_would_be_found() -> None:
    for text in ("a páramo", "Andean bear", "<td>Peru</td>"):
        assert foreign(text), text
    assert not foreign("what she bore, expandes, superuser, bearing")


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["run", "compare", "decades"])
def test_no_word_of_the_region_that_ships(
    tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    country = write_country(tmp_path)
    path, out = tmp_path / "mesa.toml", tmp_path / "found"
    days = "days = 3\nreplicates = 2\n"
    if kind == "compare":
        country = country.replace("[landscape", "[base.landscape").replace("[spec", "[base.spec")
        path.write_text(EXPERIMENT + f"[base]\n{days}{country}")
    else:
        head = DECADES if kind == "decades" else f'name = "Mesa"\n{days}'
        path.write_text(head + country)
    if kind == "run":
        assert cli.main(["landscape", "show", str(path)]) == 0
    command = "compare" if kind == "compare" else "run"
    assert cli.main([command, str(path), "--out", str(out)]) == 0
    said = capsys.readouterr()
    assert not foreign(said.out + said.err), foreign(said.out + said.err)
    refuse_foreign(out)
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "the mesa country" in page or "as you gave it" in page
    if kind == "run":
        land = cs.scenario_landscape(path)
        assert land.region.place == "the mesa country"
