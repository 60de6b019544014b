"""A map elsewhere with five classes of its own: edits, years, species, files and figures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corridor_sim import edits
from corridor_sim.config.checks import check_place
from corridor_sim.config.schema import Scenario
from corridor_sim.errors import CorridorSimError, LandscapeError, ScenarioError, SpeciesError
from corridor_sim.landscape.covers import table_of
from corridor_sim.landscape.io.export import export_landscape
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.region import Region
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.landscape.timeline.rules import Change
from corridor_sim.landscape.timeline.timeline import Timeline
from corridor_sim.report.figures.basemap import class_handles
from corridor_sim.report.figures.landscape import cover_rows
from corridor_sim.report.figures.states import cover_groups
from corridor_sim.species.fields import on_landscape
from corridor_sim.species.meeting import note_on_covers, refuse_misfit
from corridor_sim.species.reader import load_species
from corridor_sim.species.traits import Species
from oracles.user_files import load, plane, raster

CSV = """code,key,label,colour,forest,natural,water,settlement,pasture,clearable
21,gum_forest,Gum forest,#2e7d32,yes,yes,,,,yes
22,heath,Heath,#c0a060,,yes,,,,
31,lake,Lake,#3060a0,,yes,yes,,,
41,paddock,Paddock,#e0d080,,,,,yes,
51,town,Town,#a02020,,,,yes,,
"""
TABLE = table_of(
    "five",
    [
        (f"line {i}", dict(zip(CSV.splitlines()[0].split(","), line.split(","), strict=True)))
        for i, line in enumerate(CSV.splitlines()[1:], 2)
    ],
    "five",
)
GUM, HEATH, LAKE, PADDOCK, TOWN = (row.code for row in TABLE.rows)
HERE = Region(
    name="elsewhere",
    access_scale_m=5000.0,
    protected_hunting_factor=0.5,
    wind_speed_ms=5.0,
    wind_from_deg=270.0,
    roost_slope_deg=30.0,
    roost_min_elevation_m=0.0,
)
N = 30


def ground(**layers: Any) -> Landscape:
    """Gum forest with a lake, a town and paddocks around it; heath in the north."""
    cover = np.full((N, N), GUM, np.uint8)
    cover[:5] = HEATH
    cover[20:24, 2:6] = LAKE
    cover[12:20, 12:20] = PADDOCK
    cover[15:17, 15:17] = TOWN
    road = np.zeros((N, N), np.uint8)
    road[16] = 1
    given = {"land_cover": cover, "road": road, **layers}
    return uniform(N, N, covers=TABLE, region=HERE, **given)


def share(land: Landscape, code: int) -> float:
    return float((land["land_cover"] == code).mean())


def test_without_a_cover_it_is_the_first_natural_class() -> None:
    assert set(np.unique(uniform(4, 4, covers=TABLE, region=HERE)["land_cover"])) == {GUM}


def test_clearing_takes_what_the_table_lets_it_and_makes_its_pasture() -> None:
    land = ground()
    cleared = edits.Clear(fraction=0.5)(land)
    assert share(cleared, GUM) == pytest.approx(share(land, GUM) / 2, abs=2 / N**2)
    assert share(cleared, PADDOCK) == pytest.approx(
        share(land, PADDOCK) + share(land, GUM) / 2, abs=2 / N**2
    )
    assert share(cleared, HEATH) == share(land, HEATH)
    assert "cleared to paddock" in cleared.edits[-1]
    assert share(edits.Clear(fraction=0.5, to="town")(land), TOWN) > 0.3
    with pytest.raises(ScenarioError, match=r"clear\.to: 'padock' .*did you mean 'paddock'"):
        edits.Clear(fraction=0.5, to="padock")(land)
    with pytest.raises(ScenarioError, match=r"clear\.to: 'heath' is natural ground"):
        edits.Clear(fraction=0.5, to="heath")(land)
    no_pasture = replace(TABLE, rows=tuple(replace(r, pasture=False) for r in TABLE.rows))
    with pytest.raises(LandscapeError, match="needs a land cover with pasture = yes"):
        edits.Clear(fraction=0.5)(replace(land, covers=no_pasture))


def test_what_is_given_back_to_nature() -> None:
    land = ground()
    west, south, east, north = land.grid.bounds_m
    ring = ((west, south), (east, south), (east, north), (west, north))
    area = {"name": "All", "areas": (ring,), "crs": land.grid.crs}
    back = edits.Restore(**area)(land)
    # what grows nearest, not the lake; the town stays
    assert share(back, PADDOCK) == 0
    assert share(back, GUM) == pytest.approx(share(land, GUM) + share(land, PADDOCK))
    assert share(back, TOWN) == share(land, TOWN)
    heath = edits.Restore(**area, to="heath")(land)
    assert share(heath, HEATH) == pytest.approx(share(land, HEATH) + share(land, PADDOCK))
    with pytest.raises(ScenarioError, match=r"restore\.to: 'paddock' is no natural ground"):
        edits.Restore(**area, to="paddock")(land)
    with pytest.raises(LandscapeError, match="needs a land cover with regrowth = yes"):
        edits.Restore(**area, to="regrowth")(land)


def test_works_need_classes_for_what_they_make() -> None:
    land = ground()
    x, y = land.grid.to_metres(np.array([8.5]), np.array([8.5]))
    place = {"name": "One", "at": (float(x[0]), float(y[0])), "crs": land.grid.crs}
    with pytest.raises(LandscapeError, match="open_mine needs a land cover with mine = yes"):
        edits.OpenMine(**place, area_ha=500.0)(land)
    dam = edits.BuildDam(**place, reservoir_ha=500.0)(land)
    assert share(dam, LAKE) == pytest.approx(share(land, LAKE) + 5 / N**2)


def test_paddocks_given_up_are_forest_again_when_their_time_has_come() -> None:
    rules = Change.model_validate(
        {
            "update_every_y": 1,
            "regrowth": {"rate": 1.0, "secondary_after_y": 2, "forest_after_y": 4},
        }
    )
    land = ground()
    line = Timeline(land, rules, start_year=2020, n_years=8, seed=1)
    # there is no class of young forest: all stays paddock for four years, and one of farming
    left = [share(line.at(year), PADDOCK) for year in (2020, 2024, 2026)]
    assert left == [share(land, PADDOCK), share(land, PADDOCK), 0.0]
    assert share(line.at(2026), GUM) == pytest.approx(share(land, GUM) + share(land, PADDOCK))


def test_a_rule_is_refused_before_any_work() -> None:
    land = ground()
    change = Change.model_validate({"clearing": {"rate": 0.01, "to": "maize"}})
    scenario = Scenario.model_construct(name="maize", change=change, edits=())
    with pytest.raises(ScenarioError, match=r"change\.clearing\.to: 'maize' is no class"):
        check_place(scenario, land)


def walker(**values: float) -> Species:
    jaguar = load_species("jaguar")
    assert jaguar.habitat.resistance is not None
    resistance = jaguar.habitat.resistance.model_copy(update={"values": values})
    habitat = jaguar.habitat.model_copy(update={"resistance": resistance, "residence": None})
    return jaguar.model_copy(update={"habitat": habitat})


ALL = {"gum_forest": 1.0, "heath": 20.0, "lake": 90.0, "paddock": 50.0, "town": 100.0}


def test_a_species_meets_the_classes_of_the_map() -> None:
    land = ground()
    fit = on_landscape(walker(**ALL), land).suitability
    by_cover = [fit[land["land_cover"] == code].mean() for code in (GUM, HEATH, PADDOCK, TOWN)]
    assert by_cover == sorted(by_cover, reverse=True)
    with pytest.raises(
        SpeciesError,
        match=r"jaguar gives no resistance for 'heath' of the land cover five \(17 % of the map\)",
    ):
        on_landscape(walker(**{k: v for k, v in ALL.items() if k != "heath"}), land)
    wrong = {("heaths" if k == "heath" else k): v for k, v in ALL.items()}
    with pytest.raises(SpeciesError, match="did you mean 'heaths'"):
        on_landscape(walker(**wrong), land)
    # what is not on the map is asked for where scenarios may make it
    dry = ground(land_cover=np.full((N, N), GUM, np.uint8))
    only = walker(gum_forest=1.0, heath=2.0)
    on_landscape(only, dry)
    with pytest.raises(SpeciesError, match=r"no resistance for 'lake' .*which edits can make"):
        refuse_misfit(only, dry, changes=True)
    assert note_on_covers(walker(**ALL), TABLE) == ""
    assert "paddok is no class of the land cover five; did you mean 'paddock'?" in note_on_covers(
        walker(**ALL, paddok=3.0), TABLE
    )


def test_poison_and_lift_that_the_table_does_not_tell_are_refused() -> None:
    land = ground()
    condor = load_species("andean_condor")
    assert condor.habitat.resistance is not None
    resistance = condor.habitat.resistance.model_copy(update={"values": ALL})
    habitat = condor.habitat.model_copy(update={"resistance": resistance, "residence": None})
    condor = condor.model_copy(update={"habitat": habitat})
    with pytest.raises(SpeciesError, match=r"poison_per_year = .*does not say where baits are"):
        refuse_misfit(condor, land)
    rows = tuple(replace(row, poison=row.pasture) for row in TABLE.rows)
    baited = replace(land, covers=replace(TABLE, rows=rows))
    with pytest.raises(SpeciesError, match="does not say how fast it rises"):
        refuse_misfit(condor, baited)
    rows = tuple(replace(row, lift_thermal_ms=1.0) for row in rows)
    lifted = replace(land, covers=replace(TABLE, rows=rows))
    refuse_misfit(condor, lifted)
    laid = on_landscape(condor, lifted).fields.hazard_per_day[2] > 0
    np.testing.assert_array_equal(laid, land["land_cover"] == PADDOCK)


def test_figures_and_tables_call_the_classes_by_their_names() -> None:
    land = ground()
    handles = class_handles(land["land_cover"], land.covers)
    assert [h.get_label() for h in handles] == ["Gum forest", "Heath", "Lake", "Paddock", "Town"]
    told = {row["label"]: row["km2"] for row in cover_rows(land)}
    assert told["Lake"] == pytest.approx(16 * land.grid.cell_km2)
    assert {group: [row.key for row in rows] for group, rows in cover_groups(TABLE).items()} == {
        "Forest": ["gum_forest"],
        "Other natural ground": ["heath"],
        "Farmed and built ground": ["paddock", "town"],
    }


# --- files


def files(folder: Path, values: Any, **keys: Any) -> Any:
    raster(folder / "dem.tif", plane(N, N, 100.0))
    raster(folder / "cover.tif", values)
    (folder / "five.csv").write_text(CSV, encoding="utf-8")
    return load(folder, land_cover="cover.tif", **{"cover_classes": "five.csv", **keys})


def codes(*given: int) -> Any:
    return np.resize(np.array(given, np.uint16), (N, N))


def test_a_raster_of_its_own_classes(tmp_path: Path) -> None:
    values = codes(21, 22, 31, 41, 51)
    land = files(tmp_path, values)
    np.testing.assert_array_equal(land["land_cover"], values)
    assert land.covers.by_key == TABLE.by_key
    # what is exported loads again as it is
    out = tmp_path / "out"
    written = export_landscape(land, out, formats=("tif",))
    assert out / "cover_classes.csv" in written
    assert 'cover_classes = "cover_classes.csv"' in (out / "landscape.toml").read_text("utf-8")


def test_numbers_above_253_are_those_of_the_raster_alone(tmp_path: Path) -> None:
    land = files(tmp_path, codes(111, 311, 312, 512), cover_classes="corine")
    assert set(np.unique(land["land_cover"])) == {1, 23, 24, 41}
    same = files(tmp_path, codes(1, 23, 24, 41), cover_classes="corine")
    np.testing.assert_array_equal(land["land_cover"], same["land_cover"])


def test_codes_of_another_product_become_keys_of_the_table(tmp_path: Path) -> None:
    (tmp_path / "codes.csv").write_text("code,cover\n7,gum_forest\n8,paddock\n")
    land = files(tmp_path, codes(7, 8), land_cover_codes="codes.csv")
    assert set(np.unique(land["land_cover"])) == {GUM, PADDOCK}
    (tmp_path / "codes.csv").write_text("code,cover\n7,paramo\n")
    with pytest.raises(LandscapeError, match="code 7 has the unknown cover 'paramo'"):
        files(tmp_path, codes(7), land_cover_codes="codes.csv")
    (tmp_path / "codes.csv").write_text("code,cover\n7,by_elevation\n")
    with pytest.raises(LandscapeError, match="by_elevation stands for natural zones"):
        files(tmp_path, codes(7), land_cover_codes="codes.csv")


@pytest.mark.parametrize(
    ("values", "keys", "told"),
    [
        (codes(21, 23), {}, r"land-cover code 23 \(450 cells\) not in five\.csv.*22 = heath"),
        (
            np.arange(N * N, dtype=np.uint16).reshape(N, N) + 1,
            {},
            "which no table of classes has; is this a raster of classes",
        ),
        (np.full((N, N), 21.5, np.float32), {}, r"21\.5 \(900 cells\), which is no class"),
        (codes(21), {"cover_classes": None}, "without cover_classes or land_cover_codes"),
        (codes(21), {"cover_classes": "fife"}, "neither a table that ships"),
        (codes(21), {"cover_classes": "gone.csv"}, r"gone\.csv \(cover_classes\)"),
        (codes(21), {"land_cover": None}, "cover_classes = 'five.csv' is given without land_cover"),
    ],
)
def test_a_raster_that_does_not_fit_its_classes(
    values: Any, keys: dict[str, Any], told: str, tmp_path: Path
) -> None:
    given = {"land_cover": "cover.tif", "cover_classes": "five.csv", **keys}
    raster(tmp_path / "dem.tif", plane(N, N, 100.0))
    raster(tmp_path / "cover.tif", values)
    (tmp_path / "five.csv").write_text(CSV, encoding="utf-8")
    with pytest.raises(CorridorSimError, match=told) as caught:
        load(tmp_path, **{key: value for key, value in given.items() if value is not None})
    assert "\n" not in str(caught.value)
