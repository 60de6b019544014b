"""Reading a links file, and writing what a ranking found: JSON, CSV, a GeoPackage with a style."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from corridor_sim.config.links import Candidate, LinksFile, tell_of_does
from corridor_sim.config.load import Resolved, as_data, read_file, resolve, set_all
from corridor_sim.config.schema import Scenario
from corridor_sim.files import write_text
from corridor_sim.gis import layers as looks
from corridor_sim.landscape.io.export import write_geopackage, write_style
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.languages import tr
from corridor_sim.links.candidates import Link
from corridor_sim.links.co_benefits import LinkGround, add_columns, column_of
from corridor_sim.links.effects import finite
from corridor_sim.links.evaluator import SetEvaluator
from corridor_sim.links.money import Money
from corridor_sim.links.propose import Proposal, clean
from corridor_sim.links.rank import LinkResult
from corridor_sim.links.summary import summary_of
from corridor_sim.spreadsheets.folder import keep_exact

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    import pandas as pd


def read_links_file(path: Path, assignments: Sequence[str] = ()) -> tuple[LinksFile, Resolved]:
    """Read, override and check a links file; return it with its base scenario, ready to run.

    Raises
    ------
    ScenarioError
        In one line: file, line, key, value and remedy.
    """
    file, data = read_file(
        path, LinksFile, assignments, section="links", remedy="add links.candidates or links.file"
    )
    tell_of_does(path, *data["links"].get("candidates", ()))
    return file, _base_of(file, f"{path}: base", path.parent)


def links_on(
    path: Path, scenario: Resolved, assignments: Sequence[str] = ()
) -> tuple[LinksFile, Resolved]:
    """Return what :func:`read_links_file` does, of links that lie in a file without a scenario.

    ``path`` is anything that ``links.file`` takes: a GeoPackage, GeoJSON, Shapefile or links file.

    Raises
    ------
    ScenarioError
    """
    drawn, bar, layer = str(path).partition("|")
    data = {
        "name": Path(drawn).stem[:80],
        "base": as_data(scenario.scenario),
        # as it is from wherever the study is opened
        "links": {"file": f"{Path(drawn).absolute()}{bar}{layer}"},
    }
    file = set_all(LinksFile, data, assignments, str(path))
    return file, _base_of(file, f"{scenario.name}", scenario.base_dir)


def _base_of(file: LinksFile, where: str, base_dir: Path) -> Resolved:
    # the replicates of the base are planned by the ranking, not by the scenario
    base = file.base.model_copy(update={"replicates": file.links.procedure.first_replicates})
    return resolve(base, where, base_dir)


def summary_with(result: LinkResult, ground: LinkGround | None) -> dict[str, Any]:
    """Return a result as plain data, with what links give beside animals."""
    data = summary_of(result)
    add_columns(data["links"], ground)
    return data


def write_result(
    result: LinkResult, evaluator: SetEvaluator, land: Landscape, ground: LinkGround | None = None
) -> list[Path]:
    """Write ``links.json``, exact tables, and ``links.gpkg`` with its style."""
    out = evaluator.study.out
    data = summary_with(result, ground)
    written = [
        write_text(out / "links.json", json.dumps(data, indent=1, ensure_ascii=False) + "\n")
    ]
    bought = set(data.get("chosen", {}).get("links", ()))
    units = _units(result)
    ranked = [{**one, "chosen": int(one["name"] in bought), **units} for one in data["links"]]
    written.append(keep_exact(out, "ranking", ranked))
    rows = [
        {
            **p,
            "links": "; ".join(p["links"]),
            "equal_sets": " or ".join("; ".join(one) for one in p["equal_sets"]),
        }
        for p in data["frontier"]
    ]
    written.append(keep_exact(out, "frontier", rows))
    pairs = [{**p, "links": "; ".join(p["links"])} for p in data.get("pairs", ())]
    written.append(keep_exact(out, "pairs", pairs))
    confirmed = () if result.decades is None else result.decades.table()
    written.append(keep_exact(out, "confirmed", confirmed))
    written.append(keep_exact(out, "reference", data.get("reference", {"links": ()})["links"]))
    written.append(keep_exact(out, "co_benefits", () if ground is None else ground.table))
    written.append(keep_exact(out, "links_pairs_lifted", _lifted(result)))
    written.append(_geopackage(out / "links.gpkg", ranked, result, land, ground))
    written.append(write_style(out / "links.qml", style_of(result)))
    return written


def _units(result: LinkResult) -> dict[str, str]:
    """Return what benefits and costs of the files are counted in.

    Per cents of the page are shares in files.
    """
    benefit = result.settings.benefit
    unit = benefit.shown_unit if benefit.factor == 1 else f"share ({benefit.factor:g} x: %)"
    return {"benefit_unit": unit, "cost_unit": result.settings.cost_unit}


LIFTED = (
    *("what", "links", "cost", "simulated", "species", "from", "to", "without", "without_low"),
    *("without_high", "with", "with_low", "with_high", "verdict"),
)


def _lifted(result: LinkResult) -> pd.DataFrame:
    """Return the pairs of blocks that links, sets of the frontier and the chosen set lift."""
    import pandas as pd

    names = [link.name for link in result.links]
    money = result.money or Money((), (), None)
    chosen = () if money.chosen is None else (money.chosen,)
    groups = (("chosen", chosen), ("link", money.links), ("frontier", money.frontier))
    rows = [
        [
            kind,
            "; ".join(names[i] for i in one.links),
            one.cost,
            int(one.simulated),
            pair.species,
            pair.start,
            pair.end,
            *(finite(v) for v in (*pair.without, *pair.with_links)),
            pair.verdict,
        ]
        for kind, sets in groups
        for one in sets
        for pair in one.lifted or ()
    ]
    return pd.DataFrame(rows, columns=list(LIFTED))


# what the GeoPackage holds of each row of the ranking
COLUMNS = "name cost area_km2 actions rank rank_low rank_high equal_rank benefit low high"


def _geopackage(
    path: Path,
    rows: Sequence[dict[str, Any]],
    result: LinkResult,
    land: Landscape,
    ground: LinkGround | None,
) -> Path:
    by_name = {row["name"]: row for row in rows}
    each = [{**by_name[one.name], "actions": ", ".join(one.edit.actions)} for one in result.links]
    given = () if ground is None else ground.given
    beside = [column_of(one, what) for one in given for what in ("today", "avoided_loss")]
    columns: dict[str, list[Any]] = {
        # an end that is not known is empty there too
        name: [float("nan") if row[name] is None else row[name] for row in each]
        for name in (*COLUMNS.split(), "rank_right", "chosen", *beside)
    }
    for s, key in enumerate(result.species):
        columns[f"benefit_{key}"] = [float(v) for v in result.by_species[s]]
    layer = ("MultiPolygon", outlines(result.links), columns)
    return write_geopackage(path, {"links": layer}, land.grid.crs, {"links": style_of(result)})


def write_links_file(path: Path, proposals: Sequence[Proposal], base: Scenario) -> Path:
    """Write a links file with the proposals as candidates; their numbers stand as comments."""
    import tomli_w

    head = {"name": tr("Proposed links"), "base": as_data(base)}
    lines = [tomli_w.dumps(head).rstrip(), "", "[links]", 'cost_unit = "million USD"', ""]
    for one in proposals:
        lines += [f"# {_comment(one)}", "[[links.candidates]]", *_candidate(one.candidate), ""]
    write_text(path, "\n".join(lines))
    return path


def _comment(one: Proposal) -> str:
    """Say on one line what stands behind a proposal."""
    length, area, cost, times = (
        f"{v:.0f}" for v in (one.length_km, one.area_km2, one.resistance_km, one.bottleneck)
    )
    # as coordinates are typed into a map
    lon, lat = (f"{v:.3f}" for v in one.bottleneck_lonlat)
    said = tr(
        "{length} km, {area} km2, least cost {cost} km of the best ground; worst ground {times} "
        "times as costly, at {lon}, {lat}",
        length=length,
        area=area,
        cost=cost,
        times=times,
        lon=lon,
        lat=lat,
    )
    return " ".join(said.split())


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
    layer = ("MultiPolygon", outlines(links), columns)
    return write_geopackage(path, {"links": layer}, land.grid.crs, {"links": looks.proposals})


def outlines(links: Sequence[Link]) -> list[Any]:
    """Return the outlines of links as shapely multipolygons in map metres."""
    from shapely import MultiPolygon, Polygon

    return [MultiPolygon([Polygon(np.asarray(ring)) for ring in link.rings]) for link in links]


def style_of(result: LinkResult) -> Element:
    """Return the QGIS style for the layer of ``links.gpkg``."""
    benefit = result.settings.benefit
    return looks.links(list(result.ranking.mean), benefit.shown_unit, benefit.factor)
