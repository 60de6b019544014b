"""The results of a validation: published patterns beside what the model gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from corridor_sim.validation.verdicts import Verdict


@dataclass(slots=True)
class Validation:
    """Patterns and whether the model meets them.

    Attributes
    ----------
    verdicts : sequence of Verdict
    files : list of Path
        Tables that were written.
    seconds : float
    """

    verdicts: Sequence[Verdict]
    files: list[Path]
    seconds: float = 0.0

    @property
    def table(self) -> pd.DataFrame:
        """One row a pattern: target and its range, the model's mean and 95 % interval (in the
        column ``unit``), ``passed`` (bool), source and note.
        """
        import pandas as pd

        from corridor_sim.validation.verdicts import COLUMNS

        return pd.DataFrame([one.as_row() for one in self.verdicts], columns=list(COLUMNS))

    @property
    def passed(self) -> bool:
        """Whether every pattern is met."""
        return all(one.passed for one in self.verdicts)

    def __repr__(self) -> str:
        from corridor_sim.validation.verdicts import tally

        return f"<corridor_sim validation: {tally(self.verdicts)}>"

    def show(self) -> None:
        """Print the table that the command prints."""
        from corridor_sim.report.text.terminal import print_table
        from corridor_sim.validation.verdicts import shown_found, shown_range

        rows = [
            (
                one.pattern.id,
                one.pattern.what,
                shown_range(one.pattern.low, one.pattern.high),
                shown_found(one.found),
                one.pattern.unit,
                one.word,
            )
            for one in self.verdicts
        ]
        head = ("", "Pattern", "Target", "Model (95 % interval)", "Unit", "")
        print_table(head, rows, names=(0, 1), left=range(2, 6))
