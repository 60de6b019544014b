"""Break what steps are drawn from on purpose: tables, choice among candidates, day and season.

Usage: ``python tools/sabotage_draws.py [word]``, see ``sabotage.py``.
"""

from __future__ import annotations

from sabotage import Sabotage, U, V, main

ADVANCE, PROPOSE = "kernels/advance.py", "kernels/propose.py"
TABLES, FIELDS = "species/tables.py", "species/fields.py"

SABOTAGES = (
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
        "half of the lengths never drawn",
        PROPOSE,
        "(word & _LOW16)",
        "(word & (_LOW16 >> np.uint64(1)))",
        (f"{V}tables.py::test_the_kernel_draws_every_bin",),
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
        (f"{U}choice.py::test_chances_are_the_odds", f"{U}twin.py"),
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
        "simulation/days/simulation.py",
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
)


if __name__ == "__main__":
    raise SystemExit(main(SABOTAGES))
