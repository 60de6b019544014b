"""The same command on an ecologist's own maps: SRTM heights, MODIS cover, parks, roads, rivers."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import rasterio

from corridor_sim.cli.main import main

REAL = Path(__file__).parents[3] / "shared" / "real"
DEM = REAL / "dem" / "srtm_30arcsec_mean.tif"

pytestmark = pytest.mark.skipif(
    not DEM.is_file(), reason="measured rasters are not there (../shared/real)"
)

CODES = """code,cover
0,water
1,by_elevation
2,by_elevation
3,by_elevation
4,by_elevation
5,by_elevation
6,dry_scrub
7,dry_scrub
8,secondary_forest
9,secondary_forest
10,pasture
11,wetland
12,crop_mosaic
13,settlement
14,crop_mosaic
15,rock_ice
16,dry_scrub
"""


def experiment(cell_m: int, days: int, replicates: int) -> str:
    return f"""
name = "Measured maps"

[base]
days = {days}
replicates = {replicates}
seed = 3
tracks = 2

[base.landscape]
name = "SRTM and MODIS"
elevation = "{DEM}"
land_cover = "{REAL / "landcover" / "mcd12c1_2019_igbp_0.05deg.tif"}"
land_cover_codes = "codes.csv"
protected_areas = "{REAL / "protected" / "wdpa_2019_simplified_region.geojson"}"
protected_name_field = "NAME"
roads = "{REAL / "vectors" / "peru_roads_departmental.gpkg"}"
rivers = "{REAL / "vectors" / "ne_10m_rivers_lake_centerlines.geojson"}"
crs = "EPSG:32717"
cell_m = {cell_m}

[base.species.jaguar]
sampling = 0.2
[base.species.andean_bear]
sampling = 0.2
[base.species.mountain_tapir]
sampling = 0.1
[base.species.andean_condor]

[factors.fragmentation]
none = []
severe = [{{ kind = "clear", fraction = 0.4 }}]

[factors.climate]
now = []
"SSP5-8.5 2090" = [{{ kind = "warm", ssp = "SSP5-8.5", year = 2090 }}]
"""


def test_the_comparison_runs_on_measured_maps(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "codes.csv").write_text(CODES, encoding="utf-8")
    path = tmp_path / "measured.toml"
    path.write_text(experiment(3000, 20, 2), encoding="utf-8")
    out = tmp_path / "out"
    assert main(["compare", str(path), "--out", str(out)]) == 0
    printed = capsys.readouterr()
    assert printed.out.strip().endswith("report.html")
    effects = pd.read_parquet(out / "tables" / "effects.parquet").set_index(
        ["scenario", "species", "outcome"]
    )
    hot = effects.loc["none + SSP5-8.5 2090"]
    for species in ("andean_bear", "mountain_tapir"):
        assert hot.loc[(species, "thermal_mismatch_c"), "difference"] > 0
        assert hot.loc[(species, "suitable_km2"), "difference"] < 0
    cut = effects.loc["severe + now"]
    assert cut.loc[("jaguar", "suitable_km2"), "difference"] < 0
    assert cut.loc[("jaguar", "displaced_share"), "difference"] > 0
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "SRTM and MODIS" in page
    assert "srtm_30arcsec_mean.tif" in page
    one = next((out / "maps").glob("*.tif"))
    with rasterio.open(one) as raster:
        assert raster.crs.to_epsg() == 32717
        assert raster.res == (3000.0, 3000.0)
