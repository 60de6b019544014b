"""A sheet of a project to print: the map, its legend, title and scale."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element

from corridor_sim.gis.xml import node
from corridor_sim.languages import tr

# A4 across, millimetres
WIDE, HIGH = 297.0, 210.0
EDGE, RIGHT, TOP = 10.0, 74.0, 20.0
PAGE, MAP, LEGEND, LABEL, SCALE_BAR = 65638, 65639, 65642, 65641, 65646


def _item(kind: int, key: str, at: tuple[float, float, float, float], *inside: Element,
          **more: object) -> Element:  # fmt: skip
    left, top, wide, high = at
    # the page lies below the map, and the map below all else
    more["zValue"] = {PAGE: "0", MAP: "1"}.get(kind, "2")
    return node(
        "LayoutItem",
        *inside,
        type=kind,
        uuid=f"{{{key}}}",
        templateUuid=f"{{{key}}}",
        id=key,
        position=f"{left},{top},mm",
        positionOnPage=f"{left},{top},mm",
        size=f"{wide},{high},mm",
        referencePoint="0",
        visibility="1",
        opacity="1",
        **more,
    )


def sheet(
    title: str, shown: Sequence[Element], box: tuple[float, float, float, float], place: Element
) -> Element:
    """Return a page A4 with the layers that are switched on.

    Parameters
    ----------
    title : str
    shown : sequence of Element
        Branches of the tree of layers that the legend has.
    box : (west, south, east, north)
    place : Element
        The CRS.
    """
    wide, high = WIDE - 2 * EDGE - RIGHT, HIGH - TOP - EDGE
    west, south, east, north = _fitted(box, wide / high)
    extent = node("Extent", xmin=west, ymin=south, xmax=east, ymax=north)
    picture = _item(
        MAP, "map", (EDGE, TOP, wide, high), extent, place,
        frame="true", background="true", followPreset="false", keepLayerSet="false",
    )  # fmt: skip
    tree = node("layer-tree-group", *shown)
    legend = _item(
        LEGEND, "legend", (WIDE - EDGE - RIGHT + 4, TOP, RIGHT - 4, high),
        node("styles", *_styles()), tree,
        map_uuid="{map}", legendFilterByAtlas="0", legendFilterByMap="0", resizeToContents="1",
        columnCount="1", symbolWidth="5", symbolHeight="3.5", wrapString="", title="",
        boxSpace="0", lineSpacing="1",
    )  # fmt: skip
    heading = _item(
        LABEL, "title", (EDGE, 7.0, WIDE - 2 * EDGE, 10.0), *_font(15.0, True),
        labelText=title, halign="1", valign="128", htmlState="0", marginX="0", marginY="0",
    )  # fmt: skip
    source = _item(
        LABEL, "source", (EDGE, HIGH - 8.0, wide, 5.0), *_font(7.0),
        labelText=tr("Made by corridor_sim"), halign="1", valign="128", htmlState="0",
        marginX="0", marginY="0",
    )  # fmt: skip
    paper = node("PageCollection", _item(PAGE, "page", (0.0, 0.0, WIDE, HIGH), background="true"))
    items = (_scale_bar(east - west, wide), heading, source, legend, picture)
    return node(
        "Layout", paper, *items, name=tr("Sheet A4"), printResolution="300", units="mm",
        worldFileMap="{map}",
    )  # fmt: skip


def _fitted(box: tuple[float, float, float, float], aspect: float) -> tuple[float, ...]:
    """Return a box of the same middle that holds the other and has the sheet's shape."""
    west, south, east, north = box
    wide, high = (
        max(east - west, (north - south) * aspect),
        max(north - south, (east - west) / aspect),
    )
    x, y = (west + east) / 2, (south + north) / 2
    return x - wide / 2, y - high / 2, x + wide / 2, y + high / 2


def _scale_bar(span_m: float, wide_mm: float) -> Element:
    """Return a bar of two parts, together about a fifth of the map, in kilometres."""
    km = span_m / 1000 / 10
    power = 10.0 ** int(f"{km:e}".split("e")[1])
    part = max(n for n in (1, 2, 5, 10) if n * power <= km * 1.0001) * power
    shown = part * 1000 / span_m * wide_mm
    return _item(
        SCALE_BAR, "scale", (EDGE + 4, HIGH - EDGE - 14, 2 * shown + 12, 10.0), *_font(8.0),
        mapUuid="{map}", style="Single Box", numSegments="2", numSegmentsLeft="0",
        numUnitsPerSegment=f"{part:g}", numMapUnitsPerScaleBarUnit="1", unitType="km",
        unitLabel="km", height="2", segmentSizeMode="0", outlineWidth="0.2", boxContentSpace="1",
        background="true",
    )  # fmt: skip


def _font(size_pt: float, bold: bool = False) -> list[Element]:
    """Return a font as QGIS of this version, and as older ones, read it."""
    old = f"Sans Serif,{size_pt:g},-1,5,{75 if bold else 50},0,0,0,0,0"
    how = {"description": old, "style": "Bold" if bold else ""}
    text = node(
        "text-style",
        fontFamily="Sans Serif",
        fontSize=f"{size_pt:g}",
        fontSizeUnit="Point",
        fontWeight="75" if bold else "50",
        namedStyle="Bold" if bold else "Regular",
        textColor="31,42,48,255",
        textOpacity="1",
    )
    return [text, node("LabelFont", **how), node("styleFont", **how)]


def _styles() -> list[Element]:
    sizes = (("title", 10.0, True), ("group", 9.0, True), ("subgroup", 8.5, True),
             ("symbol", 7.5, False), ("symbolLabel", 7.5, False))  # fmt: skip
    return [
        node(
            "style", *_font(size, bold), name=name, alignment="1", marginTop="1.8", marginLeft="1.5"
        )
        for name, size, bold in sizes
    ]
