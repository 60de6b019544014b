"""Tables of land-cover classes: those that ship, and a user's own."""

from __future__ import annotations

from pathlib import Path

import pytest

import corridor_sim as cs
from corridor_sim.errors import CorridorSimError, LandscapeError, ResultsError
from corridor_sim.landscape.covers import FLAGS, SHIPPED, cover_table_source

# what the products' own legends say: code in a raster, key, flags that must hold
KNOWN = {
    "nlcd": {
        11: ("open_water", {"water", "natural"}),
        **{
            code: (key, {"forest", "natural", "clearable"})
            for code, key in ((41, "deciduous_forest"), (42, "evergreen_forest"))
        },
        43: ("mixed_forest", {"forest", "natural", "clearable"}),
        81: ("pasture_hay", {"pasture"}),
    },
    "esa-worldcover": {
        10: ("tree_cover", {"forest", "natural", "clearable"}),
        50: ("built_up", {"settlement"}),
        80: ("permanent_water", {"water", "natural"}),
    },
    "corine": {
        111: ("continuous_urban_fabric", {"settlement"}),
        131: ("mineral_extraction_sites", {"mine"}),
        231: ("pastures", {"pasture"}),
        311: ("broad_leaved_forest", {"forest", "natural", "clearable"}),
        313: ("mixed_forest", {"forest", "natural", "clearable"}),
        523: ("sea_and_ocean", {"water", "natural"}),
        # the same by the numbers of rasters
        1: ("continuous_urban_fabric", {"settlement"}),
        25: ("mixed_forest", {"forest", "natural", "clearable"}),
        44: ("sea_and_ocean", {"water", "natural"}),
    },
    "mapbiomas": {
        3: ("forest_formation", {"forest", "natural", "clearable"}),
        15: ("pasture", {"pasture"}),
        30: ("mining", {"mine"}),
        33: ("river_lake_and_ocean", {"water", "natural"}),
    },
}
SIZES = {"nlcd": 20, "esa-worldcover": 11, "corine": 44, "mapbiomas": 47, "andes-amazon": 15}


@pytest.mark.parametrize("name", SHIPPED)
def test_a_table_that_ships(name: str, tmp_path: Path) -> None:
    table = cs.cover_table(name)
    assert len(table.rows) == SIZES[name]
    assert len(table.by_code) == len(table.by_key) == len(table.rows)
    assert min(table.by_code) >= 1
    assert max(table.by_code) <= 253
    for code, (key, flags) in KNOWN.get(name, {}).items():
        row = table.by_raster_code[code]
        assert row.key == key
        assert {flag for flag in FLAGS if getattr(row, flag)} == flags, key
    for row in table.rows:
        assert not (row.forest and not row.natural), row.key
        assert not (row.pasture and row.natural), row.key
        assert row.lift_thermal_ms is not None, row.key
    assert table.codes("pasture")
    assert table.codes("settlement")
    assert "colours:" in cover_table_source(name)
    # a copy says the same
    path = cs.write_cover_table(table, tmp_path / "mine.csv")
    copied = cs.cover_table(path)
    assert copied.rows == table.rows
    with pytest.raises(ResultsError, match="already"):
        cs.write_cover_table(table, path)


def test_colours_and_names_are_told_where_they_are_not_given(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(
        "# five classes\ncode;key;label;forest;natural;water;settlement;other_code\n"
        "700;;Gum Forest;yes;yes;;;7\n300;sea;;no;1;true;no;\n1;town;;;;;y;\n",
        encoding="utf-8",
    )
    table = cs.cover_table(path)
    forest, sea, town = table.rows
    assert (forest.key, forest.label, sea.label) == ("gum_forest", "Gum Forest", "Sea")
    # numbers above 253 stay those of rasters; the layer counts from 1
    assert [row.code for row in table.rows] == [1, 2, 3]
    assert {code: row.key for code, row in table.by_raster_code.items()} == {
        700: "gum_forest",
        7: "gum_forest",
        300: "sea",
        1: "town",
    }
    assert table.codes("water") == (sea.code,)
    assert len({row.colour for row in table.rows}) == 3
    red, green, blue = (int(forest.colour[i : i + 2], 16) for i in (1, 3, 5))
    assert green > max(red, blue)
    assert town.settlement
    assert town.poison is None
    toml = tmp_path / "t.toml"
    toml.write_text(
        '[[classes]]\ncode = 700\nother_code = 7\nlabel = "Gum Forest"\nforest = true\n'
        'natural = true\n[[classes]]\ncode = 300\nkey = "sea"\nnatural = true\nwater = true\n'
        '[[classes]]\ncode = 1\nkey = "town"\nsettlement = true\n',
        encoding="utf-8",
    )
    assert cs.cover_table(toml).rows == table.rows


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (" ,\n", "without a column code"),
        ("key,label\na,b\n", "without a column code"),
        ("code,key\n", "holds no class"),
        ("code,key,forrest\n1,a,yes\n", r"line 2: unknown column 'forrest'; did you mean 'forest'"),
        ("code,key,forest\n1,a,maybe\n", r"line 2: forest is 'maybe'; write yes or no"),
        ("code,key\n1,a\n\n1,b\n", r"line 4: code 1 stands in line 2 already"),
        ("code,key\n1,a\n2,a\n", r"line 3: key 'a' stands in line 2 already"),
        ("code,key,other_code\n1,a,2\n2,b,\n", r"line 3: code 2 stands in line 2 already"),
        ("code,key\n0,a\n", r"line 2: code '0' is impossible; a whole number from 1 to 65535"),
        ("code,key\n70000,a\n", "code '70000' is impossible"),
        ("code,key\n1.5,a\n", "code '1.5' is impossible"),
        ("code,key\n-3,a\n", "code '-3' is impossible"),
        ("code,key\n1,Big Forest\n", "key 'Big Forest' is impossible; a key is small letters"),
        ("code,label\n1,\n", "key '' is impossible"),
        ("code,key,colour\n1,a,green\n", "colour 'green' is none; write it as #rrggbb"),
        ("code,key,lift_thermal_ms\n1,a,nan\n", "lift_thermal_ms is 'nan'; 0 to 8 m/s"),
        ("code,key\n1,a,b\n", r"line 2: 3 values for 2 columns"),
        ("code,key,key\n1,a,b\n", "names the column 'key' twice"),
        (
            "code,key\n" + "".join(f"{i},k{i}\n" for i in range(1, 256)),
            "holds 255 classes; at most",
        ),
    ],
)
def test_a_table_with_a_fault_is_refused_in_one_line(text: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(LandscapeError, match=told) as caught:
        cs.cover_table(path)
    assert str(caught.value).startswith(f"{path} (cover_classes)")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "x = 1",
        "classes = 3",
        "classes = [1]",
        "[[classes]]\ncode = 1\nkey = [1]",
        "[[classes]]\ncode = 1979-05-27\nkey = 'a'",
        "[[classes]]\nkey = 'a'",
        "[[classes]]\ncode = true\nkey = 'a'",
    ],
)
def test_a_toml_table_with_a_fault_is_refused_in_one_line(text: str, tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(LandscapeError) as caught:
        cs.cover_table(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_no_table(tmp_path: Path) -> None:
    with pytest.raises(CorridorSimError, match="did you mean 'nlcd'"):
        cs.cover_table("ncld")
    with pytest.raises(CorridorSimError, match=r"gone\.csv"):
        cs.cover_table(tmp_path / "gone.csv")
    with pytest.raises(ResultsError, match=r"end it \.csv"):
        cs.write_cover_table(cs.cover_table("nlcd"), tmp_path / "a.txt")
