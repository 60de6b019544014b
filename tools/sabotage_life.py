"""Break the life cycle on purpose, one line at a time, and see that the tests notice.

Usage: ``python tools/sabotage_life.py [word]``; see ``sabotage.py``.
"""

from __future__ import annotations

from sabotage import Sabotage, main

V, U = "tests/verification/test_life_", "tests/unit/test_life_"
PLACES_TEST = "tests/unit/test_kernels_places.py"
LIFE = "engine/life/"
BIRTHS, LUCK, POPULATION = f"{LIFE}births.py", f"{LIFE}luck.py", f"{LIFE}population.py"
SETTLING, FOUNDERS, MOVES = f"{LIFE}settling.py", f"{LIFE}founders.py", f"{LIFE}year_of_moves.py"
BOOK, HERD = f"{LIFE}pedigree_book.py", f"{LIFE}herd.py"
RATES, PLACES, MATES = "species/demography.py", "kernels/places.py", "kernels/mates.py"

SABOTAGES = (
    Sabotage(
        "births before the birthday",
        POPULATION,
        "        self.herd.age += 1\n        young = births.give_birth(self, ground, self._events)",
        "        young = births.give_birth(self, ground, self._events)\n        self.herd.age += 1",
        (f"{V}growth.py::test_growth_rate_is_the_dominant_eigenvalue",),
    ),
    Sabotage(
        "survival of the age to come",
        POPULATION,
        "shifted(self.rates.survival, shift)[herd.age]",
        "shifted(np.append(self.rates.survival, 0)[1:], shift)[herd.age]",
        (
            f"{V}growth.py::test_numbers_grow_as_the_matrix_says",
            f"{V}growth.py::test_ages_become_the_eigenvector",
        ),
    ),
    Sabotage(
        "three per cent more births",
        BIRTHS,
        "p = np.full(females.size, rates.birth_probability)",
        "p = np.full(females.size, 1.03 * rates.birth_probability)",
        (f"{V}growth.py::test_numbers_grow_as_the_matrix_says",),
    ),
    Sabotage(
        "sexes turned round",
        FOUNDERS,
        "males = np.full(len(herd), 1.0 - life.female_at_birth.value)",
        "males = np.full(len(herd), life.female_at_birth.value)",
        (f"{V}growth.py::test_sexes_follow_births",),
    ),
    Sabotage(
        "growth rate from the wrong row",
        RATES,
        "matrix[0, :-1] = rates.survival[:-1] * rates.gives_birth[1:] * daughters",
        "matrix[0, :-1] = rates.survival[:-1] * rates.gives_birth[:-1] * daughters",
        (f"{V}growth.py::test_leslie_matrix_of_the_species",),
    ),
    Sabotage(
        "capacity where births are one per cent more",
        RATES,
        "birth_probability_at_capacity=b / max(r0, 1.0),",
        "birth_probability_at_capacity=1.01 * b / max(r0, 1.0),",
        (
            f"{V}growth.py::test_leslie_matrix_of_the_species",
            f"{V}capacity.py::test_births_at_capacity_balance_deaths",
        ),
    ),
    Sabotage(
        "the young count against capacity",
        SETTLING,
        "alone = herd.stage != JUVENILE",
        "alone = herd.stage >= 0",
        (f"{V}capacity.py::test_numbers_settle_at_capacity",),
    ),
    Sabotage(
        "only residents' neighbours of one sex crowd",
        SETTLING,
        "alone = herd.stage != JUVENILE",
        "alone = (herd.stage != JUVENILE) & ~herd.male",
        (
            f"{V}capacity.py::test_chance_around_capacity",
            f"{V}extinction.py::test_extinction_times_and_numbers",
        ),
    ),
    Sabotage(
        "mates from twice as far",
        SETTLING,
        "    reach = ground.life.mating_reach_m.value / ground.cell_m\n    side",
        "    reach = 12 * ground.life.mating_reach_m.value / ground.cell_m\n    side",
        (f"{V}extinction.py::test_a_patch_without_males_has_no_young",),
    ),
    Sabotage(
        "luck of the year before",
        POPULATION,
        "YEARLY, self.year, slice(1))",
        "YEARLY, 0, slice(1))",
        (f"{V}extinction.py::test_extinction_times_and_numbers",),
    ),
    Sabotage(
        "individual chance stays on",
        LUCK,
        "        if self.demographic:\n            return u < p",
        "        if True:\n            return u < p",
        (
            f"{V}chance.py::test_without_any_chance_replicates_differ_by_rounding",
            f"{V}chance.py::test_chance_of_years_alone_follows_the_weather",
            f"{U}luck.py::test_without_individual_chance_expected_numbers_are_met",
        ),
    ),
    Sabotage(
        "every mother has the same luck",
        BIRTHS,
        "bears = luck.happens(p, u[:, 1],",
        "bears = luck.happens(p, u[:1, 1].repeat(len(u)),",
        (f"{V}chance.py::test_individual_chance_has_the_variance_of_a_branching_process",),
    ),
    Sabotage(
        "weather of half the spread",
        LUCK,
        "return float(z[0] * self.environmental_sd)",
        "return float(z[0] * self.environmental_sd / 2)",
        (f"{V}chance.py::test_weather_is_normal_and_its_two_parts_independent",),
    ),
    Sabotage(
        "births take the weather of survival",
        BIRTHS,
        "luck.weather(year)[1]",
        "luck.weather(year)[0]",
        (f"{V}chance.py::test_chance_of_years_alone_follows_the_weather",),
    ),
    Sabotage(
        "weather only with individual chance",
        LUCK,
        "if self.environmental_sd == 0:",
        "if self.environmental_sd == 0 or not self.demographic:",
        (
            f"{V}chance.py::test_chance_of_years_alone_follows_the_weather",
            f"{U}luck.py::test_the_two_chances_know_nothing_of_each_other",
        ),
    ),
    Sabotage(
        "sampling always starts at a half",
        LUCK,
        "count = np.floor(np.cumsum(p[order]) + start)",
        "count = np.floor(np.cumsum(p[order]) + 0.5 + 0 * start)",
        (f"{U}luck.py::test_each_has_its_probability",),
    ),
    Sabotage(
        "places looked at crowd the middle",
        SETTLING,
        "far = life.perception_m.value / cell_m * np.sqrt(u[:, 1 : 1 + PLACES])",
        "far = life.perception_m.value / cell_m * u[:, 1 : 1 + PLACES]",
        (f"{V}patches.py::test_occupancy",),
    ),
    Sabotage(
        "full patches take one more",
        PLACES,
        "good = window * (1.0 - crowding_at(px, py, crowd))",
        "good = window * (1.5 - crowding_at(px, py, crowd))",
        (f"{PLACES_TEST}::test_settling_equals_its_twin", f"{V}patches.py::test_occupancy"),
    ),
    Sabotage(
        "whoever settles is not counted",
        PLACES,
        "            ] += 1",
        "            ] += 0",
        (f"{PLACES_TEST}::test_settling_equals_its_twin", f"{V}patches.py::test_occupancy"),
    ),
    Sabotage(
        "ready on the occasion after",
        MOVES,
        "herd.searched_d[rows] >= herd.wander_d[rows]",
        "herd.searched_d[rows] >= herd.wander_d[rows] + 10",
        (f"{V}front.py::test_every_exponential_moment_grows_as_it_must",),
    ),
    Sabotage(
        "wandering of fixed length",
        FOUNDERS,
        "-np.log1p(-u[:, 3]) * duration[sex]",
        "duration[sex]",
        (f"{V}front.py::test_every_exponential_moment_grows_as_it_must",),
    ),
    Sabotage(
        "home where the search began",
        SETTLING,
        "herd.centre_x[rows], herd.centre_y[rows] = chosen[found].T",
        "herd.centre_y[rows] = chosen[found, 1]",
        (
            f"{V}front.py::test_every_exponential_moment_grows_as_it_must",
            f"{V}front.py::test_a_range_advances_at_the_speed_of_its_front",
        ),
    ),
    Sabotage(
        "a copy shares its herd",
        POPULATION,
        "other.herd, other.book = self.herd.copy(), self.book.copy()",
        "other.book = self.book.copy()",
        (f"{U}population.py::test_a_copy_goes_on_as_the_unbroken_run",),
    ),
    Sabotage(
        "mates drawn by row",
        SETTLING,
        'order = np.argsort(herd.key[males], kind="stable")',
        "order = np.arange(males.size)",
        (f"{U}population.py::test_the_order_of_the_herd_has_no_say",),
    ),
    Sabotage(
        "settling in the order of rows",
        SETTLING,
        'order = np.argsort(u[:, 0], kind="stable")',
        "order = np.arange(ready.size)",
        (f"{U}population.py::test_the_order_of_the_herd_has_no_say",),
    ),
    Sabotage(
        "first male in reach",
        MATES,
        "pick = min(int(luck[i] * n), n - 1)",
        "pick = 0",
        (
            f"{PLACES_TEST}::test_mates_are_drawn_evenly",
            f"{PLACES_TEST}::test_mates_equal_their_twin",
        ),
    ),
    Sabotage(
        "males of the corners as well",
        MATES,
        "dy * dy <= reach * reach:\n                    chosen[i] = j",
        "dy * dy <= 4 * reach * reach:\n                    chosen[i] = j",
        (
            f"{PLACES_TEST}::test_mates_are_drawn_evenly",
            f"{PLACES_TEST}::test_mates_equal_their_twin",
        ),
    ),
    Sabotage(
        "blocks beyond the edge counted as the last",
        PLACES,
        "        if 0 <= r < rows and 0 <= c < cols:\n            n += crowd.number[r, c]",
        "        n += crowd.number[min(max(r, 0), rows - 1), min(max(c, 0), cols - 1)]",
        (f"{PLACES_TEST}::test_crowding_equals_its_twin",),
    ),
    Sabotage(
        "orphans of natural deaths",
        POPULATION,
        "orphans = births.orphans(herd, dead & (cause != NATURAL), ground.life)",
        "orphans = births.orphans(herd, dead & (cause == NATURAL), ground.life)",
        (f"{U}population.py::test_orphans_die_of_their_mothers_death_by_people",),
    ),
    Sabotage(
        "all leave a home that is slightly worse",
        POPULATION,
        "lost = home[herd.hold[home] * herd.quality[home] >= now]",
        "lost = home[herd.quality[home] > now]",
        (f"{U}population.py::test_residents_lose_their_homes_as_quality_falls",),
    ),
    Sabotage(
        "the dead stay in the pedigree as the living",
        BOOK,
        "            died[rows] = year",
        "            died[rows] = np.nan",
        (f"{U}population.py::test_the_pedigree_is_possible",),
    ),
)


if __name__ == "__main__":
    raise SystemExit(main(SABOTAGES))
