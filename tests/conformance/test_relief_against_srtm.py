"""The built-in ground against SRTM, where the real data lie beside the project.

The numbers are printed with ``pytest -s`` and quoted in ``docs/landscape-relief.md``.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt

from corridor_sim.datasets.andes_amazon.drainage import build_rivers
from corridor_sim.datasets.andes_amazon.region import project, region_grid
from corridor_sim.datasets.andes_amazon.relief import build_elevation, smooth_ground
from corridor_sim.datasets.andes_amazon.skeleton import blocks_of, load_skeleton

REAL = Path(__file__).resolve().parents[2].parent / "shared" / "real"
SRTM = REAL / "dem" / "srtm_30arcsec_mean.tif"
RIVERS = REAL / "vectors" / "ne_10m_rivers_lake_centerlines.geojson"

pytestmark = pytest.mark.skipif(not SRTM.exists(), reason=f"no SRTM raster at {SRTM}")


@pytest.fixture(scope="module")
def grid():
    return region_grid()


@pytest.fixture(scope="module")
def blocks(grid):
    return blocks_of(grid)


@pytest.fixture(scope="module")
def built(grid):
    return build_elevation(grid).astype(np.float64)


@pytest.fixture(scope="module")
def real(grid):
    import rasterio
    from rasterio.warp import Resampling, reproject

    out = np.full(grid.shape, np.nan)
    with rasterio.open(SRTM) as source:
        reproject(
            rasterio.band(source, 1),
            out,
            src_nodata=source.nodata,
            dst_transform=rasterio.Affine(*grid.transform),
            dst_crs=grid.crs,
            dst_nodata=np.nan,
            resampling=Resampling.average,
        )
    return out


@pytest.fixture(scope="module")
def both(real):
    return np.isfinite(real)


def slope_deg(z, cell_m):
    south, east = np.gradient(z, cell_m)
    return np.degrees(np.arctan(np.hypot(south, east)))


def ks_distance(a, b):
    a, b = np.sort(a), np.sort(b)
    at = np.concatenate([a, b])
    return np.abs(
        np.searchsorted(a, at, side="right") / a.size
        - np.searchsorted(b, at, side="right") / b.size
    ).max()


def spread_within(values, blocks, both):
    whole = (blocks.means(both.astype(float)) == 1) & blocks.covered
    squares = blocks.means(values**2) - blocks.means(values) ** 2
    return np.sqrt(np.maximum(squares, 0))[whole]


def test_the_table_holds_the_means_of_5_minute_cells():
    import rasterio

    with rasterio.open(SRTM) as source:
        means = source.read(1).astype(np.float64).reshape(66, 10, 54, 10).mean(axis=(1, 3))
    table = load_skeleton().values[6:72, 6:60]
    off = table - means
    print(f"table - SRTM block means: bias {off.mean():.2f} m, RMSE {off.std():.2f} m")
    # a point sample would differ by the spread inside a cell, 100 m and more
    assert np.sqrt((off**2).mean()) < 5.0


def test_bias_and_rmse(built, real, both, blocks):
    off = (built - real)[both]
    smooth = (smooth_ground(blocks) - real)[both]
    rmse, smooth_rmse = np.sqrt((off**2).mean()), np.sqrt((smooth**2).mean())
    print(f"bias {off.mean():.2f} m, RMSE {rmse:.1f} m; smooth surface alone {smooth_rmse:.1f} m")
    assert abs(off.mean()) < 3.0
    assert rmse <= 230.0
    # relief that were noise without any relation would have sqrt(2) times the smooth error
    assert rmse < np.sqrt(2) * smooth_rmse


def test_slopes_and_elevations_are_spread_as_in_the_real_landscape(built, real, both, grid):
    inner = both.copy()
    inner[1:-1, 1:-1] &= both[2:, 1:-1] & both[:-2, 1:-1] & both[1:-1, 2:] & both[1:-1, :-2]
    inner[0] = inner[-1] = inner[:, 0] = inner[:, -1] = False
    ours = slope_deg(built, grid.cell_m)[inner]
    theirs = slope_deg(np.where(both, real, built), grid.cell_m)[inner]
    distance = ks_distance(built[both], real[both])
    print(
        f"slope mean {ours.mean():.2f} (SRTM {theirs.mean():.2f}), SD {ours.std():.2f} "
        f"({theirs.std():.2f}), p95 {np.percentile(ours, 95):.1f} "
        f"({np.percentile(theirs, 95):.1f}) degrees; elevation KS {distance:.4f}"
    )
    assert ours.std() == pytest.approx(theirs.std(), rel=0.10)
    assert ours.mean() == pytest.approx(theirs.mean(), rel=0.10)
    assert distance <= 0.05


def test_relief_inside_the_coarse_cells(built, real, both, blocks):
    smooth = smooth_ground(blocks)
    ours = spread_within(built - smooth, blocks, both)
    theirs = spread_within(np.where(both, real, 0) - smooth, blocks, both)
    total = spread_within(built, blocks, both), spread_within(np.where(both, real, 0), blocks, both)
    print(
        f"SD about the smooth surface: median {np.median(ours):.0f} m "
        f"(SRTM {np.median(theirs):.0f}), p95 {np.percentile(ours, 95):.0f} "
        f"({np.percentile(theirs, 95):.0f}); all: median {np.median(total[0]):.0f} "
        f"({np.median(total[1]):.0f}), p95 {np.percentile(total[0], 95):.0f} "
        f"({np.percentile(total[1], 95):.0f}), correlation over cells "
        f"{np.corrcoef(ours, theirs)[0, 1]:.2f}"
    )
    # 100 and 332 m on the 30" cells; averaging to 1 km takes some off the real spread
    assert np.median(ours) == pytest.approx(100.0, rel=0.15)
    assert np.percentile(ours, 95) == pytest.approx(332.0, rel=0.15)
    # the spread lies where it lies in reality
    assert np.corrcoef(ours, theirs)[0, 1] > 0.8


def test_valleys_run_on_as_real_ones_do(built, real, both):
    """Cells that drain 100 km² are lines with the real density, not scattered hollows."""
    from corridor_sim.landscape.flow import accumulate, flood

    lengths, depths = [], []
    for z in (built, np.where(both, real, built)):
        ground = z.astype(np.float32)
        outlet = ground <= 0
        outlet[0] = outlet[-1] = outlet[:, 0] = outlet[:, -1] = True
        order, receiver = np.empty(z.size, np.int32), np.empty(z.size, np.int32)
        level = flood(ground, outlet, order, receiver, 0.0)
        area = np.ones(z.size)
        accumulate(order, receiver, area)
        high = (z > 1000.0).ravel()
        lengths.append((area >= 100.0)[high].mean())
        depths.append(float((level - ground.ravel()).max()))
    print(f"share of cells above 1000 m draining 100 km²: {lengths[0]:.4f} (SRTM {lengths[1]:.4f})")
    print(f"deepest hollow {depths[0]:.0f} m (SRTM at 1 km {depths[1]:.0f} m)")
    assert lengths[0] == pytest.approx(lengths[1], rel=0.25)
    assert depths[0] <= depths[1]


@pytest.mark.skipif(not RIVERS.exists(), reason=f"no rivers at {RIVERS}")
def test_large_rivers_run_where_they_are(built, grid):
    classes = build_rivers(built.astype(np.float32), grid)
    lines = []
    for feature in json.loads(RIVERS.read_text())["features"]:
        geometry = feature["geometry"]
        parts = geometry["coordinates"]
        for part in parts if geometry["type"] == "MultiLineString" else [parts]:
            lon, lat = np.array(part, np.float64)[:, :2].T
            x, y = project(lon, lat)
            far = np.concatenate([[0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))])
            at = np.arange(0.0, far[-1], 1000.0)
            lines.append(np.stack([np.interp(at, far, x), np.interp(at, far, y)]))
    col, row = grid.to_cells(*np.concatenate(lines, axis=1))
    here = (col > 0) & (row > 0) & (col < grid.width) & (row < grid.height)
    off_km = distance_transform_edt(classes < 2)[row[here].astype(int), col[here].astype(int)]
    print(
        f"{here.sum()} km of Natural Earth rivers: median {np.median(off_km):.1f} km from a "
        f"built river of 50 m or more, {(off_km <= 5).mean():.0%} within 5 km"
    )
    # a point anywhere lies within 5 km of these rivers by chance in a good quarter of the cases
    chance = (distance_transform_edt(classes < 2) <= 5).mean()
    assert (off_km <= 5).mean() > 0.75 > 2 * chance
