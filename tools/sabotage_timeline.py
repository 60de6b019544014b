"""Break the changing landscape on purpose, one line at a time, and see that the tests notice.

Usage: ``python tools/sabotage_timeline.py [word]``, see ``sabotage.py``.
"""

from __future__ import annotations

from sabotage import Sabotage, main

ROOM = "landscape/timeline/"
FRONTS, SURFACE = f"{ROOM}fronts.py", f"{ROOM}surface.py"
LINE, RULES = f"{ROOM}timeline.py", f"{ROOM}rules.py"
DERIVE, WORKS, LAG = "landscape/derive.py", "landscape/edits/works.py", f"{ROOM}lag.py"
T = "tests/unit/test_timeline_"
P = "tests/properties/test_timeline_properties.py"
W = "tests/unit/test_edits_works.py"
H = "tests/unit/test_hindcast.py"

SABOTAGES = (
    Sabotage(
        "fronts forget how long they have pushed",
        FRONTS,
        "left[k + 1, cell] = max(left[k + 1, cell] - spent, 0.0)",
        "pass",
        (f"{T}clearing.py::test_clearing_over_years", f"{T}clearing.py::test_how_often"),
    ),
    Sabotage(
        "starts forget how long they have waited",
        FRONTS,
        "left[0, cell] = max(left[0, cell] - rate[cell] * last, 0.0)",
        "pass",
        (f"{T}clearing.py::test_clearing_over_years", f"{T}clearing.py::test_how_often"),
    ),
    Sabotage(
        "fields cleared in the run push no further",
        FRONTS,
        "if 0 <= r < height and 0 <= c < width and pushes[r * width + c]:",
        "if False:",
        (f"{T}clearing.py::test_clearing_over_years",),
    ),
    Sabotage(
        "a front walks the wrong way round",
        FRONTS,
        "r, c = row - offsets[k, 0], col - offsets[k, 1]",
        "r, c = row + offsets[k, 0], col + offsets[k, 1]",
        (f"{T}clearing.py::test_clearing_over_years",),
    ),
    Sabotage(
        "forest that grows again keeps its old luck",
        FRONTS,
        "self._generation[cells] += np.uint8(1)",
        "return",
        (f"{T}clearing.py::test_forest_that_has_grown_again",),
    ),
    Sabotage(
        "strict protection is not strict",
        FRONTS,
        'forest &= land["protection"] == 0',
        "pass",
        (f"{T}clearing.py::test_strict_protection",),
    ),
    Sabotage(
        "rates are never taken anew",
        FRONTS,
        "if len(self._rates_of) == len(rests_on) and all(",
        "if len(self._rates_of) == len(rests_on) or all(",
        (f"{T}edits.py::test_a_reserve_slows", f"{T}edits.py::test_a_road_speeds_up"),
    ),
    Sabotage(
        "a road adds nothing to the pressure",
        LINE,
        "pressure = self._undated.pressure",
        "pressure = None",
        (f"{T}edits.py::test_a_road_speeds_up", f"{T}edits.py::test_under_the_same_pressure"),
    ),
    Sabotage(
        "fractions of a cell are thrown away",
        SURFACE,
        "self._owed -= n",
        "self._owed = 0.0",
        (
            f"{T}clearing.py::test_clearing_keeps_the_stated_rate",
            f"{P}::test_what_fell_stays_fallen",
        ),
    ),
    Sabotage(
        "the rate of the year after",
        SURFACE,
        "self.rules.clearing.rate_in(now) * forest",
        "self.rules.clearing.rate_in(now + 1) * forest",
        (f"{T}clearing.py::test_rates_hold_from_their_year",),
    ),
    Sabotage(
        "the rate of the forest of the last update",
        SURFACE,
        "== now + 1)).sum()) - n",
        "== now + 1)).sum())",
        (f"{T}clearing.py::test_clearing_keeps_the_stated_rate",),
    ),
    Sabotage(
        "farmland climbs with the zones",
        SURFACE,
        "free = ~self._used",
        "free = np.ones(cover.size, bool)",
        (f"{T}warming.py::test_farmed_ground_does_not_climb",),
    ),
    Sabotage(
        "ecotones climb from the reference period",
        SURFACE,
        "climate.ecotone_m_per_year * (year - self.start_year)",
        "climate.ecotone_m_per_year * (year - 2005)",
        (f"{T}warming.py::test_the_zones_climb_slowly",),
    ),
    Sabotage(
        "secondary forest above the treeline",
        SURFACE,
        "wooded = np.isin(self._natural[due], FOREST_CODES)",
        "wooded = np.ones(due.size, bool)",
        (f"{T}clearing.py::test_paramo_comes_back",),
    ),
    Sabotage(
        "every cell returns to the zone of its height",
        SURFACE,
        "self._natural[~kept | (cover == SECONDARY)] = zone[~kept | (cover == SECONDARY)]",
        "self._natural = zone.copy()",
        (f"{T}clearing.py::test_a_cell_cleared_in_the_run",),
    ),
    Sabotage(
        "pasture is kept a year too long",
        SURFACE,
        "self._give_up(cells, year + kept_y)",
        "self._give_up(cells, year + kept_y + 1)",
        (f"{T}clearing.py::test_pasture_is_given_up",),
    ),
    Sabotage(
        "restoration at once",
        SURFACE,
        "if isinstance(edit, Restore):",
        "if False:",
        (f"{T}edits.py::test_restoration_takes",),
    ),
    Sabotage(
        "core areas counted as they open",
        SURFACE,
        "cores = [e for e in later if isinstance(e, Protect) and e.core]",
        "cores = []",
        (f"{T}edits.py::test_a_core_area_holds",),
    ),
    Sabotage(
        "warming counted from the reference period",
        RULES,
        "since = self._over_reference(year) - self._over_reference(base)",
        "since = self._over_reference(year)",
        (f"{T}warming.py::test_the_air_warms",),
    ),
    Sabotage(
        "model spread forgotten",
        RULES,
        "return (1.0 + self.model_spread) * since",
        "return since",
        (f"{T}warming.py::test_the_air_warms",),
    ),
    Sabotage(
        "a landscape of the year before",
        LINE,
        "return self.update_years[i - 1] if i else self.start_year",
        "return self.update_years[i - 2] if i > 1 else self.start_year",
        (f"{T}warming.py::test_the_air_warms", f"{T}clearing.py::test_clearing_keeps"),
    ),
    Sabotage(
        "thermals of the land cover before",
        DERIVE,
        'out["lift_thermal_ms"] = _thermal(grid, layers)',
        "pass",
        (f"{P}::test_what_is_recomputed", f"{P}::test_deriving_after_any"),
    ),
    Sabotage(
        "access of the roads before",
        DERIVE,
        "if any(out[name] is not before[name] for name in nearer):",
        "if all(out[name] is not before[name] for name in nearer):",
        (f"{P}::test_what_is_recomputed", f"{P}::test_deriving_after_any"),
    ),
    Sabotage(
        "protection of the core areas before",
        DERIVE,
        'if changed("protected") or changed("protection"):',
        'if changed("protection"):',
        (f"{P}::test_deriving_after_any",),
    ),
    Sabotage(
        "distances are measured every time",
        DERIVE,
        'if changed("road"):',
        "if True:",
        (f"{T}clearing.py::test_warming_and_clearing_measure",),
    ),
    Sabotage(
        "the climate of a zone stands still",
        LAG,
        '(SEA_LEVEL_C - land["temperature_c"].astype(np.float64)) / LAPSE_C_PER_M',
        'land["elevation_m"].astype(np.float64) + 0.0 * LAPSE_C_PER_M',
        (f"{T}warming.py::test_the_zones_climb_slowly",),
    ),
    Sabotage(
        "a reservoir below its dam",
        WORKS,
        "if receiver[cell] >= 0 and above[receiver[cell]]:",
        "if True:",
        (f"{W}::test_a_reservoir",),
    ),
    Sabotage(
        "access roads straight over the mountain",
        WORKS,
        'cost = 1.0 + land["slope_deg"].astype(np.float64) / SLOPE_DOUBLING_DEG',
        "cost = np.ones(land.grid.shape)",
        (f"{W}::test_the_access_road_goes_round",),
    ),
    Sabotage(
        "the later rate holds from the start",
        f"{ROOM}hindcast.py",
        "PAST_RATES = ((1976, 0.0075), (1989, 0.0286))",
        "PAST_RATES = ((1976, 0.0286),)",
        (f"{H}::test_southern_ecuador",),
    ),
    Sabotage(
        "clearing falls anywhere",
        FRONTS,
        "best = left[0, cell] / rate[cell]",
        "best = left[0, cell]",
        (f"{H}::test_clearing_falls_where", f"{T}clearing.py::test_clearing_over_years"),
    ),
)


if __name__ == "__main__":
    raise SystemExit(main(SABOTAGES))
