"""A QGIS style for ranked links: the colours of the report, chosen ones with a heavy outline."""

from __future__ import annotations

import numpy as np

from corridor_sim.links.rank import LinkResult

# nine classes of ColorBrewer's PuOr, orange to purple, told apart by colour-blind eyes
COLOURS = (
    "179,88,6",
    "224,130,20",
    "253,184,99",
    "254,224,182",
    "247,247,247",
    "216,218,235",
    "178,171,210",
    "128,115,172",
    "84,39,136",
)
OUTLINE_MM, CHOSEN_MM = 0.26, 0.9
# a width of the outline that depends on the field, as QGIS writes it
HEAVY = f"""\
     <data_defined_properties>
      <Option type="Map">
       <Option type="QString" name="name" value=""/>
       <Option type="Map" name="properties">
        <Option type="Map" name="outlineWidth">
         <Option type="bool" name="active" value="true"/>
         <Option type="QString" name="expression" \
value="if(&quot;chosen&quot; = 1, {CHOSEN_MM}, {OUTLINE_MM})"/>
         <Option type="int" name="type" value="3"/>
        </Option>
       </Option>
       <Option type="QString" name="type" value="collection"/>
      </Option>
     </data_defined_properties>"""


def class_edges(result: LinkResult) -> list[float]:
    """Return the edges of the classes of benefit: equal widths, nothing in the middle of all."""
    size = np.abs(result.ranking.mean)
    known = size[np.isfinite(size)]
    top = float(known.max()) if known.size and known.max() > 0 else 0.01
    return [float(edge) for edge in np.linspace(-top, top, len(COLOURS) + 1)]


def style_of(result: LinkResult) -> str:
    """Return a style for the layer of ``links.gpkg``, to be loaded as a QML file.

    Every known benefit lies in a class; edges are written to the last digit, for the largest and
    the smallest benefit lie on them.
    """
    edges = class_edges(result)
    unit = "points" if result.settings.benefit.scales else "%"
    ranges, symbols = [], []
    for i, colour in enumerate(COLOURS):
        low, high = edges[i], edges[i + 1]
        ranges.append(
            f'   <range symbol="{i}" lower="{low!r}" upper="{high!r}" render="true" '
            f'label="{100 * low:+.2g} to {100 * high:+.2g} {unit}"/>'
        )
        symbols += [
            f'   <symbol type="fill" name="{i}" alpha="0.8">',
            '    <layer class="SimpleFill" enabled="1" locked="0" pass="0">',
            f'     <prop k="color" v="{colour},255"/>',
            '     <prop k="outline_color" v="35,35,35,255"/>',
            f'     <prop k="outline_width" v="{OUTLINE_MM}"/>',
            HEAVY,
            "    </layer>",
            "   </symbol>",
        ]
    return "\n".join(
        [
            "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>",
            '<qgis version="3.22" styleCategories="Symbology">',
            ' <renderer-v2 type="graduatedSymbol" attr="benefit" graduatedMethod="GraduatedColor">',
            "  <ranges>",
            *ranges,
            "  </ranges>",
            "  <symbols>",
            *symbols,
            "  </symbols>",
            " </renderer-v2>",
            "</qgis>",
            "",
        ]
    )
