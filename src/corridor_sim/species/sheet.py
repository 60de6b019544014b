"""The species' numbers as a page for people: ``python -m corridor_sim.species.sheet FILE``."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from corridor_sim.files import write_text
from corridor_sim.species.follows import follows
from corridor_sim.species.reader import TraitRow, describe_species, load_species, species_keys
from corridor_sim.species.traits import Species

_INTRO = """# Species

Every number that the model holds about a species, as it stands in
`src/corridor_sim/species/catalog/*.toml`. This page is generated; write it anew with

    python -m corridor_sim.species.sheet docs/species.md

**Confidence**: 1 measured in the region (S Ecuador, N Peru, or Andean Ecuador), 2 same species
elsewhere, 3 related species, 4 assumption. *Recalled* marks a value cited from memory, *derived*
one that was computed from the source. **Low and high** bound what is plausible; sensitivity
analyses draw from there.

A species of your own is a file of the same layout, named in a scenario by
`[species.KEY] file = "KEY.toml"`: `corridor-sim species new` writes one, `species check` tells all
that is wrong with it, and `corridor-sim schema species` prints its JSON Schema
([your own species](your-own-species.md)).

## What the numbers mean

- Selection strength of a cell: `R^-resistance_exponent * C^climate_exponent * town * road * gap *
  exp(slope_effect_per_deg * slope)`, with `R` the resistance of the land cover, `C` the response
  to temperature or elevation, `town = 1 - 2^-(distance / settlement_half_m)`, `road` likewise,
  and `gap = 2^-((distance to cover / gap_half_m)^2)`. A half-distance of 0 switches its factor
  off.
- Habitat suitability: `(1 - ln R / ln 100) * C * town * gap`, 0 to 1.
- Maps of your own stand in for both: coefficients of covariates (`[selection]`, `[settlement]`), or
  ready maps of suitability and resistance, with the formulas of
  [your own maps](your-own-data.md#your-own-maps-covariates-suitability-resistance).
- A resident's 95 % home range is `5.991 pi sigma^2`. Where lengths of steps are given
  (`step_scale_m`, or `states`), steps and turns come out as given and the range-crossing time
  follows from them and the range; without, `tau_d` and the range set the length of steps
  ([resident-steps.md](resident-steps.md)). The gamma shape holds the mixture of resting and moving.
- A disperser has no home range: its steps are gamma distributed (`step_shape`, `step_scale_m` at
  the decision step) and turn by a von Mises distribution.
- A barrier is passed with its probability *an encounter*: what came of it holds, in both
  directions, over a stretch (a square of side `memory_m`) until the animal has forgotten,
  `memory_d` days later in the mean. To an animal that spreads with D km² a day it is then worth
  about `2 sqrt(D memory_d) (1 - p) / p` km of open ground
  ([movement-models.md](movement-models.md#barriers)); without memory each step is an encounter.
- `hunting_outside_per_year` applies beside roads and settlements and falls with distance to
  `hunting_inside_per_year`; protection takes away most of the difference.
- `road_*_per_day` applies while the animal is in a road cell. The share of relocations in road
  cells that turns it into a yearly rate is itself an assumption.

## Where measured values did not fit together

- Free dispersal, without habitat, barriers or settling, follows from steps and duration
  (correlated random walk, Kareiva & Shigesada 1983, Oecologia 56:234). With resident steps it
  overshoots the dispersal distances of the literature, because a resident's steps turn home in
  the long run. The steps of dispersers were therefore taken lower in their plausible range, then
  the persistence, then the duration. The Andean bear's daughters still overshoot about threefold:
  they walk straight off only until they settle, which the model decides on the ground.
- Jaguar: 0.30 deaths per dispersal event of 180 days are a hazard of 0.72 a year, so half the
  dispersers would die within a year.
- Mountain tapir: two home ranges, 2.5 and 8.8 km2, differ 3.5-fold; the value lies between.
- Andean condor: the poisoning rate is one of the whole population. It is applied only
  where poison lies, so the population loses less; the upper bound makes up for it.
"""


def species_page(species: Species) -> str:
    """Return one species as Markdown: what follows from its numbers, then all of them."""
    lines = [f"## {species.name} (*{species.scientific_name}*)", "", species.summary, ""]
    lines += ["| follows from them | female | male |", "|---|---:|---:|"]
    lines += [_line(*one) for one in follows(species)]
    lines += ["", "| number | value | unit | low | high | conf. | source |"]
    lines.append("|---|---:|---|---:|---:|:-:|---|")
    lines += [_row(row) for row in describe_species(species)]
    return "\n".join(lines) + "\n"


def _line(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def _row(row: TraitRow) -> str:
    def text(value: float | str | None) -> str:
        return "" if value is None else value if isinstance(value, str) else f"{value:.6g}"

    return _line(
        f"`{row.name}`",
        text(row.value),
        row.unit,
        text(row.low),
        text(row.high),
        text(row.confidence),
        row.source,
    )


def species_document(keys: Iterable[str] | None = None) -> str:
    """Return the whole page, by default of every species of the catalog."""
    pages = [species_page(load_species(key)) for key in (keys or species_keys())]
    return "\n".join([_INTRO, *pages])


def main(path: str) -> None:
    """Write the page to ``path``."""
    write_text(Path(path), species_document())


if __name__ == "__main__":
    main(sys.argv[1])
