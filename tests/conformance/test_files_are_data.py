"""A file that somebody sent opens no connection, no other file of the machine, and never waits."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from corridor_sim.errors import LandscapeError
from corridor_sim.landscape.io import opening
from corridor_sim.landscape.io.content import raster_content, vector_content
from oracles import user_files
from oracles.bad_files import SQUARE, feature, geojson, raster
from oracles.listening import Ear, listening

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def ear() -> Iterator[Ear]:
    with listening() as found:
        yield found


def vrt(source: str, *, relative: int = 0, subclass: str = "", inside: str = "") -> str:
    return (
        '<VRTDataset rasterXSize="20" rasterYSize="20"><SRS>EPSG:32717</SRS>'
        "<GeoTransform>700000, 1000, 0, 9600000, 0, -1000</GeoTransform>"
        f'<VRTRasterBand dataType="Float32" band="1" {subclass}>{inside}<SimpleSource>'
        f'<SourceFilename relativeToVRT="{relative}">{source}</SourceFilename>'
        "<SourceBand>1</SourceBand></SimpleSource></VRTRasterBand></VRTDataset>"
    )


def tms(url: str) -> str:
    return (
        f"<GDAL_WMS><Service name='TMS'><ServerUrl>{url}/${{z}}/${{x}}/${{y}}.tif</ServerUrl>"
        "</Service><DataWindow><UpperLeftX>700000</UpperLeftX><UpperLeftY>9600000</UpperLeftY>"
        "<LowerRightX>720000</LowerRightX><LowerRightY>9580000</LowerRightY><SizeX>20</SizeX>"
        "<SizeY>20</SizeY><TileLevel>0</TileLevel></DataWindow><Projection>EPSG:32717"
        "</Projection><BandsCount>1</BandsCount><DataType>Float32</DataType></GDAL_WMS>"
    )


RASTERS: dict[str, Callable[[Ear], str]] = {
    "VRT over http": lambda e: vrt(f"{e.address}/a.tif"),
    "VRT over vsicurl": lambda e: vrt(f"/vsicurl/{e.address}/a.tif"),
    "VRT over vsicurl, said to be relative": lambda e: vrt(
        f"vsicurl/{e.address}/a.tif", relative=1
    ),
    "VRT over s3": lambda e: vrt("/vsis3/bucket/a.tif"),
    "VRT over gs": lambda e: vrt("/vsigs/bucket/a.tif"),
    "VRT over az": lambda e: vrt("/vsiaz/bucket/a.tif"),
    "VRT over webhdfs": lambda e: vrt(f"/vsiwebhdfs/{e.address}/webhdfs/v1/a.tif"),
    "VRT over tar of curl": lambda e: vrt(f"/vsitar//vsicurl/{e.address}/a.tar/a.tif"),
    "VRT over zip of curl": lambda e: vrt(f"/vsizip//vsicurl/{e.address}/a.zip/a.tif"),
    "VRT over NetCDF": lambda e: vrt(f"NETCDF:{e.address}/a.nc:z"),
    "VRT over DAP": lambda e: vrt(f"DAP:{e.address}/a"),
    "VRT over Zarr": lambda e: vrt(f'ZARR:"/vsicurl/{e.address}/a.zarr"'),
    "VRT over WMS": lambda e: vrt(f"WMS:{e.address}/wms?LAYERS=a"),
    "VRT over an inline description": lambda e: vrt(
        tms(e.address).replace("<", "&lt;").replace(">", "&gt;")
    ),
    "VRT with a band of another kind": lambda e: vrt(
        "a.tif", relative=1, subclass='subClass="VRTDerivedRasterBand"'
    ),
    "warped VRT": lambda e: vrt("a.tif", relative=1).replace(
        "<VRTDataset ", '<VRTDataset subClass="VRTWarpedDataset" '
    ),
    "VRT of a VRT": lambda e: vrt("inner.vrt", relative=1),
    "VRT with an entity": lambda e: (
        f'<!DOCTYPE a [<!ENTITY b SYSTEM "{e.address}/b">]>' + vrt("&b;", relative=1)
    ),
    "VRT that names overviews": lambda e: vrt("good.tif", relative=1).replace(
        "<SRS>",
        '<Metadata domain="OVERVIEWS"><MDI key="OVERVIEW_FILE">'
        f"/vsicurl/{e.address}/o.tif</MDI></Metadata><SRS>",
    ),
    "WMS": lambda e: tms(e.address),
    "WMTS": lambda e: (
        f"<GDAL_WMTS><GetCapabilitiesUrl>{e.address}/wmts</GetCapabilitiesUrl></GDAL_WMTS>"
    ),
    "WMTS capabilities": lambda e: (
        '<Capabilities xmlns="http://www.opengis.net/wmts/1.0"><Contents><Layer>'
        f'<ResourceURL template="{e.address}/t"/></Layer></Contents></Capabilities>'
    ),
    "WCS": lambda e: (
        f"<WCS_GDAL><ServiceURL>{e.address}/wcs?</ServiceURL><CoverageName>a</CoverageName>"
        "</WCS_GDAL>"
    ),
    "MRF": lambda e: (
        f"<MRF_META><CachedSource><Source>/vsicurl/{e.address}/a.tif</Source></CachedSource>"
        '<Raster><Size x="20" y="20" c="1"/></Raster></MRF_META>'
    ),
    "tile index": lambda e: (
        f"<GDALTileIndexDataset><IndexDataset>/vsicurl/{e.address}/a.gpkg</IndexDataset>"
        "</GDALTileIndexDataset>"
    ),
    "STAC items": lambda e: json.dumps(
        {
            "type": "FeatureCollection",
            "stac_version": "1.0.0",
            "features": [
                {
                    "type": "Feature",
                    "stac_version": "1.0.0",
                    "stac_extensions": [],
                    "properties": {
                        "proj:epsg": 32717,
                        "proj:transform": [1000, 0, 7e5, 0, -1000, 96e5],
                        "proj:shape": [20, 20],
                    },
                    "assets": {"a": {"href": f"/vsicurl/{e.address}/a.tif"}},
                }
            ],
        }
    ),
    "tiled assets": lambda e: json.dumps(
        {
            "stac_version": "1.0.0",
            "stac_extensions": ["tiled-assets"],
            "type": "Feature",
            "properties": {"tiles:tile_matrix_links": {}},
            "asset_templates": {"a": {"href": f"{e.address}/{{TileMatrix}}.tif"}},
        }
    ),
    "an address": lambda e: f"{e.address}/a.tif",
    "Earth Engine": lambda e: '{"type": "IMAGE", "name": "projects/a"}',
}


@pytest.mark.parametrize("name", ["dem.vrt", "dem.tif", "dem.xml"])
@pytest.mark.parametrize("kind", RASTERS)
def test_a_raster_that_describes_something_else_is_refused_and_nothing_is_asked(
    tmp_path: Path, ear: Ear, kind: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key, value in {
        "AWS_S3_ENDPOINT": ear.place,
        "AWS_HTTPS": "NO",
        "AWS_NO_SIGN_REQUEST": "YES",
        "AWS_VIRTUAL_HOSTING": "FALSE",
        "CPL_GS_ENDPOINT": f"{ear.address}/",
        "GS_NO_SIGN_REQUEST": "YES",
        "AZURE_STORAGE_CONNECTION_STRING": "DefaultEndpointsProtocol=http;AccountName=a;"
        f"BlobEndpoint={ear.address}/;",
    }.items():
        monkeypatch.setenv(key, value)
    raster(tmp_path / "good.tif")
    (tmp_path / "inner.vrt").write_text(vrt("good.tif", relative=1))
    (tmp_path / name).write_text(RASTERS[kind](ear))
    with pytest.raises(LandscapeError, match=name):
        user_files.load(tmp_path, elevation=name)
    with pytest.raises(LandscapeError, match=name):
        raster_content(tmp_path / name, "elevation")
    assert ear.heard == []


VECTORS: dict[str, Callable[[Ear], str]] = {
    "OGR VRT": lambda e: (
        "<OGRVRTDataSource><OGRVRTLayer name='a'><SrcDataSource>"
        f"/vsicurl/{e.address}/a.geojson</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"
    ),
    "OGR VRT in KML": lambda e: (
        '<?xml version="1.0"?><kml></kml><OGRVRTDataSource><OGRVRTLayer name="a">'
        f"<SrcDataSource>/vsicurl/{e.address}/a.geojson</SrcDataSource></OGRVRTLayer>"
        "</OGRVRTDataSource>"
    ),
    "WFS": lambda e: f"<OGRWFSDataSource><URL>{e.address}/wfs</URL></OGRWFSDataSource>",
    "WFS capabilities": lambda e: (
        '<wfs:WFS_Capabilities xmlns:wfs="http://www.opengis.net/wfs/2.0">'
        f"{e.address}</wfs:WFS_Capabilities>"
    ),
    "OAPIF": lambda e: json.dumps(
        {
            "links": [
                {"rel": "data", "href": f"{e.address}/collections", "type": "application/json"}
            ],
            "conformsTo": ["http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core"],
            "collections": [{"id": "a", "links": [{"rel": "items", "href": f"{e.address}/items"}]}],
        }
    ),
    "ESRI service": lambda e: json.dumps(
        {
            "displayFieldName": "a",
            "geometryType": "esriGeometryPolygon",
            "spatialReference": {"wkid": 32717},
            "exceededTransferLimit": True,
            "fields": [{"name": "a", "type": "esriFieldTypeString"}],
            "features": [{"attributes": {"a": "x"}, "geometry": {"rings": SQUARE}}],
        }
    ),
    "a CRS that is a link": lambda e: json.dumps(
        {
            "type": "FeatureCollection",
            "crs": {"type": "link", "properties": {"href": f"{e.address}/crs", "type": "ogcwkt"}},
            "features": [feature("Polygon", SQUARE, NAME="A")],
        }
    ),
    "a CRS that is a link, said last": lambda e: json.dumps(
        {
            "type": "FeatureCollection",
            "features": [feature("Polygon", SQUARE, NAME="A")],
            "crs": {"properties": {"href": f"{e.address}/crs"}, "type": "link"},
        }
    ),
    "a CRS nobody knows": lambda e: json.dumps(
        {
            "type": "FeatureCollection",
            "features": [feature("Polygon", SQUARE, NAME="A")],
            "crs": {"type": "name", "properties": {"name": f"{e.address}/crs"}},
        }
    ),
    "an address": lambda e: f"{e.address}/a.geojson",
    "a connection": lambda e: "PG:host=127.0.0.1",
}


@pytest.mark.parametrize("name", ["parks.geojson", "parks.gpkg", "parks.shp", "parks.kml"])
@pytest.mark.parametrize("kind", VECTORS)
def test_a_vector_file_that_describes_something_else_is_refused_and_nothing_is_asked(
    tmp_path: Path, ear: Ear, kind: str, name: str
) -> None:
    raster(tmp_path / "dem.tif")
    (tmp_path / name).write_text(VECTORS[kind](ear))
    with pytest.raises(LandscapeError, match=name):
        user_files.load(tmp_path, protected_areas=name)
    with pytest.raises(LandscapeError, match=name):
        vector_content(tmp_path / name, "protected_areas")
    assert ear.heard == []


def test_the_network_settings_of_the_caller_come_back(tmp_path: Path) -> None:
    import pyogrio

    geojson(tmp_path / "a.geojson", [feature("Polygon", SQUARE, NAME="A")])
    pyogrio.set_gdal_config_options({"GDAL_HTTP_PROXY": "mine:1"})
    try:
        vector_content(tmp_path / "a.geojson", "protected_areas")
        assert pyogrio.get_gdal_config_option("GDAL_HTTP_PROXY") == "mine:1"
    finally:
        pyogrio.set_gdal_config_options({"GDAL_HTTP_PROXY": None})


def test_a_mask_beside_a_raster_is_no_door(tmp_path: Path, ear: Ear) -> None:
    raster(tmp_path / "dem.tif")
    (tmp_path / "dem.tif.msk").write_text(tms(ear.address))
    with pytest.raises(LandscapeError, match=r"dem.tif.msk beside it: is a description"):
        user_files.load(tmp_path)
    assert ear.heard == []


def test_an_overview_named_beside_a_raster_is_no_door(tmp_path: Path, ear: Ear) -> None:
    raster(tmp_path / "dem.tif")
    (tmp_path / "dem.tif.aux.xml").write_text(
        '<PAMDataset><Metadata domain="OVERVIEWS"><MDI key="OVERVIEW_FILE">'
        f"/vsicurl/{ear.address}/o.tif</MDI></Metadata></PAMDataset>"
    )
    with pytest.raises(LandscapeError, match=r"dem.tif.aux.xml beside it"):
        user_files.load(tmp_path)
    assert ear.heard == []


def test_a_raw_band_over_any_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret.bin").write_bytes(np.full(400, 1200, "float32").tobytes())
    (tmp_path / "dem.vrt").write_text(
        '<VRTDataset rasterXSize="20" rasterYSize="20"><SRS>EPSG:32717</SRS>'
        "<GeoTransform>700000, 1000, 0, 9600000, 0, -1000</GeoTransform>"
        '<VRTRasterBand dataType="Float32" band="1" subClass="VRTRawRasterBand">'
        '<SourceFilename relativeToVRT="1">secret.bin</SourceFilename></VRTRasterBand></VRTDataset>'
    )
    with pytest.raises(LandscapeError, match="with a band of the kind VRTRawRasterBand"):
        user_files.load(tmp_path, elevation="dem.vrt")


def test_a_mosaic_of_tiles_of_its_own_folder_is_read(tmp_path: Path) -> None:
    """What gdalbuildvrt writes; the same cells as the one raster that was cut into tiles."""
    whole = 1200.0 + np.arange(400.0).reshape(20, 20)
    raster(tmp_path / "dem.tif", whole)
    (tmp_path / "tiles").mkdir()
    raster(tmp_path / "tiles/west.tif", whole[:, :10])
    raster(tmp_path / "tiles/east.tif", whole[:, 10:], west=user_files.WEST + 10_000)
    sources = "".join(
        f'<SimpleSource><SourceFilename relativeToVRT="1">tiles/{name}.tif</SourceFilename>'
        f'<SourceBand>1</SourceBand><SrcRect xOff="0" yOff="0" xSize="10" ySize="20"/>'
        f'<DstRect xOff="{at}" yOff="0" xSize="10" ySize="20"/></SimpleSource>'
        for name, at in (("west", 0), ("east", 10))
    )
    text = vrt("x", relative=1)
    start, end = text.index("<SimpleSource>"), text.index("</VRTRasterBand>")
    (tmp_path / "dem.vrt").write_text(text[:start] + sources + text[end:])
    found = user_files.load(tmp_path, elevation="dem.vrt")
    np.testing.assert_array_equal(found.layers["elevation_m"], whole.astype("float32"))


@pytest.mark.parametrize("outside", ["../east.tif", "link.tif", "C:east.tif", "gone.tif"])
def test_tiles_from_elsewhere_are_refused(tmp_path: Path, outside: str) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    raster(tmp_path / "east.tif")
    (inner / "link.tif").symlink_to(tmp_path / "east.tif")
    (inner / "dem.vrt").write_text(vrt(outside, relative=1))
    with pytest.raises(LandscapeError, match=r"not in its folder|no such file"):
        user_files.load(inner, elevation="dem.vrt")


@pytest.mark.parametrize("mark", ["<VRTDataset>", "<GDALTileIndexDataset>"])
def test_a_tile_that_two_drivers_would_take_is_refused(tmp_path: Path, mark: str) -> None:
    raster(tmp_path / "east.tif")
    data = (tmp_path / "east.tif").read_bytes()
    (tmp_path / "east.tif").write_bytes(data[:300] + mark.encode() + data[300:])
    (tmp_path / "dem.vrt").write_text(vrt("east.tif", relative=1))
    with pytest.raises(LandscapeError, match="is no GeoTIFF"):
        user_files.load(tmp_path, elevation="dem.vrt")


@pytest.mark.parametrize("driver", ["CSV", "GML", "MapInfo File", "DXF", "GPX"])
def test_vector_formats_outside_the_list_are_told_with_the_way_in(
    tmp_path: Path, driver: str
) -> None:
    """Some of these are harmless; the list is short so that it can be known whole."""
    import pyogrio

    raster(tmp_path / "dem.tif")
    if driver not in pyogrio.list_drivers(write=True):
        pytest.skip(f"this GDAL does not write {driver}")
    geojson(tmp_path / "a.geojson", [feature("Point", SQUARE[0][0], name="A")])
    meta, _, wkb, columns = pyogrio.raw.read(tmp_path / "a.geojson")
    options = {"GEOMETRY": "AS_WKT"} if driver == "CSV" else {}
    name = "towns.csv" if driver == "CSV" else "towns.dat"
    fields = [] if driver in ("DXF", "GPX") else list(meta["fields"])
    pyogrio.raw.write(
        tmp_path / name,
        wkb,
        columns if fields else [],
        fields,
        crs=meta["crs"],
        geometry_type="Point",
        driver=driver,
        **options,
    )
    with pytest.raises(LandscapeError, match=r"give a GeoPackage|unpack it first"):
        user_files.load(tmp_path, settlements=name)


@pytest.mark.parametrize("driver", [*opening.VECTOR_DRIVERS])
def test_every_vector_format_of_the_list_is_read(tmp_path: Path, driver: str) -> None:
    import pyogrio

    raster(tmp_path / "dem.tif")
    if driver not in pyogrio.list_drivers(write=True):
        pytest.skip(f"this GDAL does not write {driver}")
    geojson(tmp_path / "a.geojson", [feature("Polygon", SQUARE, NAME="A")])
    meta, _, wkb, columns = pyogrio.raw.read(tmp_path / "a.geojson")
    name = {
        "OpenFileGDB": "parks.gdb",
        "ESRI Shapefile": "parks.shp",
        "KML": "parks.kml",
        "LIBKML": "parks.kml",
        "GPKG": "parks.gpkg",
        "FlatGeobuf": "parks.fgb",
    }.get(driver, "parks.any")
    pyogrio.raw.write(
        tmp_path / name,
        wkb,
        columns,
        list(meta["fields"]),
        crs=meta["crs"],
        geometry_type="Polygon",
        driver=driver,
    )
    land = user_files.load(tmp_path, protected_areas=name)
    assert land.n_zones == 1
    expected = user_files.load(tmp_path, protected_areas="a.geojson")
    np.testing.assert_array_equal(land.layers["protected"], expected.layers["protected"])


@pytest.mark.parametrize("driver", ["GTiff", "AAIGrid", "netCDF", "HFA", "PNG", "EHdr"])
def test_every_raster_format_of_the_list_is_read(tmp_path: Path, driver: str) -> None:
    import rasterio.shutil

    raster(
        tmp_path / "src.tif",
        np.arange(400).reshape(20, 20),
        dtype="int16" if driver != "PNG" else "uint16",
    )
    name = {
        "AAIGrid": "dem.asc",
        "HFA": "dem.img",
        "EHdr": "dem.bil",
        "netCDF": "dem.nc",
        "PNG": "dem.png",
        "GTiff": "dem.tif",
    }[driver]
    options = {"WORLDFILE": "YES"} if driver == "PNG" else {}
    rasterio.shutil.copy(tmp_path / "src.tif", tmp_path / name, driver=driver, **options)
    land = user_files.load(tmp_path, elevation=name)
    np.testing.assert_array_equal(
        land.layers["elevation_m"], np.arange(400, dtype="float32").reshape(20, 20)
    )
