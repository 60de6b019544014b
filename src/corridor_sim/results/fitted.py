"""What a fit to tracks gave: tables to work with, a species file and a page to hand on."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corridor_sim.errors import ResultsError
from corridor_sim.glance import Glance, Rows, some
from corridor_sim.languages import tr, written

if TYPE_CHECKING:
    import pandas as pd

    from corridor_sim.species.traits import Species
    from corridor_sim.telemetry.behaviour import BehaviourFit
    from corridor_sim.telemetry.check import FitCheck
    from corridor_sim.telemetry.fit import Fit
    from corridor_sim.telemetry.tracks import Bursts, Told, Tracks

TABLES = ("ranges", "steps", "selection", "pooled", "notes")
# what a folder holds that is a study, whose report would be written over
STUDY = "experiment.json"


def refuse_folder(folder: Path) -> None:
    """Refuse a folder that a fit cannot be written to, before there is anything to write.

    Raises
    ------
    ResultsError
    """
    if (folder / STUDY).exists():
        raise ResultsError("holds a study", where=folder, remedy="use another folder")
    there = next((one for one in (folder, *folder.parents) if one.exists()), folder)
    problem = "is no folder" if not there.is_dir() else "cannot be written to"
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        raise ResultsError(problem, where=there, remedy="choose another folder with --out")


@dataclass(slots=True, repr=False)
class FittedSpecies(Glance):
    """A species fitted to tracks.

    Attributes
    ----------
    found : Fit
        Everything there is, as the page takes it.
    command : str
        The command that makes the same.
    seconds : float
        What it took.
    species_file : Path or None
        The species file, once it is written.
    files : tuple of Path
        What was written so far; the page is last.
    """

    found: Fit
    command: str = ""
    seconds: float = 0.0
    species_file: Path | None = None
    files: tuple[Path, ...] = ()
    _check: FitCheck | None = None

    @property
    def species(self) -> Species:
        """The fitted species."""
        return self.found.species

    @property
    def tracks(self) -> Tracks:
        """Fixes as they were read, in metres and UTC."""
        return self.found.tracks

    @property
    def bursts(self) -> Bursts:
        """Fixes at the regular interval, with steps and turns."""
        return self.found.bursts

    @property
    def behaviour(self) -> BehaviourFit | None:
        """Behavioural states; None where they could not be told apart."""
        return self.found.behaviour

    @property
    def told(self) -> tuple[Told, ...]:
        """All that people must know of the data and of the fit."""
        return self.found.told

    @property
    def ranges(self) -> pd.DataFrame:
        """One row an animal: ``animal``, ``sex``, ``n_fixes``, ``record_d``, ``model``.

        With ``resident``, ``home_range_km2``, ``sigma_m``, ``tau_d``, ``tau_velocity_d`` and
        ``error_m``, each number with ``_se``, ``_low``, ``_high`` (NaN where there is none),
        ``n_effective`` and ``n_crossings`` (the record over ``tau_d``).
        """
        from corridor_sim.telemetry.fit_tables import ranges_table

        return ranges_table(self.found.ranges, self.found.sexes)

    @property
    def steps(self) -> pd.DataFrame:
        """One row an animal: ``animal``, ``sex``, ``n_steps``, ``n_turns``, ``median_m``.

        With ``zero_share`` (steps without movement), and ``step_shape``, ``step_scale_m`` and
        ``turning_kappa``, each with ``_se``.
        """
        from corridor_sim.telemetry.fit_tables import steps_table

        return steps_table(self.found)

    @property
    def selection(self) -> pd.DataFrame:
        """One row a coefficient: ``term``, ``estimate``, ``se``, ``low``, ``high``, ``between_sd``.

        Empty where nothing was asked of selection. ``centre`` and ``scale`` tell in what a
        covariate was taken.
        """
        from corridor_sim.telemetry.fit_tables import selection_table

        return selection_table(self.found)

    @property
    def pooled(self) -> pd.DataFrame:
        """One row a parameter of the population and sex.

        ``parameter``, ``sex`` (both, female, male), ``value``, ``se``, ``low``, ``high`` (95 %
        interval of the population's value), ``between_sd`` (standard deviation between animals, of
        the natural logarithm, of ``turning_kappa`` as it is) and ``n_animals``.
        """
        from corridor_sim.telemetry.fit_tables import pooled_table

        return pooled_table(self.found)

    @property
    def notes(self) -> pd.DataFrame:
        """``told`` as a table: ``kind``, ``animal``, ``count``, ``words``."""
        from corridor_sim.telemetry.fit_tables import notes_table

        return notes_table(self.found)

    def _glance(self) -> tuple[str, Rows]:
        found = self.found
        resident = [name for name, one in found.ranges.items() if one.resident]
        return f"{found.species.name}, fitted to tracks", [
            ("animals", some(list(found.tracks.animals))),
            ("fixes", f"{len(found.tracks.table):,}"),
            ("steps", f"{len(found.bursts.steps):,} of {found.bursts.interval_min:g} min"),
            ("with a range", str(len(resident))),
            ("species file", "" if self.species_file is None else str(self.species_file)),
        ]

    def check(self) -> FitCheck:
        """Return how simulated animals compare with the observed ones, as the page shows it.

        Made once; a hold-out that was asked for is part of it.
        """
        from corridor_sim.progress import tell
        from corridor_sim.telemetry.checked import check_fit

        if self._check is None:
            self._check = check_fit(self.found, say=tell)
        return self._check

    def write(self, out: str | Path) -> list[Path]:
        """Write the species file ``KEY.toml``, tables, and the page ``report.html``.

        Parameters
        ----------
        out : path
            Folder; files of the same names are written over.

        Returns
        -------
        list of Path

        Raises
        ------
        ResultsError
            The folder holds a study, the disk is full, or it cannot be written.
        """
        from corridor_sim.files import write_text
        from corridor_sim.report.fit_page import write_fit_page
        from corridor_sim.spreadsheets.folder import keep_exact

        folder = Path(out)
        refuse_folder(folder)
        self.species_file = write_text(folder / f"{self.found.species.key}.toml", self.found.text())
        written = [self.species_file]
        written += [keep_exact(folder, name, getattr(self, name)) for name in TABLES]
        written.append(write_fit_page(self.found, self.check(), folder))
        self.files = tuple(written)
        return written

    def show(self) -> None:
        """Print the population's numbers, and all that people must know."""
        from corridor_sim.errors import visible
        from corridor_sim.report.text.terminal import print_table
        from corridor_sim.telemetry.fitted_numbers import in_short
        from corridor_sim.telemetry.note_words import note_words

        head = (
            tr("Parameter"),
            tr("Sex"),
            tr("Value"),
            tr("SE"),
            tr("95 % interval"),
            tr("Between animals"),
            tr("Animals"),
        )
        print_table(head, [_pooled(row) for row in _rows(self.pooled)], names=(0, 1), left=())
        selection = [
            (str(row["term"]), _number(row["estimate"]), _number(row["se"], 2))
            for row in _rows(self.selection)
        ]
        if selection:
            print_table((tr("Selection"), tr("Estimate"), tr("SE")), selection, names=(0,), left=())
        for words in in_short(self.told):
            print(visible(note_words(words)))


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]


def _pooled(row: dict[str, Any]) -> tuple[str, ...]:
    low, high = _number(row["low"]), _number(row["high"])
    return (
        *(str(row["parameter"]), tr(str(row["sex"])), _number(row["value"]), _number(row["se"], 2)),
        *(
            tr("{low} to {high}", low=low, high=high) if low else "",
            _number(row["between_sd"], 2),
            str(row["n_animals"]),
        ),
    )


def _number(value: float, digits: int = 4) -> str:
    return written(f"{value:.{digits}g}") if math.isfinite(value) else ""
