"""The report of an experiment: one HTML file that opens anywhere, offline, and prints."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.comparison.maps import reference_of
from corridor_sim.kernels.states import CAUSES
from corridor_sim.report.figures import effects as plots
from corridor_sim.report.figures import states
from corridor_sim.report.figures.basemap import BaseMap, make_basemap
from corridor_sim.report.figures.flux_map import flux_figure
from corridor_sim.report.figures.landscape import area_rows, cover_rows, landscape_facts
from corridor_sim.report.figures.use_maps import (
    land_figure,
    moved_share,
    smoothed,
    smoothing_m,
    total_use,
)
from corridor_sim.report.figures.use_maps import use_figure as draw_use
from corridor_sim.report.page import Album, Picture, provenance, write_page
from corridor_sim.report.text import answer as words
from corridor_sim.report.text import numbers as say
from corridor_sim.report.text import precision, tables
from corridor_sim.simulation.days.outcomes import OUTCOMES

if TYPE_CHECKING:
    from corridor_sim.comparison.days import Comparison
    from corridor_sim.experiment.study import Study
    from corridor_sim.species.traits import Species

F32 = NDArray[np.float32]


def write_report(
    comparison: Comparison, study: Study, *, elapsed: dict[str, float] | None = None
) -> Path:
    """Write ``report.html`` and its figures into the study's folder and return the page's path.

    Parameters
    ----------
    comparison : Comparison
    study : Study
    elapsed : dict of float, optional
        Seconds by part of the work, shown with the provenance.

    Raises
    ------
    ResultsError
        The disk is full, or the folder cannot be written.
    """
    return write_page("report.html", contents(comparison, study, elapsed), study.out)


def contents(
    comparison: Comparison, study: Study, elapsed: dict[str, float] | None = None
) -> dict[str, Any]:
    """Return everything the template shows, in the page's order; figures are saved on the way."""
    album = Album(study.out / "figures")
    base = make_basemap(study.land)
    first = study.scenarios[0]
    n = int(comparison.summary["n"].max()) if len(comparison.summary) else 0
    several = not comparison.effects.empty
    use = _Use(comparison, study)
    return {
        "title": study.name,
        "description": " ".join(study.description.split()),
        "answer": words.answer(comparison, study),
        "several": several,
        "n": n,
        "facts": _facts(study, n),
        "baseline": first.name,
        "effects": _effects(album, comparison, study) if several else [],
        "interaction": _interaction(album, comparison, study) if several else None,
        "species": [_species(album, base, comparison, study, use, s) for s in study.species],
        "mortality": _mortality(album, comparison, study),
        "heights": _heights(album, comparison, study, use),
        "crn": precision.crn(comparison),
        "landscape": _landscape(album, base, study),
        "scenarios": tables.scenario_table(comparison, study),
        "causes": say.joined(list(CAUSES)),
        "provenance": provenance(study, elapsed=elapsed, runs=True),
        "days": first.scenario.n_days,
    }


class _Use:
    """Smoothed use by scenario and species, each made once, and the scenario that moves it most."""

    def __init__(self, comparison: Comparison, study: Study) -> None:
        first = study.scenarios[0].name
        self.first = first
        self.maps: dict[tuple[str, str], F32] = {}
        self.strongest: dict[str, str | None] = {}
        self.moved: dict[str, float] = {}
        # against the baseline only: a scenario with another reference answers another question
        others = [s.name for s in study.scenarios[1:] if reference_of(study, s.name) == first]
        self.sd_m = {k: smoothing_m(comparison, study, k) for k in study.species_keys()}
        for key in study.species_keys():
            before = self._smooth(comparison, study, first, key)
            best, most, kept = None, -1.0, before
            for name in others:
                after = self._smooth(comparison, study, name, key)
                moved = moved_share(before, after)
                if moved > most:
                    best, most, kept = name, moved, after
            self.maps[first, key] = before
            self.strongest[key], self.moved[key] = best, most
            if best is not None:
                self.maps[best, key] = kept

    def _smooth(self, comparison: Comparison, study: Study, scenario: str, key: str) -> F32:
        return smoothed(total_use(comparison, study, scenario, key), study, self.sd_m[key])


def _facts(study: Study, n: int) -> list[tuple[str, str]]:
    scenario = study.scenarios[0].scenario
    cells = study.land.grid
    return [
        ("Scenarios", str(len(study.scenarios))),
        ("Replicates each", str(n)),
        ("Days simulated", f"{scenario.n_days:,}"),
        ("Species", str(len(study.species))),
        ("Study area", say.area(cells.height * cells.width * cells.cell_km2)),
        ("Cell", f"{cells.cell_m:,.0f} m"),
    ]


def _effects(album: Album, comparison: Comparison, study: Study) -> list[Picture]:
    pages = plots.effects_figures(comparison, study)
    outcomes = say.joined([OUTCOMES[n].label.lower() for n in say.HEADLINES])
    return [
        album.add(
            f"effects_{i}" if len(pages) > 1 else "effects",
            page,
            f"Points with 95 % intervals: differences of {outcomes}, by scenario and species. "
            "The tables by species hold the same numbers.",
            "Difference of every scenario to its reference with its 95 % interval. Filled points "
            "are clear: the interval leaves zero out. Arrowheads mark intervals that go on."
            + (f" Part {i} of {len(pages)}." if len(pages) > 1 else ""),
        )
        for i, page in enumerate(pages, 1)
    ]


def _interaction(album: Album, comparison: Comparison, study: Study) -> dict[str, Any] | None:
    found = plots.two_factors(study)
    if found is None:
        return None
    a, levels_a, b, levels_b = found
    names = {s.key: s.name for s in study.species}
    first = dict(study.scenarios[0].levels)
    cells = plots.crossed(study)
    low = (first[a], first[b])
    high = (levels_a[-1], levels_b[-1])
    corners = [cells.get(at) for at in (high, (high[0], low[1]), (low[0], high[1]), low)]
    rows = (
        precision.interaction_rows(comparison, (w, x, y, z), names, plots.INTERACTION)
        if (w := corners[0]) and (x := corners[1]) and (y := corners[2]) and (z := corners[3])
        else []
    )
    return {
        "a": a,
        "b": b,
        "corner": f"{levels_a[-1]} + {levels_b[-1]}",
        "rows": rows,
        "n_sure": sum(r["sure"] for r in rows),
        "pictures": [
            album.add(
                f"interaction_{i}" if i else "interaction",
                figure,
                f"Heat tables of the change in per cent of the baseline for every combination of "
                f"{a} (rows) and {b} (columns), by outcome and species.",
                f"Change in per cent of the baseline, {a} down and {b} across. Purple is better "
                "for the species, orange worse; bold numbers are clear, pale ones are not.",
            )
            for i, figure in enumerate(plots.interaction_figures(comparison, study))
        ],
    }


def _species(
    album: Album, base: BaseMap, comparison: Comparison, study: Study, use: _Use, one: Species
) -> dict[str, Any]:
    first = study.scenarios[0].name
    best = use.strongest[one.key]
    per_animal = study.scenarios[0].scenario.species[one.key].disperser_sampling
    before = use.maps[first, one.key]
    after = use.maps[best, one.key] if best is not None else None
    shown = [first] + ([best] if best is not None else [])
    flux = comparison.flux
    fluxes = [
        (f"Dispersal: {s}", flux[(flux["scenario"] == s) & (flux["species"] == one.key)])
        for s in shown
    ]
    caption = (
        f"Left: where {say.inside(one.name)}s are under {say.quoted(first)}, in animals per "
        f"100 km², smoothed with a Gaussian of SD {use.sd_m[one.key] / 1000:.0f} km. "
    )
    if best is not None:
        caption += (
            f"Right: change under {say.quoted(best)}, the scenario that moves this species most: "
            f"{say.percent(use.moved[one.key])} of its use is no longer where it was, "
            f"in part by chance, since single animals part ways after small changes."
        )
    else:
        caption = caption.replace("Left: where", "Where")
    return {
        "key": one.key,
        "name": one.name,
        "inside": say.inside(one.name),
        "latin": one.scientific_name,
        "summary": one.summary,
        "colour": one.colour,
        "strongest": best,
        "table": tables.species_table(comparison, study, one.key) if best is not None else None,
        "full": tables.full_table(comparison, one.key),
        "absolute": tables.absolute_table(comparison, one.key) if best is None else [],
        "use": album.add(
            f"use_{one.key}",
            draw_use(base, before, after, best or "", first),
            f"Map of use by the {say.inside(one.name)} under {first}"
            + (f" and map of its change under {best}." if best else "."),
            caption,
        ),
        "flux_picture": album.add(
            f"flux_{one.key}",
            flux_figure(base, one, fluxes, per_animal),
            f"Arrows between core areas: dispersal flux of the {say.inside(one.name)} under "
            f"{' and under '.join(shown)}. The table of pairs holds the largest.",
            "Dispersers born in one core area whose first other core area is the arrow's end; the "
            "width grows with the square root of their number.",
        ),
        "flux": [
            {"scenario": s, **tables.flux_table(comparison, one.key, s, per_animal)} for s in shown
        ],
    }


def _mortality(album: Album, comparison: Comparison, study: Study) -> Picture:
    return album.add(
        "mortality",
        states.mortality_figure(comparison, study),
        "Stacked bars of residents' deaths per animal-year by cause, by scenario and species.",
        "Deaths of residents, displaced ones included, per animal-year by cause; the dark line is "
        "the 95 % interval of the total.",
    )


def _heights(album: Album, comparison: Comparison, study: Study, use: _Use) -> Picture:
    found = [s for s in dict.fromkeys(use.strongest.values()) if s is not None]
    alone = [s for _, s in words.alone(study)]
    chosen = [*found, *(s for s in alone if s not in found)][:3]
    colours = ("#0072b2", "#d55e00", "#333333")
    pairs = [(use.first, "#cfd8dc"), *zip(chosen, colours, strict=False)]
    maps = {
        (s, k): total_use(comparison, study, s, k) for s, _ in pairs for k in study.species_keys()
    }
    return album.add(
        "elevations",
        states.heights_figure(maps, pairs, study),
        "Share of animals by elevation for every species, the reference filled, scenarios as "
        "lines.",
        "Where animals are along the elevation gradient, in per cent of the animals of "
        f"{say.quoted(use.first)}, which is filled; lines are other scenarios.",
    )


def _landscape(album: Album, base: BaseMap, study: Study) -> dict[str, Any]:
    land = study.land
    return {
        **landscape_facts(land),
        "picture": album.add(
            "landscape",
            land_figure(base),
            "Map of land cover over shaded relief with core areas, roads, rivers and towns.",
            "The reference landscape before any edit.",
        ),
        "covers": sorted(
            [
                {**r, "km2": say.area(r["km2"]), "share_text": say.share_of_all(r["share"])}
                for r in cover_rows(land)
            ],
            key=lambda r: -r["share"],
        ),
        "areas": [{**r, "km2": say.area(r["km2"])} for r in area_rows(land)],
    }
