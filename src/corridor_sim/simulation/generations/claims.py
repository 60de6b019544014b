"""Which outcomes of years in expectation are claimed to be those of full decades, and how closely.

The numbers are measured (``docs/generations.md``, ``tools/generations_table.py``) and held to by
``tests/verification/test_generations_decades.py``.
"""

from __future__ import annotations

from dataclasses import dataclass

from corridor_sim.languages import mark


@dataclass(frozen=True, slots=True)
class Claim:
    """What is claimed of one outcome.

    Attributes
    ----------
    holds : bool
        Whether its value is claimed to be that of full decades, within ``off``.
    off : float
        By how much it may be off, as a share of the value; of gene diversity in its own unit.
    why : str
        The reason, in plain words.
    """

    holds: bool
    off: float
    why: str


NUMBERS = mark(
    "the same rules for the same founders; chance around each animal is taken as its mean"
)
CLAIMED: dict[str, Claim] = {
    "animals_end": Claim(True, 0.06, NUMBERS),
    "animals_change": Claim(True, 0.06, NUMBERS),
    "growth_per_year": Claim(True, 0.002, NUMBERS),
    "breeding_females_end": Claim(True, 0.06, NUMBERS),
    "capacity_end": Claim(True, 1e-9, mark("read off the same landscape")),
    "joining_per_year": Claim(
        False,
        0.4,
        mark("up to two fifths too low where few animals join; links may be compared, not counted"),
    ),
    "migrants_per_generation": Claim(False, 0.4, mark("as animals joining another block")),
    "eca_km2": Claim(True, 0.03, mark("areas are the same, exchange is a small part of it")),
    "gene_diversity_kept": Claim(
        False,
        0.0005,
        mark(
            "measured within that on the built-in landscape over 40 years, a seventh of what is "
            "lost; not tried where blocks are small"
        ),
    ),
}
for _y in (20, 50, 100):
    CLAIMED[f"quasi_extinct_{_y}y"] = Claim(
        False, 1.0, mark("a diffusion around the expected numbers: good for an order of size")
    )
