"""A landscape in words and as a map."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.layers import LAYERS
from corridor_sim.landscape.whereabouts import seasons
from corridor_sim.languages import tr
from corridor_sim.report.text import numbers as say
from corridor_sim.report.text.terminal import table_text


def cover_rows(land: Landscape) -> list[dict[str, Any]]:
    """Return label, colour, km² and share of every land cover present."""
    codes, counts = np.unique(land["land_cover"], return_counts=True)
    codes, counts = codes[codes > 0], counts[codes > 0]
    total, by_code = float(counts.sum()), land.covers.by_code
    return [
        {
            "label": by_code[int(c)].label,
            "colour": by_code[int(c)].colour,
            "km2": float(n) * land.grid.cell_km2,
            "share": float(n) / total,
        }
        for c, n in zip(codes, counts, strict=True)
    ]


def area_rows(land: Landscape) -> list[dict[str, Any]]:
    """Return name, country and km² of every core area, the largest first."""
    counts = np.bincount(land["protected"].reshape(-1), minlength=len(land.zone_names))
    rows = [
        {
            "name": land.zone_names[i],
            "country": land.zone_countries[i],
            "km2": float(counts[i]) * land.grid.cell_km2,
        }
        for i in range(1, len(land.zone_names))
    ]
    return sorted(rows, key=lambda r: (-r["km2"], r["name"]))


def origin_rows(land: Landscape) -> list[dict[str, str]]:
    """Return layer, meaning, status, source and remedy of every layer that has an origin.

    And of the seasons, on maps of the user's own.
    """
    rows = [
        {
            "layer": name,
            "meaning": tr(LAYERS[name].meaning),
            "unit": LAYERS[name].unit,
            "status": land.origins[name].status,
            "source": tr(land.origins[name].source),
            "replace": tr(land.origins[name].replace_with),
        }
        for name in LAYERS
        if name in land.layers and name in land.origins
    ]
    rows += [
        {
            "layer": name,
            "meaning": tr("covariate, by which species select"),
            "unit": one.unit or "1",
            "status": "derived" if one.layer else "user",
            "source": one.in_words(),
            "replace": "",
        }
        for name, one in land.covariates.items()
    ]
    if _tells_seasons(land):
        rows.append(
            {
                "layer": "seasons",
                "meaning": tr("halves of the year"),
                "unit": "1",
                "status": "approximated",
                "source": tr(seasons(land.region)),
                "replace": "",
            }
        )
    return rows


def _tells_seasons(land: Landscape) -> bool:
    own = any(origin.status == "user" for origin in land.origins.values())
    return own and bool(seasons(land.region))


def landscape_facts(land: Landscape) -> dict[str, Any]:
    """Return name, size and CRS of a landscape, and its layers by where they come from."""
    origins = origin_rows(land)
    return {
        "name": tr(land.name),
        "crs": land.grid.crs,
        "size": tr(
            "{rows} × {columns} cells of {m} m",
            rows=land.grid.height,
            columns=land.grid.width,
            m=say.plain(land.grid.cell_m),
        ),
        "given": [o for o in origins if o["status"] != "derived"],
        "derived": [o for o in origins if o["status"] == "derived"],
        "real": say.joined([o["layer"] for o in origins if o["status"] in ("real", "user")]),
    }


_COVARIATE = ("covariate", "times", "from", "to", "mean", "sd", "source")


def _covariates(land: Landscape) -> list[tuple[str, ...]]:
    """Return what is shown of each covariate: its range now, and by what it is standardised."""
    rows = []
    for name, one in land.covariates.items():
        held = [one.on(land, season) for season in range(one.n_seasons)]
        ends = min(float(np.nanmin(a)) for a in held), max(float(np.nanmax(a)) for a in held)
        measured = (one.mean, one.sd) if one.kind == "continuous" else ()
        numbers = [f"{v:,.6g}" for v in (*ends, *measured)] + [""] * (2 - len(measured))
        times = ", ".join(str(year) for year in one.years) or one.times
        rows.append((name, times, *numbers, one.in_words()))
    return rows


def show_landscape(land: Landscape) -> str:
    """Return a text summary: grid, layers with their origin, cover shares, core areas."""
    grid, off = land.grid, land.outside
    west, south, east, north = grid.bounds_m
    lines = [
        f"{land.name}: {grid.height} x {grid.width} cells of {grid.cell_m:g} m, {grid.crs}",
        f"  x {west:,.0f} to {east:,.0f} m, y {south:,.0f} to {north:,.0f} m, "
        f"{say.area(grid.height * grid.width * grid.cell_km2)}",
        *([] if off is None else [f"  of it ground: {say.area(land.ground_km2)}"]),
        "",
    ]
    rows = []
    for name, values in land.layers.items():
        origin = land.origins.get(name)
        status, source = (origin.status, origin.source) if origin else ("unknown", "")
        if off is not None and name != "outside":
            values = values[~off]
        low, high = float(values.min()), float(values.max())
        # what is left of nothing, with or without a sign, is nothing
        low, high = (0.0 if abs(v) <= 1e-9 * max(abs(low), abs(high)) else v for v in (low, high))
        span = ("", "") if np.isnan(low) else (f"{low:,.6g}", f"{high:,.6g}")
        rows.append((name, LAYERS[name].unit, *span, status, source))
    if _tells_seasons(land):
        rows.append(("seasons", "", "", "", "approximated", seasons(land.region)))
    lines += table_text(("layer", "unit", "from", "to", "status", "source"), rows, (0, 1, 4, 5))
    if land.covariates:
        lines += ["", *table_text(_COVARIATE, _covariates(land), (0, 1, 6))]
    covers = [
        (row["label"], f"{row['km2']:,.0f} km²", say.share_of_all(row["share"]))
        for row in sorted(cover_rows(land), key=lambda r: -r["km2"])
    ]
    lines += ["", *table_text(("land cover", "", ""), covers, (0,))]
    areas = area_rows(land)
    total = sum(r["km2"] for r in areas)
    counted = f"{say.counted(len(areas), 'core area')}, {say.area(total)}"
    lines += ["", counted if areas else "no core areas"]
    if areas:
        named = [(row["name"], row["country"], say.area(row["km2"])) for row in areas]
        lines += table_text(("core area", "country", "area"), named, (0, 1))
    for group, members in land.zone_groups.items():
        lines.append(f"  group {group}: {', '.join(members)}")
    if land.town_list:
        lines += ["", say.counted(len(land.town_list), "town")]
    replaceable = [
        (n, o.replace_with)
        for n, o in land.origins.items()
        if o.replace_with and o.status != "derived"
    ]
    if replaceable:
        lines += ["", *table_text(("layer", "to replace it with your own"), replaceable, (0, 1))]
    if land.edits:
        lines += ["", "edits", *(f"  {e}" for e in land.edits)]
    return "\n".join(lines)


def plot_landscape(land: Landscape, path: Path) -> Path:
    """Draw land cover over relief into a PNG and return its path.

    Raises
    ------
    ResultsError
        The disk is full, or the folder cannot be written.
    """
    from corridor_sim.report.figures.basemap import make_basemap
    from corridor_sim.report.figures.drawing import drawn, save
    from corridor_sim.report.figures.maps import land_figure

    return save(drawn(land_figure(make_basemap(land)), shaded=True).png, Path(path))
