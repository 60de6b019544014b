"""Proposed links as files: a links file that can be ranked at once, and a GeoPackage for QGIS."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from corridor_sim.config.links import Candidate
from corridor_sim.config.load import as_data
from corridor_sim.config.schema import Scenario
from corridor_sim.files import write_text
from corridor_sim.landscape.io.export import write_geopackage
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.links.candidates import Link
from corridor_sim.links.propose import Proposal, clean


def write_links_file(path: Path, proposals: Sequence[Proposal], base: Scenario) -> Path:
    """Write a links file with the proposals as candidates; their numbers stand as comments."""
    import tomli_w

    head = {"name": "Proposed links", "base": as_data(base)}
    lines = [tomli_w.dumps(head).rstrip(), "", "[links]", 'cost_unit = "million USD"', ""]
    for one in proposals:
        lon, lat = one.bottleneck_lonlat
        lines += [
            f"# {one.length_km:.0f} km, {one.area_km2:.0f} km2, least cost {one.resistance_km:.0f} "
            f"km of the best ground; worst ground {one.bottleneck:.0f} times as costly, at "
            f"{lon:.3f}, {lat:.3f}",
            "[[links.candidates]]",
            *_candidate(one.candidate),
            "",
        ]
    write_text(path, "\n".join(lines))
    return path


def _candidate(one: Candidate) -> list[str]:
    """Return the lines of a candidate; JSON's texts and lists of numbers are TOML's too."""
    data = one.model_dump(mode="json", exclude_none=True)
    return [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in data.items()]


def write_proposals(
    path: Path, proposals: Sequence[Proposal], links: Sequence[Link], land: Landscape
) -> Path:
    """Write proposals as one layer of a GeoPackage that ``links.file`` can name."""
    columns: dict[str, list[Any]] = {
        "name": [one.candidate.name for one in proposals],
        "cost": [one.candidate.cost for one in proposals],
        "actions": [", ".join(one.candidate.actions) for one in proposals],
        "from_area": [clean(one.between[0]) for one in proposals],
        "to_area": [clean(one.between[1]) for one in proposals],
        "length_km": [round(one.length_km, 1) for one in proposals],
        "area_km2": [round(one.area_km2, 1) for one in proposals],
        "resistance_km": [round(one.resistance_km, 1) for one in proposals],
        "bottleneck": [round(one.bottleneck, 1) for one in proposals],
        "bottleneck_lon": [round(one.bottleneck_lonlat[0], 5) for one in proposals],
        "bottleneck_lat": [round(one.bottleneck_lonlat[1], 5) for one in proposals],
    }
    return write_geopackage(
        path, {"links": ("MultiPolygon", outlines(links), columns)}, land.grid.crs
    )


def outlines(links: Sequence[Link]) -> list[Any]:
    """Return the outlines of links as shapely multipolygons in map metres."""
    from shapely import MultiPolygon, Polygon

    return [MultiPolygon([Polygon(np.asarray(ring)) for ring in link.rings]) for link in links]
