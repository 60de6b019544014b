"""Reading a links file, and writing what a ranking found: JSON, CSV, a GeoPackage with a style."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from corridor_sim.config.dotted import places_of, set_key
from corridor_sim.config.links import LinksFile, tell_of_does
from corridor_sim.config.load import Resolved, resolve
from corridor_sim.errors import ScenarioError
from corridor_sim.files import write_csv, write_text
from corridor_sim.landscape.io.export import write_geopackage
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.links.effects import known
from corridor_sim.links.evaluator import LinkEvaluator
from corridor_sim.links.qgis import style_of
from corridor_sim.links.rank import LinkResult, summary_of
from corridor_sim.links.writing import outlines
from corridor_sim.toml.strict import parse_toml, read_text, validate


def read_links_file(path: Path, assignments: Sequence[str] = ()) -> tuple[LinksFile, Resolved]:
    """Read, override and check a links file; return it with its base scenario, ready to run.

    Raises
    ------
    ScenarioError
        In one line: file, line, key, value and remedy.
    """
    text = read_text(path, ScenarioError)
    data = parse_toml(text, where=path, error=ScenarioError)
    if "links" not in data:
        raise ScenarioError(
            "has no section [links]", where=path, remedy="add links.candidates or links.file"
        )
    for assignment in assignments:
        set_key(data, assignment)
    file = validate(
        LinksFile, data, where=path, error=ScenarioError, text=text, places=places_of(assignments)
    )
    tell_of_does(path, *data["links"].get("candidates", ()))
    # the replicates of the base are planned by the ranking, not by the scenario
    base = file.base.model_copy(update={"replicates": file.links.procedure.first_replicates})
    return file, resolve(base, f"{path}: base", path.parent)


def write_result(result: LinkResult, workshop: LinkEvaluator, land: Landscape) -> list[Path]:
    """Write ``links.json``, ``ranking.csv``, ``frontier.csv`` and ``links.gpkg`` with its style."""
    out = workshop.study.out
    data = summary_of(result)
    written = [
        write_text(out / "links.json", json.dumps(data, indent=1, ensure_ascii=False) + "\n")
    ]
    bought = set(data.get("chosen", {}).get("links", ()))
    ranked = [{**one, "chosen": int(one["name"] in bought)} for one in data["links"]]
    written.append(_write_rows(out / "ranking.csv", ranked))
    rows = [
        {
            **p,
            "links": "; ".join(p["links"]),
            "equal_sets": " or ".join("; ".join(one) for one in p["equal_sets"]),
        }
        for p in data["frontier"]
    ]
    written.append(_write_rows(out / "frontier.csv", rows))
    if "pairs" in data:
        pairs = [{**p, "links": "; ".join(p["links"])} for p in data["pairs"]]
        written.append(_write_rows(out / "pairs.csv", pairs))
    if "reference" in data:
        written.append(_write_rows(out / "reference.csv", data["reference"]["links"]))
    written.append(_geopackage(out / "links.gpkg", result, land))
    written.append(write_text(out / "links.qml", style_of(result)))
    return written


def _write_rows(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    """Write rows with the same keys as CSV; an empty file where there are none."""
    if not rows:
        return write_text(path, "")
    return write_csv(path, list(rows[0]), [list(row.values()) for row in rows])


def _end(value: float | None) -> float:
    """Return an end of an interval as a column of a GeoPackage holds it, where it is empty too."""
    return float("nan") if value is None else value


def _geopackage(path: Path, result: LinkResult, land: Landscape) -> Path:
    ranking = result.ranking
    chosen = set(result.chosen.links) if result.chosen is not None else set()
    n = len(result.links)
    ends = [known(ranking.mean[i], ranking.low[i], ranking.high[i]) for i in range(n)]
    columns: dict[str, list[Any]] = {
        "name": [link.name for link in result.links],
        "cost": [link.cost for link in result.links],
        "area_km2": [round(link.area_km2, 2) for link in result.links],
        "actions": [", ".join(link.edit.actions) for link in result.links],
        "rank": [int(ranking.rank[i]) for i in range(n)],
        "rank_low": [int(ranking.rank_low[i]) for i in range(n)],
        "rank_high": [int(ranking.rank_high[i]) for i in range(n)],
        "equal_rank": [ranking.letters[i] for i in range(n)],
        "benefit": [float(ranking.mean[i]) for i in range(n)],
        "low": [_end(ends[i][1]) for i in range(n)],
        "high": [_end(ends[i][2]) for i in range(n)],
        "rank_right": [float(ranking.right[i]) for i in range(n)],
        "chosen": [int(i in chosen) for i in range(n)],
    }
    for s, key in enumerate(result.species):
        columns[f"benefit_{key}"] = [float(v) for v in result.by_species[s]]
    layer = ("MultiPolygon", outlines(result.links), columns)
    return write_geopackage(path, {"links": layer}, land.grid.crs)
