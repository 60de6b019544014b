"""A landscape in words and as a map."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.layers import LAYERS
from corridor_sim.landscape.whereabouts import seasons
from corridor_sim.languages import mark, tr, tr_plural, written
from corridor_sim.report.text import numbers as say
from corridor_sim.report.text.edits import edit_words
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


_LAYER = (mark("layer"), mark("unit"), mark("from"), mark("to"), mark("status"), mark("source"))
_COVARIATE = (
    mark("covariate"),
    mark("times"),
    mark("from"),
    mark("to"),
    mark("mean"),
    mark("sd"),
    mark("source"),
)


def _covariates(land: Landscape) -> list[tuple[str, ...]]:
    """Return what is shown of each covariate: its range now, and by what it is standardised."""
    rows = []
    for name, one in land.covariates.items():
        held = [one.on(land, season) for season in range(one.n_seasons)]
        ends = min(float(np.nanmin(a)) for a in held), max(float(np.nanmax(a)) for a in held)
        measured = (one.mean, one.sd) if one.kind == "continuous" else ()
        numbers = [written(f"{v:,.6g}") for v in (*ends, *measured)] + [""] * (2 - len(measured))
        times = ", ".join(str(year) for year in one.years) or one.times
        rows.append((name, times, *numbers, one.in_words()))
    return rows


def _ground(land: Landscape) -> str:
    return tr("of it ground: {area}", area=say.area(land.ground_km2))


def show_landscape(land: Landscape) -> str:
    """Return a text summary: grid, layers with their origin, cover shares, core areas."""
    grid, off = land.grid, land.outside
    west, south, east, north = grid.bounds_m
    lines = [
        tr(
            "{name}: {rows} x {columns} cells of {m} m, {crs}",
            name=tr(land.name),
            rows=grid.height,
            columns=grid.width,
            m=written(f"{grid.cell_m:g}"),
            crs=grid.crs,
        ),
        "  "
        + tr(
            "x {west} to {east} m, y {south} to {north} m, {area}",
            west=written(f"{west:,.0f}"),
            east=written(f"{east:,.0f}"),
            south=written(f"{south:,.0f}"),
            north=written(f"{north:,.0f}"),
            area=say.area(grid.height * grid.width * grid.cell_km2),
        ),
        *(
            []
            if off is None
            else ["  " + tr("of it ground: {area}", area=say.area(land.ground_km2))]
        ),
        "",
    ]
    rows = []
    for name, values in land.layers.items():
        origin = land.origins.get(name)
        status, source = (origin.status, tr(origin.source)) if origin else (mark("unknown"), "")
        if off is not None and name != "outside":
            values = values[~off]
        low, high = float(values.min()), float(values.max())
        # what is left of nothing, with or without a sign, is nothing
        low, high = (0.0 if abs(v) <= 1e-9 * max(abs(low), abs(high)) else v for v in (low, high))
        span = ("", "") if np.isnan(low) else (written(f"{low:,.6g}"), written(f"{high:,.6g}"))
        rows.append((name, LAYERS[name].unit, *span, tr(status), source))
    if _tells_seasons(land):
        rows.append((tr("seasons"), "", "", "", tr("approximated"), tr(seasons(land.region))))
    lines += table_text([tr(one) for one in _LAYER], rows, (0, 1, 4, 5))
    if land.covariates:
        lines += ["", *table_text([tr(one) for one in _COVARIATE], _covariates(land), (0, 1, 6))]
    covers = [
        (tr(row["label"]), f"{say.number(row['km2'], 0)} km²", say.share_of_all(row["share"]))
        for row in sorted(cover_rows(land), key=lambda r: -r["km2"])
    ]
    lines += ["", *table_text((tr("land cover"), "", ""), covers, (0,))]
    areas = area_rows(land)
    total = sum(r["km2"] for r in areas)
    n_areas = tr_plural("{n} core area", "{n} core areas", len(areas))
    counted = f"{n_areas}, {say.area(total)}"
    lines += ["", counted if areas else tr("no core areas")]
    if areas:
        named = [(row["name"], row["country"], say.area(row["km2"])) for row in areas]
        lines += table_text((tr("core area"), tr("country"), tr("area")), named, (0, 1))
    for group, members in land.zone_groups.items():
        listed = tr("group {name}: {members}", name=tr(group), members=", ".join(members))
        lines.append(f"  {listed}")
    if land.town_list:
        lines += ["", tr_plural("{n} town", "{n} towns", len(land.town_list))]
    replaceable = [
        (n, tr(o.replace_with))
        for n, o in land.origins.items()
        if o.replace_with and o.status != "derived"
    ]
    if replaceable:
        lines += [
            "",
            *table_text((tr("layer"), tr("to replace it with your own")), replaceable, (0, 1)),
        ]
    if land.edits:
        lines += ["", tr("edits"), *(f"  {edit_words(e)}" for e in land.edits)]
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
