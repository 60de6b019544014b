"""Styles of lines, areas and points: symbols, renderers and labels of QGIS."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from corridor_sim.gis.ramps import rgba
from corridor_sim.gis.styles import COLOURS
from corridor_sim.gis.xml import node, option, style

# QGIS counts what depends on fields by number
OUTLINE_COLOUR, STROKE_WIDTH, FILL_COLOUR = "outlineColor", "outlineWidth", "fillColor"


def colour_of(colour: str, alpha: float | None = None) -> str:
    """Return a colour as QGIS writes it: red, green, blue, alpha."""
    red, green, blue, own = rgba(colour)
    return f"{red},{green},{blue},{own if alpha is None else round(255 * alpha)}"


def by_fields(**expressions: str) -> Element:
    """Return what makes properties of a symbol depend on the fields of a feature."""
    return node("data_defined_properties", _collection(**expressions))


def _collection(**expressions: str) -> Element:
    shown = [
        node(
            "Option",
            option("active", True),
            option("expression", expression),
            option("type", 3),
            type="Map",
            name=name,
        )
        for name, expression in expressions.items()
    ]
    return node(
        "Option",
        option("name", ""),
        node("Option", *shown, type="Map", name="properties"),
        option("type", "collection"),
        type="Map",
    )


def part(kind: str, *inside: Element, **properties: object) -> Element:
    """Return one layer of a symbol; properties as QGIS calls them."""
    settings = [node("prop", k=key, v=value) for key, value in properties.items()]
    return node("layer", *settings, *inside, class_=kind, enabled="1", locked="0", pass_="0")


def fill(colour: str = "", outline: str = "", width_mm: float = 0.26, *inside: Element) -> Element:
    """Return a filled area with an outline; without a colour nothing is filled."""
    return part(
        "SimpleFill",
        *inside,
        color=colour_of(colour or "#ffffff00"),
        style="solid" if colour else "no",
        outline_color=colour_of(outline or "#00000000"),
        outline_style="solid" if outline else "no",
        outline_width=width_mm,
        outline_width_unit="MM",
        joinstyle="round",
    )


def hatched(colour: str) -> Element:
    """Return fine strokes over an area, as the report draws what is not certain."""
    lines = node(
        "symbol", line(colour, 0.18), type="line", name="@0@0", alpha="1", clip_to_extent="1"
    )
    return part("LinePatternFill", lines, angle="45", distance="1.4", distance_unit="MM")


def line(colour: str, width_mm: float, *inside: Element, dashes: str = "") -> Element:
    """Return a line; ``dashes`` are lengths of strokes and gaps in mm, as ``6;2;1.5;2``."""
    return part(
        "SimpleLine",
        *inside,
        line_color=colour_of(colour),
        line_width=width_mm,
        line_width_unit="MM",
        capstyle="round",
        joinstyle="round",
        use_custom_dash="1" if dashes else "0",
        customdash=dashes or "5;2",
        customdash_unit="MM",
    )


def arrow(colour: str, width_mm: float) -> Element:
    """Return a curved arrow along a line of three points, rimmed in white."""
    head = max(1.2, 1.7 * width_mm)
    body = node(
        "symbol",
        fill(colour, "#ffffff", 0.12),
        type="fill",
        name="@0@0",
        alpha="0.95",
        clip_to_extent="1",
    )
    return part(
        "ArrowLine",
        body,
        arrow_type="0",
        head_type="0",
        is_curved="1",
        is_repeated="1",
        arrow_width=f"{width_mm:.3g}",
        arrow_start_width=f"{width_mm:.3g}",
        arrow_width_unit="MM",
        arrow_start_width_unit="MM",
        head_length=f"{head:.3g}",
        head_length_unit="MM",
        head_thickness=f"{0.7 * head:.3g}",
        head_thickness_unit="MM",
    )


def marker(
    shape: str, colour: str, size_mm: float, outline: str = "#ffffff", *inside: Element
) -> Element:
    """Return a point as QGIS names it: square, circle, diamond, cross2 and others."""
    return part(
        "SimpleMarker",
        *inside,
        name=shape,
        color=colour_of(colour),
        outline_color=colour_of(outline),
        outline_width="0.2",
        outline_width_unit="MM",
        size=size_mm,
        size_unit="MM",
    )


def symbol(kind: str, name: object, *layers: Element, alpha: float = 1.0) -> Element:
    """Return a symbol (fill, line or marker) of layers, the lowest first."""
    return node("symbol", *layers, type=kind, name=name, alpha=f"{alpha:g}", clip_to_extent="1")


@dataclass(frozen=True, slots=True)
class Labels:
    """Names beside features.

    Attributes
    ----------
    expression : str
        What is written, of QGIS; a field is ``"name"``.
    colour : str
    size_pt : float
    kind : str
        ``fill``, ``line`` or ``marker``: what the features are.
    wrap : int
        Letters after which a line ends; 0 for no end.
    bold : bool
    first : int
        0 to 10: who is written first where room is short.
    shown : str
        An expression: which features have a name; all without one.
    """

    expression: str
    colour: str = COLOURS["ink"]
    size_pt: float = 8.0
    kind: str = "fill"
    wrap: int = 18
    bold: bool = False
    first: int = 5
    shown: str = ""


# how QGIS numbers the places of labels: around a point, on a line, within an area
_PLACES = {"marker": "0", "line": "2", "fill": "1"}


def labelling(labels: Labels) -> Element:
    """Return the settings of labels, haloed so that they are read on any ground."""
    halo = node(
        "text-buffer",
        bufferDraw="1",
        bufferSize="0.7",
        bufferSizeUnits="MM",
        bufferColor="255,255,255,220",
        bufferOpacity="0.9",
        bufferJoinStyle="128",
        bufferNoFill="0",
    )
    text = node(
        "text-style",
        halo,
        fieldName=labels.expression,
        isExpression="1",
        fontFamily="Sans Serif",
        namedStyle="Bold" if labels.bold else "Regular",
        fontWeight="75" if labels.bold else "50",
        fontSize=f"{labels.size_pt:g}",
        fontSizeUnit="Point",
        textColor=colour_of(labels.colour),
        textOpacity="1",
        multilineHeight="0.9",
    )
    how = node(
        "text-format",
        autoWrapLength=labels.wrap,
        multilineAlign="1",
        useMaxLineLengthForAutoWrap="1",
    )
    place = node(
        "placement",
        placement=_PLACES[labels.kind],
        priority=labels.first,
        dist="0.8",
        distUnits="MM",
        placementFlags="10",
        centroidWhole="0",
        centroidInside="1",
        overrunDistance="0",
        fitInPolygonOnly="0",
    )
    drawn = node(
        "rendering", displayAll="0", obstacle="0", drawLabels="1", scaleVisibility="0",
        limitNumLabels="0", mergeLines="0", minFeatureSize="0", fontLimitPixelSize="0",
    )  # fmt: skip
    parts = [text, how, place, drawn]
    if labels.shown:
        parts.append(node("dd_properties", _collection(Show=labels.shown)))
    return node("labeling", node("settings", *parts), type="simple")


@dataclass(frozen=True, slots=True)
class Rule:
    """A symbol, what the legend calls it, and the features that have it; one may have several."""

    label: str
    which: str
    symbol: Element


def one_symbol(shown: Element, labels: Labels | None = None) -> Element:
    """Return the style in which all features look alike."""
    shown.set("name", "0")
    return _styled(
        node("renderer-v2", node("symbols", shown), type="singleSymbol", symbollevels="0"), labels
    )


def by_rules(rules: Sequence[Rule], labels: Labels | None = None) -> Element:
    """Return the style in which each feature has the symbols of all rules that hold for it.

    Symbols of later rules lie above those of earlier ones; a rule without a condition holds for
    every feature.
    """
    symbols, entries = [], []
    for i, rule in enumerate(rules):
        rule.symbol.set("name", str(i))
        for layer in rule.symbol.findall("layer"):
            layer.set("pass", str(i))
        symbols.append(rule.symbol)
        given = {"filter": rule.which} if rule.which else {}
        entries.append(node("rule", key=f"{{rule-{i}}}", symbol=i, label=rule.label, **given))
    shown = node(
        "renderer-v2",
        node("rules", *entries, key="{rules}"),
        node("symbols", *symbols),
        type="RuleRenderer",
        symbollevels="1",
    )
    return _styled(shown, labels)


def by_ranges(
    field: str,
    ranges: Sequence[tuple[float, float, str]],
    symbols: Sequence[Element],
    labels: Labels | None = None,
) -> Element:
    """Return the style of a number in ranges (from, to, label), a symbol for each."""
    for i, one in enumerate(symbols):
        one.set("name", str(i))
    rows = [
        node("range", symbol=i, lower=repr(low), upper=repr(high), render="true", label=label)
        for i, (low, high, label) in enumerate(ranges)
    ]
    shown = node(
        "renderer-v2",
        node("ranges", *rows),
        node("symbols", *symbols),
        type="graduatedSymbol",
        attr=field,
        graduatedMethod="GraduatedColor",
        symbollevels="0",
    )
    return _styled(shown, labels)


def by_values(
    field: str, values: Sequence[tuple[str, str, Element]], labels: Labels | None = None
) -> Element:
    """Return the style of a word in classes: its value, its label and its symbol."""
    rows = []
    for i, (value, label, shown) in enumerate(values):
        shown.set("name", str(i))
        rows.append(node("category", symbol=i, value=value, label=label, render="true"))
    renderer = node(
        "renderer-v2",
        node("categories", *rows),
        node("symbols", *(one for _, _, one in values)),
        type="categorizedSymbol",
        attr=field,
        symbollevels="0",
    )
    return _styled(renderer, labels)


def _styled(renderer: Element, labels: Labels | None) -> Element:
    parts = [renderer] if labels is None else [renderer, labelling(labels)]
    return style(*parts, labelsEnabled="0" if labels is None else "1")
