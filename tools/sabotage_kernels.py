"""Break the movement kernel on purpose, one line at a time, and see that the tests notice.

Usage: ``python tools/sabotage_kernels.py [word]``, see ``sabotage.py``. Those of
``sabotage_draws.py`` are run with them.
"""

from __future__ import annotations

import sabotage_draws
from sabotage import Sabotage, U, V, main

ADVANCE, CROSSING, PHILOX = "kernels/advance.py", "kernels/crossing.py", "kernels/philox.py"
PROPOSE, SOARING, ATOMIC = "kernels/propose.py", "kernels/soaring.py", "kernels/atomic.py"

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
        "a bit of each uniform lost",
        PHILOX,
        "lo >> np.uint64(11)",
        "lo >> np.uint64(12)",
        (f"{U}philox.py::test_uniforms_use_53_bits",),
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


if __name__ == "__main__":
    raise SystemExit(main((*SABOTAGES, *sabotage_draws.SABOTAGES)))
