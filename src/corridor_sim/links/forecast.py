"""What a ranking of links takes, stage by stage, told before it starts."""

from __future__ import annotations

from dataclasses import dataclass

from corridor_sim.config.links import LinksFile
from corridor_sim.course import PREPARING, RUNS, Stage
from corridor_sim.experiment.study import Study
from corridor_sim.languages import tr, written
from corridor_sim.links.dispersal_sets import BASE_UNITS, BLOCK, tells
from corridor_sim.links.generation_sets import tells_generations
from corridor_sim.memory import in_words, lasting
from corridor_sim.simulation.days.forecast import SECONDS_PER_CANDIDATE_STEP
from corridor_sim.simulation.days.simulation import days_beyond
from corridor_sim.species.traits import Species

# Seconds, measured on two cores of a machine that others used; see docs/benchmarks.md.
# of the days that a disperser may be on its way, those that it is
WALKED = 0.5
# a pilot tells from where dispersers matter, each link's ground is made, kernels are compiled
SECONDS_OF_PILOT, PILOT_REPLICATES = 12.0, 30
SECONDS_PER_LINK_AND_CELL = 1.0e-6
# theory: a flow for each link and species; figures: a map and a profile of each link
SECONDS_PER_FLOW_AND_CELL = 1.2e-6
SECONDS_PER_LINK_DRAWN = 2.0
SECONDS_OF_REPORT = 12.0
# a set of links by numbers by tiles: thousand searching animals of a species on one landscape
SECONDS_PER_1000_SEARCHES = 0.25
# the parts of a set whose pairs of blocks are told for money
SECONDS_OF_MONEY = 1.0


@dataclass(frozen=True, slots=True)
class Effort:
    """What a ranking takes.

    Attributes
    ----------
    stages : tuple of Stage
    replicates : int
        Of links at most.
    what : str
        What is simulated, in words.
    """

    stages: tuple[Stage, ...]
    replicates: int
    what: str

    @property
    def seconds(self) -> float:
        """Of all stages, at most."""
        return sum(one.seconds for one in self.stages)

    def __str__(self) -> str:
        """Say it in one line."""
        return tr(
            "forecast: {what}: about {time} at most in all",
            what=self.what,
            time=written(lasting(self.seconds)),
        )


def effort_of(study: Study, file: LinksFile, n_links: int) -> Effort:
    """Return what ranking so many links of a file takes at most.

    Reckoned from numbers of animals and steps; the search stops as soon as it is settled.
    """
    rule, settings = file.links.procedure, file.links
    most = rule.budget_runs + rule.pairs_runs
    confirmed = 0 if settings.budget is None else 2 * rule.confirm_replicates
    cells = study.land.grid.height * study.land.grid.width
    walking = [one for one in study.species if one.soaring is None]
    each, threads = study.each[0], max(study.threads, 1)
    whole: tuple[Stage, ...] = ()
    preparing = SECONDS_OF_PILOT + n_links * cells * SECONDS_PER_LINK_AND_CELL
    if tells_generations(settings, study.scenarios[0], study.species):
        landscapes = 1 + (study.scenarios[0].scenario.years or 0) // rule.walk_every_y
        thousands = rule.walks_per_replicate / 1000 * len(walking) * landscapes
        one = thousands * SECONDS_PER_1000_SEARCHES / threads
        what = tr(
            "{n} replicates of links at most, of {walks} searching animals a species",
            n=written(f"{most:,}"),
            walks=written(f"{rule.walks_per_replicate:,}"),
        )
        if confirmed:
            runs = written(f"{confirmed:,}")
            what = tr(
                "{what}; then {n} whole runs for the chosen set and the baseline", what=what, n=runs
            )
            whole = (Stage("whole runs", confirmed * each / threads, kind="whole runs"),)
        search, per_confirm, n_confirm = most * one, one, confirmed
    elif tells(settings, study.scenarios[0], study.species):
        steps = _walk_s(walking, rule.dispersers_per_replicate) / threads
        one = steps / BASE_UNITS
        preparing += PILOT_REPLICATES * steps
        what = tr(
            "{n} replicates of links at most, of {dispersers} dispersers a species; with a link "
            "only those walk again whom it concerns",
            n=written(f"{most + confirmed:,}"),
            dispersers=written(f"{rule.dispersers_per_replicate:,}"),
        )
        # the baseline is walked beside the links, in whole blocks
        base = most / max(n_links, 1) + BLOCK
        search, per_confirm = (most + BASE_UNITS * base) * one, one
        n_confirm = rule.confirm_replicates * (1 + BASE_UNITS) if confirmed else 0
        most += round(BASE_UNITS * base)
    else:
        one, steps_of_run = each / threads, max(1, round(study.each[1]))
        what = tr(
            "{n} runs at most, one takes about {seconds} s on one thread and {memory} of memory",
            n=written(f"{most + confirmed:,}"),
            seconds=written(f"{each:.2g}"),
            memory=written(in_words(study.expected.peak_bytes)),
        )
        search, per_confirm, n_confirm = most * one, one, confirmed
        most *= steps_of_run
    drawn = SECONDS_OF_REPORT + n_links * SECONDS_PER_LINK_DRAWN
    flows = n_links * max(len(walking), 1) * cells * SECONDS_PER_FLOW_AND_CELL
    stages = (
        Stage("preparing", preparing, kind=PREPARING),
        Stage("search", search, most, RUNS, at_most=True),
        Stage("confirm", n_confirm * per_confirm, 0, RUNS),
        Stage("theory", 1.0 + flows),
        Stage("money", SECONDS_OF_MONEY),
        *whole,
        Stage("results", drawn),
    )
    return Effort(stages, rule.budget_runs + rule.pairs_runs, what)


def _walk_s(species: list[Species], dispersers: int) -> float:
    """Return the seconds on one thread in which a replicate of the baseline is walked."""
    return sum(
        WALKED
        * dispersers
        * days_beyond(one, 0)
        * one.movement.steps_per_day
        * one.movement.candidates
        * SECONDS_PER_CANDIDATE_STEP
        for one in species
    )
