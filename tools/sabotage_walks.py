"""Break the walks from cell to cell on purpose, one line at a time, and see that the tests notice.

Usage: ``python tools/sabotage_walks.py [word]``, see ``sabotage.py``.
"""

from __future__ import annotations

from sabotage import Sabotage, U, V, main

WALK, INPUTS = "kernels/random_walk.py", "kernels/random_walk_inputs.py"
COST, SMS = "kernels/effective_cost.py", "kernels/sms.py"
GROUP, SMS_INPUTS = "kernels/sms_group.py", "kernels/sms_inputs.py"
RW, RWU = f"{V}theory_random_walk.py", f"{U}random_walk.py"
SM, SMU = f"{V}theory_sms.py", f"{U}sms.py"
BA, SB = f"{V}theory_walk_barriers.py", f"{V}same_bits.py"
CELLS, ENGINE = "kernels/cellwalk.py", "movement/cell_walk.py"

SABOTAGES = (
    Sabotage(
        "diagonals as short as sides",
        INPUTS,
        "edge / _ROOT2 if (k * stride) % 2 == 1 else edge",
        "edge",
        (f"{RW}::test_escape_probability", f"{RW}::test_visits_are", f"{RWU}::test_shares_of"),
    ),
    Sabotage(
        "mean resistance taken for mean conductance",
        INPUTS,
        'average == "resistance"',
        'average != "resistance"',
        (f"{RW}::test_commute_time", f"{RW}::test_net_flow", f"{RW}::test_the_stationary"),
    ),
    Sabotage(
        "walkers drawn to the north",
        WALK,
        "w = np.uint32(draw[m] >> _1)",
        "w = np.uint32((draw[m] >> _1) * np.uint64(31) // np.uint64(32))",
        (f"{RW}::test_net_flow", f"{RW}::test_visits_are", f"{RW}::test_the_stationary"),
    ),
    Sabotage(
        "half of the deaths forgotten",
        INPUTS,
        "np.floor(p2.reshape(-1) * FULL + 0.5)",
        "np.floor(p2.reshape(-1) * FULL / 2 + 0.5)",
        (f"{RW}::test_survival", f"{SM}::test_survival"),
    ),
    Sabotage(
        "arrival one step late",
        WALK,
        "walkers.end_step[i] = step - 1",
        "walkers.end_step[i] = step",
        (f"{RW}::test_commute_time", f"{RWU}::test_equal_to_the_twin"),
    ),
    Sabotage(
        "luck of the pair's first step twice",
        WALK,
        "draw = group.words[2 * (step & 1)]",
        "draw = group.words[0]",
        (f"{RW}::test_commute_time", f"{RWU}::test_equal_to_the_twin"),
    ),
    Sabotage(
        "words stay behind when walkers end",
        WALK,
        "group.words[w, kept] = group.words[w, m]",
        "pass",
        (f"{RWU}::test_threads_chunks", f"{RWU}::test_equal_to_the_twin"),
    ),
    Sabotage(
        "costs of the cell instead of its neighbours",
        COST,
        "values[np.uint64(col) + shift]",
        "values[np.uint64(col + n)]",
        (f"{SM}::test_without_persistence", f"{U}effective_cost.py::test_range_one"),
    ),
    Sabotage(
        "no way is longer",
        COST,
        "longer = _ROOT2 if k % 2 == 1 else 1.0",
        "longer = 1.0",
        (f"{SM}::test_without_persistence", f"{SM}::test_displacement"),
    ),
    Sabotage(
        "persistence to the eighth to the left",
        SMS,
        "f = persistence[1 if group.level[m] > 0 else 0, heading]",
        "f = persistence[1 if group.level[m] > 0 else 0, max(heading - 1, 0)]",
        (f"{SM}::test_displacement",),
    ),
    Sabotage(
        "persistence forgotten",
        SMS_INPUTS,
        "base = np.array([persistence, TENFOLD * persistence])",
        "base = np.array([1.0, TENFOLD * persistence])",
        (f"{SM}::test_displacement", f"{SM}::test_straightness"),
    ),
    Sabotage(
        "goal bias that never fades",
        SMS,
        "b = params.bias[min(group.steps[m], last_bias)]",
        "b = params.bias[0]",
        (f"{SM}::test_goal_bias", f"{SMU}::test_equal_to_the_twin"),
    ),
    Sabotage(
        "towards the natal cell",
        SMS,
        "octant(x - group.start_x[m], y - group.start_y[m])",
        "octant(group.start_x[m] - x, group.start_y[m] - y)",
        (f"{SM}::test_goal_bias",),
    ),
    Sabotage(
        "asked again at every step of a visit",
        SMS,
        "            walkers.refused[i] = 1",
        "            walkers.refused[i] = 0",
        (f"{SMU}::test_equal_to_the_twin",),
    ),
    Sabotage(
        "memory one step short",
        SMS,
        "drop = np.uint64(4 * (params.memory - 1))",
        "drop = np.uint64(4 * max(params.memory - 2, 0))",
        (f"{SMU}::test_equal_to_the_twin",),
    ),
    Sabotage(
        "barrier passed by the square of its permeability",
        CELLS,
        "across = float(word) * TWO_M32 * p < q",
        "across = float(word) * TWO_M32 * p < q * q",
        (f"{BA}::test_an_encounter", f"{BA}::test_use_of", f"{SMU}::test_equal_to_the_twin"),
    ),
    Sabotage(
        "barriers met on leaving too",
        CELLS,
        "    if q >= p:\n        return True\n",
        "    if q == p:\n        return True\n    p, q = max(p, q), min(p, q)\n",
        (f"{BA}::test_use_of", f"{RWU}::test_equal_to_the_twin"),
    ),
    Sabotage(
        "barriers beside a cell overlooked",
        CELLS,
        "    meets = lowest < p\n",
        "    meets = p < 1.0\n",
        (f"{BA}::test_an_encounter", f"{RWU}::test_equal_to_the_twin"),
    ),
    Sabotage(
        "a walker turned back goes on as it went",
        SMS,
        "        group.shift[m] = NO_SHIFT\n",
        "",
        (f"{SMU}::test_equal_to_the_twin",),
    ),
    Sabotage(
        "steps forgotten between two calls",
        ENGINE,
        "getattr(fresh, name)[new] = getattr(self.walkers, name)[old]",
        "getattr(fresh, name)[new] = getattr(self.walkers, name)[old] if name != 'steps' else 0",
        (f"{SB}::test_nothing_but",),
    ),
)


if __name__ == "__main__":
    raise SystemExit(main(SABOTAGES))
