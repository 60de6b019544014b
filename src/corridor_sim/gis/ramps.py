"""Colour ramps of maps, the same in the report's figures and in styles of QGIS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# value and colour, ``#rrggbb`` or ``#rrggbbaa``
Stop = tuple[float, str]


@dataclass(frozen=True, slots=True)
class Ramp:
    """Colours from the low end of a scale to the high one.

    Attributes
    ----------
    colours : tuple of str
        ``#rrggbb`` at equal distances.
    two_sided : bool
        Whether the middle is nothing, and the scale reaches as far to both sides.
    clear_to : float
        Share of the scale (of one side) within which a colour grows from clear to ``opaque``; 0
        where all of it covers what lies below.
    opaque : float
        How much of what lies below is covered, 0 to 1.
    """

    colours: tuple[str, ...]
    two_sided: bool = False
    clear_to: float = 0.0
    opaque: float = 1.0

    def at(self, share: float) -> tuple[int, int, int]:
        """Return red, green and blue at a place of the ramp, 0 to 1, interpolated."""
        place = min(max(share, 0.0), 1.0) * (len(self.colours) - 1)
        i = min(int(place), len(self.colours) - 2)
        a, b = (rgba(self.colours[k])[:3] for k in (i, i + 1))
        red, green, blue = (round(x + (y - x) * (place - i)) for x, y in zip(a, b, strict=True))
        return red, green, blue

    def stops(self, low: float, high: float) -> list[Stop]:
        """Return rising values with the colours that they have on a scale from low to high.

        Clear parts begin and end at stops of their own, so that a program that interpolates
        between stops draws what the figures do.
        """
        found = []
        for level in self._levels():
            share = 0.5 + 0.5 * level if self.two_sided else level
            size = abs(level)
            alpha = self.opaque * (min(size / self.clear_to, 1.0) if self.clear_to else 1.0)
            red, green, blue = self.at(share)
            colour = f"#{red:02x}{green:02x}{blue:02x}{round(255 * alpha):02x}"
            found.append((low + (high - low) * share, colour))
        return found

    def _levels(self) -> Sequence[float]:
        rising = [0.0, 0.25, 0.5, 0.75, 1.0]
        if self.clear_to:
            kept = [level for level in rising[1:] if level > self.clear_to + 0.05]
            rising = [0.0, self.clear_to, *kept]
        elif not self.two_sided:
            last = len(self.colours) - 1
            rising = [i / last for i in range(last + 1)]
        return [*(-level for level in reversed(rising[1:])), *rising] if self.two_sided else rising


RAMPS: Mapping[str, Ramp] = {
    # ColorBrewer's YlOrRd and PuOr, with the shades of transparency of the report's maps
    "use": Ramp(
        ("#ffffcc", "#ffeda0", "#fed976", "#feb24c", "#fd8d3c", "#fc4e2a", "#e31a1c", "#bd0026",
         "#800026"),
        clear_to=0.12,
        opaque=0.88,
    ),
    "change": Ramp(
        ("#7f3b08", "#b35806", "#e08214", "#fdb863", "#fee0b6", "#f7f7f7", "#d8daeb", "#b2abd2",
         "#8073ac", "#542788", "#2d004b"),
        two_sided=True,
        clear_to=0.3,
        opaque=0.9,
    ),
    # what is met or lost at single places: ColorBrewer's Greys to red, clear where nothing is
    "events": Ramp(("#fcbba1", "#fb6a4a", "#cb181d", "#67000d"), clear_to=0.05, opaque=0.95),
    "homes": Ramp(("#ffeda0", "#feb24c", "#fc4e2a", "#bd0026", "#800026"), clear_to=0.12,
                  opaque=0.88),
    # matplotlib's viridis, which grows lighter evenly for every eye
    "plain": Ramp(
        ("#440154", "#472d7b", "#3b528b", "#2c728e", "#21918c", "#28ae80", "#5ec962", "#addc30",
         "#fde725")
    ),
    "dark_is_more": Ramp(
        ("#fde725", "#aadc32", "#5cc863", "#27ad81", "#21908d", "#2c718e", "#3b518b", "#472c7a",
         "#440154")
    ),
    # ColorBrewer's YlGn: what suits a species
    "suits": Ramp(
        ("#ffffe5", "#f7fcb9", "#d9f0a3", "#addd8e", "#78c679", "#41ab5d", "#238443", "#006837",
         "#004529")
    ),
    # lowland, hills, bare heights, snow
    "heights": Ramp(
        ("#3f7f5f", "#8fb678", "#d9d39a", "#c9a66b", "#a0764f", "#8c7266", "#c4bdb8", "#fbfbfb")
    ),
    # ColorBrewer's RdYlBu, cold to hot
    "warmth": Ramp(
        ("#313695", "#4575b4", "#74add1", "#abd9e9", "#e0f3f8", "#ffffbf", "#fee090", "#fdae61",
         "#f46d43", "#d73027", "#a50026")
    ),
    # ColorBrewer's OrRd: the nearer people, the redder
    "people": Ramp(("#fff7ec", "#fdd49e", "#fdbb84", "#fc8d59", "#d7301f", "#7f0000")),
    "far": Ramp(("#7f0000", "#d7301f", "#fc8d59", "#fdbb84", "#fdd49e", "#fff7ec")),
    # ColorBrewer's Blues: air that lifts
    "air": Ramp(("#f7fbff", "#deebf7", "#c6dbef", "#9ecae1", "#6baed6", "#3182bd", "#08519c")),
    "steep": Ramp(("#f7f7f7", "#d9d9d9", "#bdbdbd", "#969696", "#737373", "#525252", "#252525")),
}  # fmt: skip


def rgba(colour: str) -> tuple[int, int, int, int]:
    """Return red, green, blue and alpha, 0 to 255, of ``#rrggbb`` or ``#rrggbbaa``.

    >>> rgba("#ff8000"), rgba("#00000080")
    ((255, 128, 0, 255), (0, 0, 0, 128))
    """
    text = colour.lstrip("#")
    red, green, blue, alpha = (int((text + "ff")[i : i + 2], 16) for i in (0, 2, 4, 6))
    return red, green, blue, alpha
