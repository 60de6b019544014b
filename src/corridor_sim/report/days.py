"""What the report on days holds, section by section."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.comparison.maps import reference_of
from corridor_sim.errors import SpeciesError
from corridor_sim.kernels.states import CAUSES
from corridor_sim.languages import tr, written
from corridor_sim.report import gis
from corridor_sim.report.compared import ComparedDays
from corridor_sim.report.figures import effects as plots
from corridor_sim.report.figures import maps, states
from corridor_sim.report.figures import use as use_of
from corridor_sim.report.figures.landscape import area_rows, cover_rows, landscape_facts
from corridor_sim.report.figures.tracks import tracks_figure
from corridor_sim.report.summary import SHEET_POINTS, Sheet, numbers_of
from corridor_sim.report.text import days_answer as words
from corridor_sim.report.text import days_tables as tables
from corridor_sim.report.text import numbers as say
from corridor_sim.report.text import precision
from corridor_sim.report.text.days_tables import end_table as end_table
from corridor_sim.report.text.days_tables import legend as legend
from corridor_sim.report.text.maps import between_maps
from corridor_sim.report.text.tables import joining_table, species_head, species_table
from corridor_sim.report.ways import prepared_for, ways_of

if TYPE_CHECKING:
    from corridor_sim.experiment.study import Study
    from corridor_sim.report.figures.basemap import BaseMap
    from corridor_sim.report.page import Album
    from corridor_sim.species.traits import Species

F32 = NDArray[np.float32]
TEMPLATE = "days_report.html"
PLAN_NOTE = ""
compared_of = ComparedDays
# those of all species, for whoever holds results in Python
FIGURES = {
    "effects": plots.effects_figures,
    "interaction": plots.interaction_figures,
    "mortality": states.mortality_figure,
}


def plan_lines(found: ComparedDays) -> list[list[str]]:
    """Return nothing: what a plan keeps from falling in years to come, days cannot tell."""
    return []


def contents(found: ComparedDays, album: Album, base: BaseMap) -> dict[str, Any]:
    """Return what only this page shows; figures are saved on the way."""
    use = _Use(found, base)
    days = found.study.scenarios[0].scenario.n_days
    return {
        "answer": words.answer(found),
        "runs": tr("Replicates each"),
        "span": (tr("Days simulated"), written(f"{days:,}")),
        "interaction": _interaction(album, found),
        "species": [
            {**_species(album, base, found, use, s), "ways": _ways(album, base, found.study, s)}
            for s in found.species
        ],
        "mortality": album.add("mortality", states.mortality_figure(found)),
        "heights": _heights(album, found, use),
        "crn": precision.crn(found),
        "maps": between_maps(found),
        "landscape": _landscape(found),
        "scenarios": tables.scenario_table(found),
        "causes": say.joined([tr(cause) for cause in CAUSES]),
        "days": days,
        "seen": _seen(found),
    }


def sheet(found: ComparedDays, own: dict[str, Any]) -> Sheet:
    """Return what stands on the one sheet; ``own`` is what :func:`contents` gave."""
    answer = own["answer"]
    moved = {one["key"]: one["strongest_share"] for one in own["species"]}
    one = max(own["species"], key=lambda s: moved[s["key"]])
    about = tr("Where the {species} is.", species=one["inside"])
    if one["strongest"]:
        about = tr(
            "Left: where the {species} is. Right: what changes under “{scenario}”.",
            species=one["inside"],
            scenario=one["strongest"],
        )
    return Sheet(
        answer["lead"],
        answer["points"][:SHEET_POINTS],
        answer["caution"].split(". ")[0].rstrip(".") + ".",
        picture=one["use"],
        alt=about,
        about=about,
        **numbers_of(found, tables.COLUMNS, tables.COLUMNS_SOARING),
    )


def _seen(found: ComparedDays) -> str:
    """Return the species whose animals start where they were seen."""
    settings = found.study.scenarios[0].scenario.species
    return say.joined(
        [one.common_name for one in found.species if settings[one.key].positions is not None]
    )


class _Use:
    """Smoothed use by scenario and species, each made once, and the scenario that moves it most.

    In the elements of the picture, which on fine landscapes are coarser than the cells.
    """

    def __init__(self, found: ComparedDays, base: BaseMap) -> None:
        self.base, first = base, found.first
        self.maps: dict[tuple[str, str], F32] = {}
        self.strongest: dict[str, str | None] = {}
        self.moved: dict[str, float] = {}
        # against the baseline only: a scenario with another reference answers another question
        others = [n for n in found.names[1:] if reference_of(found.study, n) == first]
        keys = [one.key for one in found.species]
        self.sd_m = {key: use_of.smoothing_m(found, key) for key in keys}
        for key in keys:
            before = self._smooth(found, first, key)
            best, most, kept = None, -1.0, before
            for name in others:
                after = self._smooth(found, name, key)
                moved = use_of.moved_share(before, after)
                if moved > most:
                    best, most, kept = name, moved, after
            self.maps[first, key] = before
            self.strongest[key], self.moved[key] = best, most
            if best is not None:
                self.maps[best, key] = kept

    def _smooth(self, found: ComparedDays, scenario: str, key: str) -> F32:
        use = self.base.shown(use_of.total_use(found, scenario, key))
        return use_of.smoothed(use, self.base, self.sd_m[key])


def _interaction(album: Album, compared: ComparedDays) -> dict[str, Any] | None:
    study = compared.study
    factors = plots.two_factors(study)
    if factors is None or not compared.several:
        return None
    a, levels_a, b, levels_b = factors
    first = dict(study.scenarios[0].levels)
    cells = plots.crossed(study)
    low = (first[a], first[b])
    high = (levels_a[-1], levels_b[-1])
    corners = [cells.get(at) for at in (high, (high[0], low[1]), (low[0], high[1]), low)]
    rows = []
    if (w := corners[0]) and (x := corners[1]) and (y := corners[2]) and (z := corners[3]):
        rows = precision.interaction_rows(compared, (w, x, y, z), plots.INTERACTION)
    return {
        "a": say.named(a),
        "b": say.named(b),
        "corner": say.named(f"{levels_a[-1]} + {levels_b[-1]}"),
        "rows": rows,
        "n_sure": sum(r["sure"] for r in rows),
        "n_same": sum(r["same"] for r in rows),
        "pictures": [
            album.add(f"interaction_{i}" if i else "interaction", figure)
            for i, figure in enumerate(plots.interaction_figures(compared))
        ],
    }


def _species(
    album: Album, base: BaseMap, found: ComparedDays, use: _Use, one: Species
) -> dict[str, Any]:
    first = found.first
    best = use.strongest[one.key]
    before = use.maps[first, one.key]
    after = use.maps[best, one.key] if best is not None else None
    sd_m = use.sd_m[one.key]
    told = None if best is None else use_of.change_told(found, base, best, first, one.key, sd_m)
    change = None if after is None else maps.change_shown(before, after, told)
    gis.write_use(found.study, base, one, before, change, best or "")
    edits = next((s.edits for s in found.study.scenarios if s.name == best), ())
    shown = [first] + ([best] if best is not None else [])
    flux = found.comparison.flux
    between = flux[(flux["species"] == one.key) & (flux["from_block"] != flux["to_block"])]
    fluxes = [
        (
            tr("Joining another block: {scenario}", scenario=say.named(s)),
            between[between["scenario"] == s],
        )
        for s in shown
    ]
    return {
        **species_head(one),
        "strongest": say.named(best or ""),
        "strongest_share": use.moved[one.key],
        "table": species_table(
            found, one.key, tables.COLUMNS_SOARING if one.soaring else tables.COLUMNS
        )
        if best is not None
        else None,
        "full": tables.full_table(found, one.key),
        "absolute": tables.absolute_table(found, one.key) if best is None else [],
        "sd_km": say.plain(use.sd_m[one.key] / 1000, ".0f"),
        "moved": say.percent(use.moved[one.key]),
        "use": album.add(
            f"use_{one.key}",
            partial(
                maps.use_figure,
                base,
                before,
                after,
                say.named(best or ""),
                say.named(first),
                told,
                edits,
            ),
            shaded=True,
        ),
        "blank": told is not None,
        "soars": one.soaring is not None,
        "flux_picture": ""
        if one.soaring
        else album.add(
            f"flux_{one.key}", partial(maps.flux_figure, base, one, fluxes), shaded=True
        ),
        "flux": [{"scenario": say.named(s), **joining_table(found, one.key, s)} for s in shown],
    }


# beyond that a species is prepared for tens of seconds
MOST_CELLS_OF_WAYS = 4_000_000


def _ways(album: Album, base: BaseMap, study: Study, one: Species) -> dict[str, Any] | None:
    """Return the figure of single animals' ways and what is told of it.

    None without animals, and on maps so fine that preparing them again takes longer than a report.
    """
    grid = study.landscape_of(study.scenarios[0], 0).grid
    if grid.height * grid.width > MOST_CELLS_OF_WAYS:
        return None
    try:
        # each prepared by itself, so that one after the other takes the memory
        ways = ways_of(prepared_for(study), one)
    except SpeciesError:
        # it lives nowhere, or not as it is told here: the tables say so, and nobody moves
        return None
    if not (ways.residents or ways.dispersers):
        return None
    return {
        "picture": album.add(f"ways_{one.key}", partial(tracks_figure, base, ways), shaded=True),
        "residents": len(ways.residents),
        "dispersers": len(ways.dispersers),
        "days": written(f"{ways.days:,}"),
        "every": _lasting(ways.every_h),
    }


def _lasting(hours: float) -> str:
    """Return how long it is from one position to the next, in words."""
    if hours == 1:
        return tr("a position every hour")
    if hours > 1:
        return tr("a position every {n} hours", n=say.plain(hours, ".3g"))
    return tr("a position every {n} minutes", n=say.plain(hours * 60, ".0f"))


def _heights(album: Album, compared: ComparedDays, use: _Use) -> str:
    found = [s for s in dict.fromkeys(use.strongest.values()) if s is not None]
    alone = [s for _, s in words.alone(compared.study)]
    chosen = [*found, *(s for s in alone if s not in found)][:3]
    colours = ("#0072b2", "#d55e00", "#333333")
    pairs = [(compared.first, "#cfd8dc"), *zip(chosen, colours, strict=False)]
    figure = states.heights_figure(partial(use_of.total_use, compared), pairs, compared.study)
    return album.add("elevations", figure)


def _landscape(found: ComparedDays) -> dict[str, Any]:
    land = found.study.land
    return {
        **landscape_facts(land),
        "covers": sorted(
            [
                {
                    **r,
                    "label": tr(r["label"]),
                    "km2": say.area(r["km2"]),
                    "share_text": say.share_of_all(r["share"]),
                }
                for r in cover_rows(land)
            ],
            key=lambda r: -r["share"],
        ),
        "areas": [{**r, "km2": say.area(r["km2"])} for r in area_rows(land)],
    }
