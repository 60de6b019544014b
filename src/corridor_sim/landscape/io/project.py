"""The project of QGIS in which exported layers of a landscape open, and what others lie on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from corridor_sim.gis.project import Group, Layer, layer_of, write_project
from corridor_sim.gis.ramps import rgba
from corridor_sim.gis.rasters import classes_style, relief_style
from corridor_sim.gis.styles import COLOURS, SCALES
from corridor_sim.landscape.io.classes import CLASSES
from corridor_sim.landscape.layers import LAYERS
from corridor_sim.languages import mark, tr

if TYPE_CHECKING:
    from corridor_sim.landscape.landscape import Landscape

VECTORS = "landscape.gpkg"
# classes of roads and rivers that maps of a whole landscape have room for, and how strong they are
PALE = {"road": {1: "4d", 2: "99", 3: "99"}, "river": {2: "73", 3: "cc"}}
# of layers that are classes or zones; the others are called as the table of styles has it
_TITLES = {
    "land_cover": mark("Land cover"),
    "road": mark("Roads"),
    "river": mark("Rivers"),
    "protected": mark("Core areas by name"),
    "outside": mark("Ground and no ground"),
    "protection": mark("Where clearing is held back"),
    "roost": mark("Cliffs fit for roosting"),
}


def title_of(name: str) -> str:
    """Return what people call a layer."""
    return tr(_TITLES[name]) if name in _TITLES else tr(SCALES[name].title)


def names_on_top(folder: Path) -> Group:
    """Return core areas, towns and borders, those that there are, switched on."""
    found: list[Layer | Group] = []
    for inside, title in (
        ("towns", tr("Towns")),
        ("core_areas", tr("Core areas")),
        ("borders", tr("Borders of countries")),
    ):
        found += layer_of(folder / VECTORS, title, inside, shown=True)
    return Group(tr("Places"), found)


def ways(folder: Path) -> Group:
    """Return roads and rivers, switched on, as pale as on the report's maps."""
    found: list[Layer | Group] = []
    for name, shades in PALE.items():
        path = folder / f"{name}.tif"
        if path.is_file():
            rows = [
                (code, tr(label), _paler(COLOURS[name], shades[code]))
                for code, label, _ in CLASSES[name]
                if code in shades
            ]
            found.append(Layer(title_of(name), path, classes_style(rows), shown=True))
    return Group(tr("Roads and rivers"), found, folded=True)


def _paler(colour: str, shade: str) -> str:
    """Return a colour so strong that legends, which draw nothing clear, tell it from others."""
    share = int(shade, 16) / 255
    parts = (round(part * share + 235 * (1 - share)) for part in rgba(colour)[:3])
    return "#" + "".join(f"{part:02x}" for part in parts) + "cc"


def ground(folder: Path, land: Landscape, *, cover: bool = False) -> Group:
    """Return what all else lies on: land cover (switched on if asked), water, relief, heights."""
    found: list[Layer | Group] = list(
        layer_of(folder / "land_cover.tif", title_of("land_cover"), shown=cover, folded=not cover)
    )
    wet = [(c.code, c.label, COLOURS["water"]) for c in land.covers.rows if c.water]
    if wet and not cover and (folder / "land_cover.tif").is_file():
        style = classes_style(wet)
        found.append(Layer(tr("Water"), folder / "land_cover.tif", style, shown=True))
    heights = folder / "elevation_m.tif"
    if heights.is_file():
        relief = Layer(tr("Relief"), heights, relief_style(land.grid.cell_m), shown=True)
        if cover:
            # shade over colours, which a pale relief below them would not show
            found.insert(0, Layer(relief.title, heights, relief.style, shown=True, blend=6))
        else:
            found.append(relief)
        found += layer_of(heights, title_of("elevation_m"))
    return Group(tr("Ground"), found)


def write_landscape_project(land: Landscape, folder: Path) -> Path:
    """Write the project of a folder of exported layers and return its path."""
    shown = ("road", "river", "land_cover", "elevation_m")
    others: list[Layer | Group] = []
    for name in LAYERS:
        if name in land.layers and name not in shown:
            others += layer_of(folder / f"{name}.tif", title_of(name))
    covariates: list[Layer | Group] = []
    for path in sorted((folder / "covariates").glob("*.tif")):
        covariates += layer_of(path, path.stem)
    tree = [
        names_on_top(folder),
        ways(folder),
        Group(tr("Further layers"), others, folded=True),
        Group(tr("Covariates"), covariates, folded=True),
        ground(folder, land, cover=True),
    ]
    return write_project(folder, land.name, tree, land.grid.crs, land.grid.bounds_m)
