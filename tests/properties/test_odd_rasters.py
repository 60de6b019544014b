"""Odd rasters of every form are read cell for cell as they are meant, or refused in one line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corridor_sim.errors import LandscapeError
from corridor_sim.landscape.io.rasters import WARP_TOLERANCE
from oracles import odd_rasters
from oracles.andes_covers import COVERS
from oracles.odd_rasters import CELL, NORTH, UTM, WEST, N, Odd
from oracles.user_files import load, raster

ENDS = {"GTiff": "tif", "AAIGrid": "asc", "netCDF": "nc", "HFA": "img"}
EXTENT = f"{WEST} {NORTH - N * CELL} {WEST + N * CELL} {NORTH}"
KEYS = ("pasture", "water", "mine")


@st.composite
def odd(draw: Any, classes: bool = False) -> Odd:
    form = draw(st.sampled_from(["GTiff", "GTiff", "GTiff", "AAIGrid", "netCDF", "HFA"]))
    crs = draw(st.sampled_from(sorted(odd_rasters.CRSS)))
    dtypes = ["uint8", "int16", "uint16", "int32", "uint32", "float32", "float64"]
    ways = ["", "", "nodata"]
    if form == "GTiff":
        dtypes += ["int8", "int64", "uint64"]
        ways += ["alpha", "mask", "both", "nan"]
    if form in ("AAIGrid", "netCDF") and crs in ("compound", "3D", "feet", "grads"):
        crs = "old datum"  # these forms do not carry such CRSs whole
    if form == "HFA" and crs in ("compound", "3D", "grads", "feet"):
        crs = "degrees"
    dtype = draw(st.sampled_from(dtypes))
    if form == "AAIGrid":
        dtype = draw(st.sampled_from(["int16", "float32"]))
    left_out = draw(st.sampled_from(ways))
    if left_out == "nan" and dtype[0] != "f":
        left_out = "nodata"
    turnable = form == "GTiff"
    return Odd(
        form,
        crs,
        dtype,
        draw(st.sampled_from([1.0, 2.0, 3.0, 1.0, 0.3, 0.7, 2.6])),
        left_out,
        # GDAL's writer drops the scaling of a file whose CRS has heights
        draw(st.booleans()) and form != "AAIGrid" and crs != "compound" and not classes,
        draw(st.booleans()) and (turnable or form == "netCDF"),
        draw(st.booleans()) and turnable,
        draw(st.integers(0, 2**32 - 1)),
        classes,
    )


def read(folder: Path, one: Odd) -> tuple[odd_rasters.Made, Any]:
    """The made raster, and the layer as read or the error."""
    for old in folder.iterdir():
        old.unlink()
    name = f"r.{ENDS[one.form]}"
    made = odd_rasters.make(folder / name, one)
    asked: dict[str, Any] = {"crs": UTM, "cell_m": CELL, "extent": EXTENT, "nodata": "refuse"}
    if one.classes:
        raster(folder / "dem.tif", np.full((N, N), 900), cell=CELL)
        (folder / "codes.csv").write_text("code,cover\n1,pasture\n2,water\n3,mine\n")
        asked |= {"land_cover": name, "land_cover_codes": "codes.csv"}
    else:
        asked["elevation"] = name
    land = loaded(folder, **asked)
    if isinstance(land, LandscapeError):
        return made, land
    return made, land["land_cover" if one.classes else "elevation_m"].astype(float)


def loaded(folder: Path, **asked: Any) -> Any:
    """The landscape, or the one line about why it is none."""
    error: LandscapeError
    try:
        return load(folder, **asked)
    except LandscapeError as caught:
        error = caught
    assert len(str(error).splitlines()) == 1
    assert error.where
    assert error.remedy
    return error


def codes_of(layer: Any) -> Any:
    return sum((i + 1) * (layer == COVERS[key].code) for i, key in enumerate(KEYS))


def check_nested(one: Odd, made: odd_rasters.Made, got: Any) -> None:
    want, count = odd_rasters.nested(made, one)
    if isinstance(got, LandscapeError):
        assert (count == 0).any(), got
        assert f"no data in {(count == 0).sum()} of {N * N} cells" in str(got)
        return
    assert (count > 0).all()
    if one.classes:
        sure = want > 0
        np.testing.assert_array_equal(codes_of(got)[sure], want[sure])
        return
    # float32 holds heights below 4096 to 2.5e-4; GDAL sums weights of the same precision.
    np.testing.assert_allclose(got, want, rtol=0, atol=2e-3)


def check_moved(one: Odd, made: odd_rasters.Made, got: Any) -> None:
    low, high, whole = odd_rasters.within(made, one.per_target / 2 + 1.6)
    if isinstance(got, LandscapeError):
        # A cell may be left empty where something beneath it is; and only there.
        assert not whole.all(), got
        assert "no data in" in str(got)
        return
    assert (got >= low - 1e-3)[whole].all()
    assert (got <= high + 1e-3)[whole].all()
    if one.per_target < 0.95:
        want, steep = odd_rasters.bilinear(made)
        # The warper's own tolerance on each axis, and PROJ's releases differ by millimetres.
        slack = 3 * WARP_TOLERANCE * steep + 1e-3
        assert (np.abs(got - want) <= slack)[whole].all()


def check_classes_moved(one: Odd, made: odd_rasters.Made, got: Any) -> None:
    col, row = odd_rasters.beneath(made)
    inside = np.minimum(np.abs(col - np.round(col)), np.abs(row - np.round(row))) > 0.05
    c, r = np.floor(col).astype(int), np.floor(row).astype(int)
    want, valid = made.values[r, c].reshape(N, N), made.valid[r, c].reshape(N, N)
    sure = inside.reshape(N, N) & valid
    if isinstance(got, LandscapeError):
        assert one.left_out, got
        return
    if one.per_target < 0.95:
        np.testing.assert_array_equal(codes_of(got)[sure], want[sure])
    else:
        assert np.isin(codes_of(got), (1, 2, 3)).all()


def check(one: Odd, folder: Path) -> None:
    made, got = read(folder, one)
    if one.nests:
        check_nested(one, made, got)
    elif one.classes:
        check_classes_moved(one, made, got)
    else:
        check_moved(one, made, got)


QUICK = settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
LONG = settings(QUICK, max_examples=2000, derandomize=False)


@QUICK
@given(one=odd())
def test_cells_are_those_of_an_independent_computation(one: Odd, tmp_path: Path) -> None:
    check(one, tmp_path)


@QUICK
@given(one=odd(classes=True))
def test_classes_are_those_of_an_independent_computation(one: Odd, tmp_path: Path) -> None:
    check(one, tmp_path)


@pytest.mark.slow
@LONG
@given(one=st.one_of(odd(), odd(classes=True)))
def test_thousands_of_odd_rasters(one: Odd, tmp_path: Path) -> None:
    check(one, tmp_path)


ODD_NUMBERS = st.one_of(
    st.sampled_from([0.0, 1e-300, 1e300, -1e300, float("nan"), float("inf"), 1.0, -1.0, 360.0]),
    st.floats(width=64),
    st.floats(-1e7, 1e7),
)
ODD_CRS = st.sampled_from(
    [
        UTM,
        "EPSG:4326",
        "EPSG:3857",
        "EPSG:4807",
        "EPSG:2053",
        "EPSG:4978",
        "EPSG:5041",
        "IAU_2015:49900",
        'LOCAL_CS["x",UNIT["metre",1]]',
        "EPSG:32717+5773",
        "EPSG:5773",
        None,
        "EPSG:2263",
        "ESRI:54009",
        "EPSG:3408",
    ]
)


def check_header(folder: Path, transform: tuple[float, ...], crs: Any, spec: Any) -> None:
    import warnings

    import rasterio

    dtype, nodata, scaling, count = spec
    path = folder / "dem.tif"
    path.unlink(missing_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with rasterio.open(
                path,
                "w",
                driver="GTiff",
                width=6,
                height=5,
                count=count,
                dtype=dtype,
                crs=crs,
                transform=rasterio.Affine(*transform),
                nodata=nodata,
            ) as file:
                for band in range(1, count + 1):
                    file.write(np.full((5, 6), 50, dtype if dtype[0] != "c" else "complex64"), band)
                file.scales, file.offsets = (scaling[0],) * count, (scaling[1],) * count
        except (ValueError, rasterio.errors.RasterioError, rasterio.errors.CRSError):
            return  # the writer refuses; a header like that does not come about this way
    land = loaded(folder)
    if isinstance(land, LandscapeError):
        return
    assert land.grid.height * land.grid.width <= 10_000
    assert np.isfinite(land["elevation_m"]).all()


HEADERS = {
    "transform": st.tuples(*[ODD_NUMBERS] * 6),
    "keep": st.sets(st.integers(0, 5), max_size=6),
    "crs": ODD_CRS,
    "spec": st.tuples(
        st.sampled_from(
            [
                "int8",
                "uint8",
                "int16",
                "float32",
                "float64",
                "uint64",
                "int64",
                "complex64",
                "complex_int16",
            ]
        ),
        st.sampled_from([None, None, 50, float("nan"), -1, 1e30]),
        st.tuples(
            st.sampled_from([1.0, 1.0, 0.1, 0.0, float("nan"), -1.0, 1e300]),
            st.sampled_from([0.0, 0.0, -273.15, float("inf"), 1e300]),
        ),
        st.sampled_from([1, 1, 1, 2, 3]),
    ),
}
GOOD = (100.0, 0.0, WEST, 0.0, -100.0, NORTH)


@settings(QUICK, max_examples=100)
@given(**HEADERS)
def test_any_header_is_read_or_refused_in_one_line(
    transform: tuple[float, ...], keep: set[int], crs: Any, spec: Any, tmp_path: Path
) -> None:
    mixed = tuple(GOOD[i] if i in keep else transform[i] for i in range(6))
    check_header(tmp_path, mixed, crs, spec)


@pytest.mark.slow
@settings(LONG, max_examples=5000)
@given(**HEADERS)
def test_thousands_of_headers(
    transform: tuple[float, ...], keep: set[int], crs: Any, spec: Any, tmp_path: Path
) -> None:
    mixed = tuple(GOOD[i] if i in keep else transform[i] for i in range(6))
    check_header(tmp_path, mixed, crs, spec)


def test_the_oracle_sees_a_wrong_cell(tmp_path: Path) -> None:
    one = Odd("GTiff", "same", "int16", 2.0, "", False, False, False, 5)
    made, got = read(tmp_path, one)
    check_nested(one, made, got)
    got[3, 4] += 1
    with pytest.raises(AssertionError):
        check_nested(one, made, got)
    moved = replace(one, crs="degrees", per_target=0.7)
    made, got = read(tmp_path, moved)
    check_moved(moved, made, got)
    with pytest.raises(AssertionError):
        check_moved(moved, made, np.roll(got, 1, axis=1))
