"""What lies beside a map, or behind it, can neither stop the reading nor slip into it unseen."""

from __future__ import annotations

import json
import os
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corridor_sim.errors import LandscapeError
from corridor_sim.landscape.io.content import raster_content
from corridor_sim.landscape.io.settings import LandscapeSettings
from corridor_sim.landscape.io.user import load_user_landscape
from oracles.bad_files import SQUARE, feature, geojson, raster


def areas(folder: Path, driver: str, name: str, layer: str = "parks") -> None:
    import pyogrio
    import shapely

    boxes = np.array(shapely.to_wkb([shapely.box(701000, 9581000, 708000, 9588000)]), object)
    pyogrio.raw.write(
        folder / name,
        boxes,
        [np.array(["Río"], object)],
        ["NAME"],
        crs="EPSG:32717",
        geometry_type="Polygon",
        driver=driver,
        layer=layer,
        append=(folder / name).exists(),
        encoding="UTF-8" if driver == "ESRI Shapefile" else None,
    )


def refusal(folder: Path, **keys: Any) -> str:
    with pytest.raises(LandscapeError) as told:
        load_user_landscape(LandscapeSettings(**{"elevation": "dem.tif", **keys}), folder)
    assert "\n" not in str(told.value)
    return str(told.value)


PIPES = [
    ("dem.bil", "EHdr", "dem.stx"),
    ("dem.bil", "EHdr", "dem.clr"),
    ("dem.tif", "GTiff", "dem.tifw"),
    ("dem.tif", "GTiff", "dem.IMD"),
    ("dem.tif", "GTiff", "dem.rpb"),
    ("dem.tif", "GTiff", "dem.tif.vat.dbf"),
    ("p.gpkg", "GPKG", "p.gpkg-journal"),
    ("p.gpkg", "GPKG", "p.gpkg-wal"),
    ("p.shp", "ESRI Shapefile", "p.qix"),
    ("p.shp", "ESRI Shapefile", "p.sbn"),
    ("p.shp", "ESRI Shapefile", "p.cpg"),
    ("p.fgb", "FlatGeobuf", "p.xsd"),
]


@pytest.mark.parametrize(("name", "driver", "pipe"), PIPES, ids=[row[2] for row in PIPES])
def test_no_pipe_beside_a_map_is_waited_for(
    tmp_path: Path, name: str, driver: str, pipe: str
) -> None:
    import rasterio.shutil

    raster(tmp_path / "dem.tif")
    keys = {"elevation": name}
    if name.startswith("p."):
        areas(tmp_path, driver, name)
        keys = {"protected_areas": name}
    elif name != "dem.tif":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            rasterio.shutil.copy(tmp_path / "dem.tif", tmp_path / name, driver=driver)
    (tmp_path / pipe).unlink(missing_ok=True)
    os.mkfifo(tmp_path / pipe)
    said = refusal(tmp_path, **keys)
    assert f"{pipe} beside it: is no regular file" in said


@pytest.mark.parametrize(
    "name", ["METADATA.DIM", "dem_rpc.txt", "DEM_MTL.txt", "SUMMARY.TXT", "dem_metadata.txt"]
)
def test_no_word_of_a_satellite_is_waited_for(tmp_path: Path, name: str) -> None:
    raster(tmp_path / "dem.tif")
    os.mkfifo(tmp_path / name)
    raster_content(tmp_path / "dem.tif", "elevation")
    load_user_landscape(LandscapeSettings(elevation="dem.tif"), tmp_path)


def kept_outside(folder: Path, kind: str) -> None:
    """Write a NetCDF 4 file whose heights lie in another file."""
    import h5py

    (folder / "other.bin").write_bytes(bytes(range(100)) * 16)
    with h5py.File(folder / "other.h5", "w") as other:
        other["q"] = np.full((40, 40), 77, "u1")
    with h5py.File(folder / "m.nc", "w") as file:
        for name, start, step, unit in (
            ("y", -3, -0.01, "degrees_north"),
            ("x", -79, 0.01, "degrees_east"),
        ):
            axis = file.create_dataset(name, data=start + step * np.arange(40))
            axis.make_scale(name)
            axis.attrs["units"] = np.bytes_(unit)
        if kind == "link":
            file["z"] = h5py.ExternalLink("other.h5", "/q")
            return
        if kind == "virtual":
            layout = h5py.VirtualLayout((40, 40), "u1")
            layout[:] = h5py.VirtualSource(str(folder / "other.h5"), "q", (40, 40))
            z = file.create_virtual_dataset("z", layout)
        elif kind == "bytes":
            z = file.create_dataset(
                "z", (40, 40), "u1", external=[(str(folder / "other.bin"), 0, 1600)]
            )
        else:
            z = file.create_dataset("z", data=np.full((40, 40), 77, "u1"))
        z.dims[0].attach_scale(file["y"])
        z.dims[1].attach_scale(file["x"])


@pytest.mark.parametrize("kind", ["link", "virtual", "bytes"])
def test_a_netcdf_whose_values_lie_in_another_file_is_refused(tmp_path: Path, kind: str) -> None:
    kept_outside(tmp_path, kind)
    assert "m.nc (elevation): keeps 'z' in another file, which is never followed" in refusal(
        tmp_path, elevation="m.nc"
    )


def test_a_netcdf_that_holds_its_values_is_read(tmp_path: Path) -> None:
    kept_outside(tmp_path, "within")
    land = load_user_landscape(LandscapeSettings(elevation="m.nc"), tmp_path)
    assert (land["elevation_m"] == 77).all()


def mosaic(
    folder: Path, side: int = 20, inner: str = "", kind: str = "SimpleSource", mask: str = ""
) -> None:
    source = (
        '<SourceFilename relativeToVRT="1">tile.tif</SourceFilename><SourceBand>{}</SourceBand>'
        '<SrcRect xOff="0" yOff="0" xSize="20" ySize="20"/>'
        f'<DstRect xOff="0" yOff="0" xSize="{side}" ySize="{side}"/>'
    )
    masks = (
        '<MaskBand><VRTRasterBand dataType="Byte"><SimpleSource>'
        f"{source.format(mask)}</SimpleSource></VRTRasterBand></MaskBand>"
    )
    raster(folder / "tile.tif", (1200 + np.arange(400.0).reshape(20, 20)).astype("float32"))
    (folder / "m.vrt").write_text(
        f'<VRTDataset rasterXSize="{side}" rasterYSize="{side}"><SRS>EPSG:32717</SRS>'
        f"<GeoTransform>700000, {20000 / side}, 0, 9600000, 0, {-20000 / side}</GeoTransform>"
        f'<VRTRasterBand dataType="Float32" band="1"><NoDataValue>-1</NoDataValue><{kind}>'
        f"{source.format(1)}{inner}</{kind}></VRTRasterBand>{masks if mask else ''}</VRTDataset>"
    )


def tile_mask(folder: Path, from_row: int) -> None:
    raster(folder / "tile.tif.msk", np.full((20, 20), 255, "u1") * (np.arange(20) > from_row))


def tile_nodata(folder: Path) -> None:
    (folder / "tile.tif.aux.xml").write_text(
        "<PAMDataset><PAMRasterBand band='1'><NoDataValue>1210</NoDataValue></PAMRasterBand>"
        "</PAMDataset>"
    )


def overviews(folder: Path, value: float) -> None:
    raster(folder / "tile.tif.ovr", np.full((10, 10), value, "float32"), cell=2000.0)


MASKED = {"inner": "<UseMaskBand>true</UseMaskBand>", "kind": "ComplexSource"}
MASK_BAND = {"mask": "mask,1"}
TILES: list[tuple[str, dict[str, Any], Callable[[Path], Any]]] = [
    ("mask beside a tile", MASKED, lambda d: tile_mask(d, 3)),
    ("nodata beside a tile", MASKED, tile_nodata),
    ("mask of the mosaic from a tile", MASK_BAND, lambda d: tile_mask(d, 3)),
    ("overviews of a tile shown coarser", {"side": 10}, lambda d: overviews(d, 5)),
    ("source's nodata", {}, lambda d: mosaic(d, kind="ComplexSource", inner="<NODATA>7</NODATA>")),
]


@pytest.mark.parametrize(("what", "form", "change"), TILES, ids=[row[0] for row in TILES])
def test_what_decides_on_the_values_of_a_mosaic_counts(
    tmp_path: Path, what: str, form: Any, change: Any
) -> None:
    mosaic(tmp_path, **form)
    before = raster_content(tmp_path / "m.vrt", "elevation")
    change(tmp_path)
    assert raster_content(tmp_path / "m.vrt", "elevation") != before


def looked_at(folder: Path) -> None:
    """What GDAL does to a mosaic as its statistics are asked for: it writes the file anew."""
    import rasterio

    text = (folder / "m.vrt").read_text()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with rasterio.open(folder / "m.vrt") as file:
            file.statistics(1, approx=False, clear_cache=False)
    assert (folder / "m.vrt").read_text() != text


def test_looking_at_a_mosaic_does_not_count(tmp_path: Path) -> None:
    mosaic(tmp_path)
    before = raster_content(tmp_path / "m.vrt", "elevation")
    looked_at(tmp_path)
    overviews(tmp_path, 5)
    assert raster_content(tmp_path / "m.vrt", "elevation") == before


def test_statistics_beside_an_ehdr_raster_do_not_count(tmp_path: Path) -> None:
    import rasterio.shutil

    raster(tmp_path / "src.tif")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rasterio.shutil.copy(tmp_path / "src.tif", tmp_path / "m.bil", driver="EHdr")
    before = raster_content(tmp_path / "m.bil", "elevation")
    (tmp_path / "m.stx").write_text("1 0 3 1 1\n")
    assert raster_content(tmp_path / "m.bil", "elevation") == before


def test_json_that_runs_commands_is_refused_before_they_run(tmp_path: Path) -> None:
    raster(tmp_path / "dem.tif")
    areas(tmp_path, "GPKG", "p.gpkg")
    for name in ("p.gdalg.json", "p.geojson"):
        (tmp_path / name).write_text(
            json.dumps(
                {
                    "type": "gdal_streamed_alg",
                    "relative_paths_relative_to_this_file": True,
                    "command_line": "gdal vector pipeline ! read p.gpkg",
                }
            )
        )
        assert "is a description of other sources" in refusal(tmp_path, protected_areas=name)


def test_texts_in_utf_16_are_told_as_such(tmp_path: Path) -> None:
    raster(tmp_path / "dem.tif")
    geojson(tmp_path / "p.geojson", [feature("Polygon", SQUARE, NAME="Río")])
    text = (tmp_path / "p.geojson").read_text(encoding="utf-8")
    (tmp_path / "p.geojson").write_text(text, encoding="utf-16")
    assert "p.geojson (protected_areas): its texts are not UTF-8" in refusal(
        tmp_path, protected_areas="p.geojson"
    )


def test_the_layer_that_a_remedy_names_can_be_read_in_a_folder_below(tmp_path: Path) -> None:
    raster(tmp_path / "dem.tif")
    (tmp_path / "maps").mkdir()
    areas(tmp_path, "GPKG", "maps/p.gpkg")
    areas(tmp_path, "GPKG", "maps/p.gpkg", layer="more")
    said = refusal(tmp_path, protected_areas="maps/p.gpkg")
    named = said.partition("name one: ")[2]
    land = load_user_landscape(
        LandscapeSettings(elevation="dem.tif", protected_areas=named), tmp_path
    )
    assert len(land.zone_names) == 2


def test_a_bar_may_stand_in_the_name_of_a_vector_file(tmp_path: Path) -> None:
    raster(tmp_path / "dem.tif")
    areas(tmp_path, "GPKG", "p.gpkg")
    shutil.copy(tmp_path / "p.gpkg", tmp_path / "a|b.gpkg")
    land = load_user_landscape(
        LandscapeSettings(elevation="dem.tif", protected_areas="a|b.gpkg"), tmp_path
    )
    assert len(land.zone_names) == 2


def test_a_filter_of_qgis_is_refused_and_not_dropped(tmp_path: Path) -> None:
    raster(tmp_path / "dem.tif")
    areas(tmp_path, "GPKG", "p.gpkg")
    said = refusal(tmp_path, protected_areas='p.gpkg|layername=parks|subset="NAME" = 1')
    assert "'subset=\"NAME\" = 1' after the layer is not heeded" in said
