"""Break the movement kernel on purpose, one line at a time, and see that the tests notice.

Usage: ``python tools/sabotage_kernels.py [word]`` runs all sabotages, or those whose description
contains the word. The package is copied to a temporary folder first; nothing here is changed.
Exit code 1 if a sabotage went unnoticed or no longer applies.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "corridor_sim"


class Sabotage(NamedTuple):
    """One line changed, and the tests that must each fail because of it."""

    what: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


V = "tests/verification/test_"
U = "tests/unit/test_kernels_"
ADVANCE, CROSSING, PHILOX = "kernels/advance.py", "kernels/crossing.py", "kernels/philox.py"
PROPOSE = "kernels/propose.py"
SOARING, ATOMIC, TABLES = "kernels/soaring.py", "kernels/atomic.py", "species/tables.py"
FIELDS = "species/fields.py"

LOOP = "def work() -> None:\n        # chunk after chunk, so that no thread waits for a slower one"
SCRATCH = "group = make_group(chunk, params.n_candidates)"

SABOTAGES = (
    Sabotage(
        "steps four per cent too long",
        PROPOSE,
        "away = scale[m] * length[m]",
        "away = 1.04 * scale[m] * length[m]",
        (
            f"{V}theory_ranging.py::test_variance_and_displacement",
            f"{V}theory_walk.py",
            f"{V}tables.py::test_a_dispersers_day_keeps_its_length",
        ),
    ),
    Sabotage(
        "steps ten per cent too long",
        PROPOSE,
        "away = scale[m] * length[m]",
        "away = 1.1 * scale[m] * length[m]",
        (
            f"{V}theory_ranging.py::test_share_inside_the_95_percent_circle",
            f"{V}tables.py::test_rest_rhythm_and_persistence_keep_the_range",
        ),
    ),
    Sabotage(
        "attraction twice as strong to the north",
        ADVANCE,
        "animals.centre_y[i] + pull * (animals.y",
        "animals.centre_y[i] + pull * pull * (animals.y",
        (
            f"{V}theory_ranging.py::test_variance_and_displacement",
            f"{V}theory_selection.py::test_selection_with_attraction_is_exact",
        ),
    ),
    Sabotage(
        "heading turned round after each step",
        ADVANCE,
        "hx = ux * shrink",
        "hx = -ux * shrink",
        (f"{V}theory_walk.py::test_mean_squared_displacement",),
    ),
    Sabotage(
        "heading not kept at unit length",
        ADVANCE,
        "shrink = 1.5 - 0.5 * (ux * ux + uy * uy)",
        "shrink = 1.0",
        (f"{V}theory_walk.py::test_mean_squared_displacement",),
    ),
    Sabotage(
        "choice by a candidate's own word",
        PROPOSE,
        "luck = group.words[n_candidates]",
        "luck = group.words[n_candidates - 1]",
        (
            f"{V}theory_selection.py::test_use_is_the_stationary_distribution",
            f"{V}theory_selection.py::test_selection_with_attraction_is_exact",
            f"{U}soaring.py::test_the_weight_of_a_flight",
        ),
    ),
    Sabotage(
        "last column out of bounds",
        PROPOSE,
        "(nx < width)",
        "(nx < width - 1)",
        (f"{V}theory_selection.py::test_use_is_the_stationary_distribution",),
    ),
    Sabotage(
        "natural deaths forgotten",
        ADVANCE,
        "own = params.hazard_class_step[klass]",
        "own = 0.0",
        (f"{V}theory_survival.py::test_survival_and_causes",),
    ),
    Sabotage(
        "natural deaths booked as hunting",
        ADVANCE,
        "* total - params.hazard_class[klass]",
        "* total",
        (f"{V}theory_survival.py::test_survival_and_causes",),
    ),
    Sabotage(
        "hazard of the cell to the west",
        ADVANCE,
        "fields.hazard_step[row, col]",
        "fields.hazard_step[row, max(col - 1, 0)]",
        (f"{V}theory_survival.py::test_hazard_of_the_cell",),
    ),
    Sabotage(
        "leaving a barrier is free",
        CROSSING,
        "        elif p > here:",
        "        elif p > here and here > 2.0:",
        (
            f"{V}theory_barriers.py::test_flux_is_symmetric",
            f"{U}crossing.py::test_right_through",
            f"{U}crossing.py::test_the_way_is_the_cells",
        ),
    ),
    Sabotage(
        "going east is a tenth harder",
        CROSSING,
        "    return probability, entered",
        "    return probability * (0.9 if dx > 0.0 and probability < 1.0 else 1.0), entered",
        (
            f"{V}theory_barriers.py::test_flux_is_symmetric",
            f"{V}theory_barriers.py::test_chance_of_one_encounter",
        ),
    ),
    Sabotage(
        "entering a barrier at full cost",
        CROSSING,
        "probability *= math.sqrt(p / here)",
        "probability *= p / here",
        (f"{V}theory_barriers.py::test_chance_of_one_encounter",),
    ),
    Sabotage(
        "the way slips through corners",
        CROSSING,
        "col != end_col and t_col < t_row",
        "col != end_col",
        (f"{U}crossing.py::test_the_way_is_the_cells",),
    ),
    Sabotage(
        "nearest barrier overlooked",
        ADVANCE,
        "reach >= fields.barrier_near",
        "reach > fields.barrier_near",
        (f"{V}theory_barriers.py::test_chance_of_one_encounter", f"{U}twin.py"),
    ),
    Sabotage(
        "roost probability turned round",
        ADVANCE,
        "* _TWO_M32 < params.roost_return",
        "* _TWO_M32 >= params.roost_return",
        (f"{V}theory_soaring.py::test_return_to_last", f"{V}theory_soaring.py::test_no_return"),
    ),
    Sabotage(
        "nearest roost of the cell next door",
        ADVANCE,
        "fields.nearest_roost[int(y), int(x)]",
        "fields.nearest_roost[int(y), max(int(x) - 1, 0)]",
        (f"{V}theory_soaring.py::test_no_return",),
    ),
    Sabotage(
        "lift weighs linearly",
        SOARING,
        "* quality * quality",
        "* quality",
        (f"{U}soaring.py::test_the_weight_of_a_flight",),
    ),
    Sabotage(
        "height flapped instead of way",
        SOARING,
        "flapped_m -= reserve_m * params.glide_ratio",
        "flapped_m -= reserve_m",
        (f"{U}soaring.py::test_without_lift", f"{U}soaring.py::test_a_climb_pays"),
    ),
    Sabotage(
        "reserve survives a glide",
        SOARING,
        "reserve_m -= part_m / params.glide_ratio",
        "reserve_m -= 0.5 * part_m / params.glide_ratio",
        (f"{U}soaring.py::test_a_climb_pays", f"{U}soaring.py::test_a_glide_that_ends"),
    ),
    Sabotage(
        "threads add without atomics",
        ATOMIC,
        'builder.atomic_rmw("add", pointer, args[2], "monotonic")',
        "builder.store(builder.add(builder.load(pointer), args[2]), pointer)",
        (f"{U}tallies.py::test_two_threads_hammering_one_cell",),
    ),
    Sabotage(
        "the interpreted count forgets",
        ATOMIC,
        "flat[index] += amount",
        "flat[index] = amount",
        (f"{U}determinism.py::test_the_compiler_changes_nothing",),
    ),
    Sabotage(
        "nine rounds instead of ten",
        PHILOX,
        "range(10)",
        "range(9)",
        (f"{U}philox.py::test_known_answers", f"{U}twin.py"),
    ),
    Sabotage(
        "stream and purpose share bits",
        PHILOX,
        "last = (np.uint64(stream) << _16) | np.uint64(purpose)\n    word",
        "last = np.uint64(stream) | np.uint64(purpose)\n    word",
        (f"{U}philox.py::test_keys_are_laid_out",),
    ),
    Sabotage(
        "replicates share their luck",
        PHILOX,
        "np.uint64(animals[i]), np.uint64(replicate), last",
        "np.uint64(animals[i]), np.uint64(0), last",
        (f"{U}philox.py::test_neighbouring_keys",),
    ),
    Sabotage(
        "luck keyed by row instead of animal",
        ADVANCE,
        "group.ident[n_movers] = np.uint64(animals.ident[i])",
        "group.ident[n_movers] = np.uint64(i)",
        (
            f"{U}determinism.py::test_order_of_animals",
            f"{U}determinism.py::test_absent_animals",
            f"{U}twin.py",
        ),
    ),
    Sabotage(
        "luck keyed by step of this call",
        ADVANCE,
        "n_movers, 0, n_blocks, step, clock)",
        "n_movers, 0, n_blocks, step - clock.first_step, clock)",
        (f"{U}determinism.py::test_a_run_split",),
    ),
    Sabotage(
        "chunks of 64 whatever is asked",
        ADVANCE,
        "min(n, first + chunk)",
        "min(n, first + min(chunk, 64))",
        (f"{U}determinism.py::test_chunks_change_nothing",),
    ),
    Sabotage(
        "moves within a core area counted",
        ADVANCE,
        "if zone > 0 and zone != animals.last_zone[i]:",
        "if zone > 0:",
        (f"{U}tallies.py::test_transits",),
    ),
    Sabotage(
        "lengths by mean instead of second moment",
        TABLES,
        "special.gammainc(shape + 2.0, edges)",
        "special.gammainc(shape + 1.0, edges)",
        (f"{V}tables.py::test_lengths_are_gamma",),
    ),
    Sabotage(
        "angles at the edges of their bins",
        TABLES,
        "(np.arange(n_bins) + 0.5) / n_bins",
        "np.arange(n_bins) / n_bins",
        (f"{V}tables.py::test_turns_are_von_mises",),
    ),
    Sabotage(
        "persistence not corrected for",
        TABLES,
        "factor = sigma_m * np.sqrt(2.0 * len(rates) / total)",
        "factor = sigma_m * np.sqrt(2.0)",
        (f"{V}tables.py::test_rest_rhythm",),
    ),
    Sabotage(
        "a resting disperser is not sped up",
        TABLES,
        "rates * len(rates) / moving",
        "rates * len(rates)",
        (f"{V}tables.py::test_a_dispersers_day",),
    ),
    Sabotage(
        "scratch space shared between threads",
        ADVANCE,
        f"    {LOOP}\n        {SCRATCH}",
        f"    {SCRATCH}\n    {LOOP}",
        (f"{U}determinism.py::test_threads_change_nothing",),
    ),
    Sabotage(
        "the dead walk on and are counted",
        ADVANCE,
        "                break",
        "                pass",
        (f"{U}tallies.py::test_visits_are_the_steps_lived",),
    ),
    Sabotage(
        "half of the lengths never drawn",
        PROPOSE,
        "(word & _LOW16)",
        "(word & (_LOW16 >> np.uint64(1)))",
        (f"{V}tables.py::test_the_kernel_draws_every_bin",),
    ),
    Sabotage(
        "a bit of each uniform lost",
        PHILOX,
        "lo >> np.uint64(11)",
        "lo >> np.uint64(12)",
        (f"{U}philox.py::test_uniforms_use_53_bits",),
    ),
    Sabotage(
        "every day begins at midnight",
        TABLES,
        "(day_start_h + np.arange(",
        "(np.arange(",
        (f"{V}tables.py::test_rates_share_out",),
    ),
    Sabotage(
        "selection half as strong",
        PROPOSE,
        "float(weights[np.uint64(cells[m])])",
        "float(np.sqrt(weights[np.uint64(cells[m])]))",
        (
            f"{V}theory_candidates.py::test_one_step_is_the_exact_choice",
            f"{V}theory_recovery.py::test_confidence_intervals",
            f"{V}theory_recovery.py::test_few_candidates",
        ),
    ),
    Sabotage(
        "every second candidate a copy",
        PROPOSE,
        "words = group.words[k]",
        "words = group.words[k // 2 * 2]",
        (
            f"{V}theory_candidates.py::test_one_step_is_the_exact_choice",
            f"{V}theory_candidates.py::test_long_run_use",
            f"{V}theory_recovery.py::test_few_candidates",
        ),
    ),
    Sabotage(
        "choice in proportion to weight",
        PROPOSE,
        "weight[m] / (others if others > least else least)",
        "weight[m]",
        (
            f"{V}theory_candidates.py::test_one_step_is_the_exact_choice",
            f"{V}theory_candidates.py::test_long_run_use_is_stationary",
            f"{V}theory_selection.py::test_use_is_the_stationary_distribution",
            f"{V}theory_recovery.py::test_few_candidates",
            f"{U}choice.py::test_chances_are_the_odds",
            f"{U}twin.py",
        ),
    ),
    Sabotage(
        "the others never less than a quarter of the total",
        PROPOSE,
        "least = total[m] * _TWO_M32",
        "least = total[m] * 0.25",
        (
            f"{U}choice.py::test_chances_are_the_odds",
            f"{U}twin.py",
        ),
    ),
    Sabotage(
        "the others may be nothing",
        PROPOSE,
        "(others if others > least else least)",
        "others",
        (f"{U}choice.py::test_what_stands_alone",),
    ),
    Sabotage(
        "the season of the run's first day for ever",
        ADVANCE,
        "clock.season_of_day[day % clock.season_of_day.size]",
        "clock.season_of_day[clock.first_step // per_day % clock.season_of_day.size]",
        (f"{V}theory_rhythms.py::test_each_day_has",),
    ),
    Sabotage(
        "seasons the wrong way round",
        FIELDS,
        "((shift, -shift) if shift",
        "((-shift, shift) if shift",
        (f"{V}theory_rhythms.py::test_a_seasonal_shift",),
    ),
    Sabotage(
        "every run begins in January",
        "engine/simulation.py",
        "np.roll(of_year, -self.start_day)",
        "of_year",
        (f"{V}theory_rhythms.py::test_the_first_half",),
    ),
    Sabotage(
        "the day runs backwards",
        ADVANCE,
        "s = step - day * per_day",
        "s = per_day - 1 - (step - day * per_day)",
        (
            f"{V}theory_rhythms.py::test_each_hour_moves",
            f"{V}theory_rhythms.py::test_each_hour_draws",
            f"{V}condor_days.py::test_foraging_flights",
        ),
    ),
    Sabotage(
        "thermals twice as hard to climb",
        SOARING,
        "if lift >= params.sink_ms:",
        "if lift >= 2.0 * params.sink_ms:",
        (f"{V}condor_days.py::test_flapping_share", f"{V}condor_days.py::test_the_outcome"),
    ),
    Sabotage(
        "flights twice as long",
        PROPOSE,
        "away = scale[m] * length[m]",
        "away = 2.0 * scale[m] * length[m]",
        (f"{V}condor_days.py::test_no_day_is_longer",),
    ),
)


def unnoticed(sabotage: Sabotage, folder: Path, cache: Path) -> list[str]:
    """Return the tests that should have failed and did not, or why the sabotage does not apply."""
    source = folder / "src" / "corridor_sim"
    shutil.copytree(PACKAGE, source, ignore=shutil.ignore_patterns("__pycache__"))
    target = source / sabotage.file
    text = target.read_text(encoding="utf-8")
    if sabotage.old not in text:
        return [f"{sabotage.file} has no {sabotage.old!r}"]
    target.write_text(text.replace(sabotage.old, sabotage.new), encoding="utf-8")
    environment = {
        **os.environ,
        "PYTHONPATH": str(folder / "src"),
        "NUMBA_CACHE_DIR": str(cache),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    files = sorted({test.split("::")[0] for test in sabotage.tests})
    names = " or ".join(test.split("::")[-1].split("/")[-1] for test in sabotage.tests)
    options = ["-q", "-m", "", "-k", names, "-p", "no:cacheprovider"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *files],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return [test for test in sabotage.tests if not any(test in line for line in failed)]


def main(sabotages: Sequence[Sabotage]) -> int:
    """Break the code in each way whose name holds the word given; 1 if a test did not notice."""
    word = sys.argv[1] if len(sys.argv) > 1 else ""
    chosen = [s for s in sabotages if word in s.what]
    missed = 0
    with tempfile.TemporaryDirectory() as cache:
        for sabotage in chosen:
            with tempfile.TemporaryDirectory() as folder:
                quiet = unnoticed(sabotage, Path(folder), Path(cache))
            missed += bool(quiet)
            print(f"{'UNNOTICED' if quiet else 'noticed'}: {sabotage.what}", *quiet, sep="\n    ")
            sys.stdout.flush()
    print(f"{len(chosen) - missed} of {len(chosen)} sabotages noticed by every test named")
    return int(missed > 0)


if __name__ == "__main__":
    raise SystemExit(main(SABOTAGES))
