"""One run as an animation: a page of its own and a piece of the report, both without requests.

Every animal's place is a cell of a coarse raster. Per year and stage the cells are sorted and their
differences written as variable-length integers (seven bits a byte, the eighth says that more
follow), which takes little over a byte an animal; a browser reads them back in a few lines.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.files import write_bytes
from corridor_sim.kernels.states import STAGES
from corridor_sim.languages import current, tr
from corridor_sim.report.compared import ComparedDecades
from corridor_sim.report.figures.basemap import BaseMap, draw
from corridor_sim.report.figures.drawing import drawn, in_style, new_figure
from corridor_sim.report.figures.map_labels import furnish
from corridor_sim.report.page import data_address, render
from corridor_sim.report.text import numbers as say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FILM = "animation.html"
SIDE = 400
WIDE_IN = 5.6
# places of a film; beyond it every second, third ... animal is drawn, and the film says so
MOST_PLACES = 2_000_000
# upper ends of the bands of elevation, metres, with a colour that lets dots stand out
BANDS = (
    (500, "#c9d8c0"),
    (1500, "#dfe3c6"),
    (2500, "#e9dfc4"),
    (3500, "#e3d3c3"),
    (9000, "#f3f1ee"),
)


@dataclass(frozen=True, slots=True)
class Film:
    """The animation as a piece of a page.

    Attributes
    ----------
    body : str
        Markup with its data and script; holds nothing that came unescaped from a file.
    script_hash : str
        What a content security policy names so that this script may run and no other.
    every : str
        How far apart the years are, and which animals are left out, in words.
    """

    body: str
    script_hash: str
    every: str


def packed(cells: NDArray[np.int64]) -> bytes:
    """Return how many cells, and the sorted cells' differences, as variable-length integers.

    Parameters
    ----------
    cells : int64 ``[n]``
        Not negative, in any order; the same cell may come twice.

    >>> list(packed(np.array([300, 2, 2])))
    [3, 2, 0, 170, 2]
    """
    differences = np.diff(np.sort(cells), prepend=0)
    values = np.concatenate([[cells.size], differences]).astype(np.int64)
    # as many bytes as the largest needs; what is beyond a value's last byte is dropped
    n_bytes = max(1, (int(values.max()).bit_length() + 6) // 7)
    parts = (values[:, None] >> (7 * np.arange(n_bytes))) & 127
    more = (values[:, None] >> (7 * (np.arange(n_bytes) + 1))) > 0
    kept = np.concatenate([np.ones((len(values), 1), np.bool_), more[:, :-1]], axis=1)
    return bytes((parts + 128 * more).astype(np.uint8)[kept].tobytes())


def film_data(compared: ComparedDecades) -> dict[str, Any]:
    """Return what the script shows: years, places by scenario and species, and true numbers."""
    grid = compared.study.land.grid
    scale = SIDE / max(grid.shape)
    wide, high = (max(1, round(n * scale)) for n in (grid.width, grid.height))
    places = compared.comparison.places
    total = sum(len(p) for _, p in places.values())
    each = max(1, -(-total // MOST_PLACES))
    # where all are extinct before the first picture, that year is empty
    years = sorted({int(y) for at, _ in places.values() for y in np.unique(at)}) or [0]
    shown: dict[str, str] = {}
    counts: dict[str, list[int]] = {}
    for i, scenario in enumerate(compared.names):
        for one in compared.species:
            at, found = places[scenario, one.key]
            x, y = found[:, 0].astype(np.float64), found[:, 1].astype(np.float64)
            x = np.clip(x * wide / grid.width, 0, wide - 1).astype(np.int64)
            y = np.clip(y * high / grid.height, 0, high - 1).astype(np.int64)
            cell, stage = y * wide + x, found[:, 2].astype(np.int64)
            parts = []
            for year in years:
                here = at == year
                for code in range(len(STAGES)):
                    parts.append(packed(cell[here & (stage == code)][::each]))
            shown[f"{i}/{one.key}"] = base64.b64encode(b"".join(parts)).decode()
            counts[f"{i}/{one.key}"] = [int((at == year).sum()) for year in years]
    return {
        "wide": wide,
        "high": high,
        "each": each,
        "stages": len(STAGES),
        "years": [compared.start_year + y for y in years],
        "scenarios": [say.named(name) for name in compared.names],
        "species": [
            {"key": s.key, "name": s.common_name, "colour": s.colour} for s in compared.species
        ],
        "words": _words(),
        "places": shown,
        "counts": counts,
    }


def _words() -> dict[str, str]:
    """Return the words that the script writes, and how it writes numbers."""
    return {
        "play": tr("Play"),
        "pause": tr("Pause"),
        "lines": tr("Animals of this run, % of the start"),
        "lines_of_two": tr("Animals of this run, % of the start (solid: left, dotted: right)"),
        "group": current().group,
        "decimal": current().decimal,
    }


@in_style
def backdrop(base: BaseMap) -> Figure:
    """Return the ground of the film: bands of elevation, relief, water, roads and core areas."""
    from matplotlib.colors import to_rgb

    elevation = base.shown(base.land["elevation_m"])
    table = np.array([to_rgb(colour) for _, colour in BANDS], np.float32)
    band = np.digitize(np.nan_to_num(elevation), [top for top, _ in BANDS[:-1]])
    h, w = base.light.shape
    tint = table[band][:h, :w] * base.light[..., None]
    # water and anything else that the ground map already shows in a colour of its own
    coloured = np.ptp(base.ground, axis=2)[..., None] > 0.05
    figure = new_figure(WIDE_IN, WIDE_IN * base.aspect)
    ax = figure.add_axes((0, 0, 1, 1))
    draw(ax, base, np.where(coloured, base.ground, tint).astype(np.float32))
    furnish(ax, base, areas=10, towns=8)
    ax.set_axis_off()
    return figure


def make_film(base: BaseMap, compared: ComparedDecades) -> Film:
    """Return the animation of the first run of every scenario."""
    data = film_data(compared)
    ground = drawn(backdrop(base), shaded=True)
    data["ground"] = data_address(ground.embedded, ground.media)
    data["aspect"] = base.aspect
    # no letter of it can end the element that holds it
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":")).replace("<", "\\u003c")
    folder = resources.files("corridor_sim.report") / "templates"
    script = (folder / "decades_film.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    body = render(
        "decades_film.html",
        data=text,
        script=script,
        scenarios=data["scenarios"],
        words=data["words"],
        species=compared.species,
        first_year=data["years"][0],
        last_year=data["years"][-1],
        n_years=len(data["years"]),
        bands=_band_names(),
        each=data["each"],
    )
    steps = np.diff(data["years"])
    apart = int(steps.max()) if steps.size else 0
    every = tr("every {n} years", n=apart) if apart > 1 else tr("every year")
    if data["each"] > 1:
        every += tr("; one in {n} animals is drawn", n=data["each"])
    return Film(body, f"sha256-{digest}", every)


def _band_names() -> list[tuple[str, str]]:
    names, low = [], 0
    for top, colour in BANDS:
        last = top == BANDS[-1][0]
        ends = say.plain(low, ","), say.plain(top, ",")
        band = tr("above {m} m", m=ends[0]) if last else f"{ends[0]}–{ends[1]} m"
        names.append((band, colour))
        low = top
    names[0] = (tr("below {m} m", m=say.number(BANDS[0][0])), BANDS[0][1])
    return names


def write_film(film: Film, compared: ComparedDecades, out: Path) -> Path:
    """Write the animation as a page of its own and return its path."""
    page = render(
        "decades_animation.html",
        title=say.named(compared.study.name),
        film=film,
        start_year=compared.start_year,
        end_year=compared.end_year,
    )
    return write_bytes(out / FILM, page.encode())
