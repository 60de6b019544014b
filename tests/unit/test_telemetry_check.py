"""Copies of collared animals, what is measured of both, and what is said of the difference."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from corridor_sim import Landscape, Species, load_species
from corridor_sim.kernels.states import DISPERSER
from corridor_sim.telemetry.check import check_tracks, compared, ecdf_of
from corridor_sim.telemetry.check_words import sentences_of
from corridor_sim.telemetry.hold_out import hold_out
from corridor_sim.telemetry.measures import hour_bins, values_of
from corridor_sim.telemetry.samples import (
    Sample,
    samples_of,
    slots_of,
    square_displacements,
    steps_of,
)
from corridor_sim.telemetry.simulated import simulate, simulate_like
from corridor_sim.telemetry.steps import fit_steps
from corridor_sim.telemetry.tracks import Tracks
from corridor_sim.telemetry.use import use_of, use_table

SHAPE, SCALE_M, KAPPA, SIGMA_M = 0.8, 300.0, -0.2, 1500.0


def ranging(**changes: float) -> Species:
    """A resident of known steps and range, the same of both sexes, active at all hours."""
    data = load_species("jaguar").model_dump(mode="json", exclude_none=True)
    move = data["movement"]
    move.pop("step_h", None)
    move |= {"step_min": 180, "steps_per_day": 8, "day_start_h": 0, "activity": [1.0] * 24}
    move["rest_probability"] |= {"value": 0.0, "low": 0.0}
    numbers = {
        "home_range_km2": 5.991 * math.pi * SIGMA_M**2 / 1e6,
        "tau_d": 5.0,
        "step_shape": SHAPE,
        "step_scale_m": SCALE_M,
        "turning_kappa": KAPPA,
    }
    for sex in ("female", "male"):
        move[sex]["resident"] = {
            name: {"value": v, "low": v, "high": v, "source": "made up", "confidence": 4}
            for name, v in (numbers | changes).items()
        }
    return Species.model_validate(data)


def tracks(n: int = 200, animals: int = 1, every_h: float = 3.0, seed: int = 1) -> Tracks:
    """Places drawn at random at regular times, with a gap of two days after a third of them."""
    rng = np.random.default_rng(seed)
    tables = []
    for i in range(animals):
        hours = np.arange(n) * every_h + np.where(np.arange(n) >= n // 3, 48.0, 0.0)
        jitter = rng.uniform(-4, 4, n)
        times = pd.Timestamp("2021-05-03 02:00") + pd.to_timedelta(hours * 60 + jitter, unit="min")
        xy = np.array([5e5 + 9000 * i, 8e6]) + rng.normal(0, SIGMA_M, (n, 2))
        columns = {"animal": f"a{i}", "time": times, "x_m": xy[:, 0], "y_m": xy[:, 1]}
        burst = 2 * i + (np.arange(n) >= n // 3)
        tables.append(pd.DataFrame(columns | {"burst": burst.astype(np.int64)}))
    return Tracks(pd.concat(tables, ignore_index=True), "EPSG:32721", "UTC-04:00")


@pytest.fixture(scope="module")
def resident() -> Species:
    return ranging()


def test_slots_follow_bursts_and_not_a_drifting_clock() -> None:
    """A fix comes a minute later each day: by rounding, one of 90 would be lost, or come twice."""
    late = np.arange(400) * 361.0
    assert slots_of(late, np.zeros(400, np.int64), 360.0, 360.0).tolist() == list(range(400))
    assert slots_of(late, None, 360.0, 360.0)[-1] == 400  # 399 fixes and a day of drift
    # a burst that begins before the drift of the last is over begins after it all the same
    early = slots_of(np.array([0.0, 361, 722, 730]), np.array([0, 0, 0, 1], np.int64), 360.0, 360.0)
    assert early.tolist() == [0, 1, 2, 3]
    # two steps of the species lie between two fixes
    twice = slots_of(np.array([0.0, 361, 722]), np.zeros(3, np.int64), 180.0, 360.0)
    assert twice.tolist() == [0, 2, 4]


def test_steps_and_displacement_are_what_plain_loops_give() -> None:
    (one,) = samples_of(tracks(n=40), 180.0)
    table = tracks(n=40).table
    xy = table[["x_m", "y_m"]].to_numpy()
    lengths, turns = [], []
    for i in range(39):
        if table["burst"][i] != table["burst"][i + 1]:
            continue
        move = xy[i + 1] - xy[i]
        lengths.append(math.hypot(*move))
        turn = math.nan
        if i and table["burst"][i - 1] == table["burst"][i]:
            before = xy[i] - xy[i - 1]
            turn = math.atan2(before[0] * move[1] - before[1] * move[0], before @ move)
        turns.append(turn)
    found = steps_of(one)
    assert found.length_m[0] == pytest.approx(lengths)
    assert found.turn_rad[0] == pytest.approx(turns, nan_ok=True)
    slot = [round(float(m) / 180) for m in one.elapsed_min]
    assert one.slot.tolist() == slot
    for lag in (1, 5, 20):
        pairs = [
            float(((xy[j] - xy[i]) ** 2).sum())
            for i in range(40)
            for j in range(40)
            if slot[j] - slot[i] == lag
        ]
        msd, n = square_displacements([one], np.array([lag]))
        assert (n[0], msd[0, 0]) == (len(pairs), pytest.approx(sum(pairs) / len(pairs)))


def test_copies_are_looked_at_when_the_animal_was(resident: Species) -> None:
    fixes = tracks(n=60, animals=2)
    found = simulate_like(resident, None, fixes, n_per_animal=3)
    assert found.animals == tuple(f"a{i} #{k}" for i in (0, 1) for k in (1, 2, 3))
    one = found.table[found.table["animal"] == "a1 #2"]
    seen = fixes.table[fixes.table["animal"] == "a1"]
    assert one["time"].dt.tz_localize(None).tolist() == seen["time"].tolist()
    assert one["burst"].tolist() == seen["burst"].tolist()


def test_the_same_animal_whoever_else_is_there(resident: Species) -> None:
    both = samples_of(tracks(n=30, animals=2), 180.0)
    one, two = simulate(resident, None, both, copies=4).samples
    (alone,) = simulate(resident, None, both[1:], copies=4).samples
    assert np.array_equal(two.xy_m, alone.xy_m)
    assert not np.allclose(one.xy_m - one.xy_m.mean(), two.xy_m - two.xy_m.mean())
    # more copies leave the first as they are, another seed does not
    more, other = (
        simulate(resident, None, both[:1], copies=n, seed=seed).samples[0]
        for n, seed in ((9, 1), (4, 2))
    )
    assert np.array_equal(more.xy_m[:4], one.xy_m)
    assert not np.array_equal(other.xy_m, one.xy_m)


def test_copies_have_the_steps_and_the_range_that_were_given(resident: Species) -> None:
    """Standard errors: of gamma shape and kappa by the fit; of a variance by independent copies."""
    (one,) = simulate(resident, None, samples_of(tracks(n=40), 180.0), copies=1500).samples
    steps = steps_of(one)
    fit = fit_steps(steps.length_m.ravel(), steps.turn_rad.ravel())
    assert abs(fit.shape - SHAPE) < 4.5 * fit.shape_se + 0.01 * SHAPE
    assert abs(fit.scale_m - SCALE_M) < 4.5 * fit.scale_se_m + 0.02 * SCALE_M
    assert abs(fit.kappa - KAPPA) < 4.5 * fit.kappa_se + 0.02
    last = one.xy_m[:, -1] - np.array(samples_of(tracks(n=40), 180.0)[0].xy_m[0].mean(axis=0))
    error = SIGMA_M**2 * math.sqrt(2 / (2 * 1500))
    assert abs((last**2).mean() - SIGMA_M**2) < 4.5 * error + 0.01 * SIGMA_M**2


def test_who_has_no_range_walks_from_its_first_fix() -> None:
    """Steps of a disperser: E[L^2] = k (k + 1) s^2, and n of them with turns about nowhere n E."""
    data = load_species("jaguar").model_dump(mode="json", exclude_none=True)
    move = data["movement"]
    move |= {"step_h": 3, "steps_per_day": 8, "day_start_h": 0, "activity": [1.0] * 24}
    move["rest_probability"] |= {"value": 0.0, "low": 0.0}
    for sex in ("female", "male"):
        for name, value in (("step_shape", SHAPE), ("step_scale_m", SCALE_M), ("turning_kappa", 0)):
            move[sex]["disperser"][name] |= {"value": value, "low": value, "high": value}
    fixes = samples_of(tracks(n=30), 180.0)
    walker = Species.model_validate(data)
    (one,) = simulate(walker, None, fixes, copies=1500, stage=DISPERSER).samples
    start = fixes[0].xy_m[0, 0]
    assert np.abs(one.xy_m[:, 0] - start).max() < 1.0  # cells of a wide world, in single precision
    steps = int(one.slot[-1])
    msd = ((one.xy_m[:, -1] - start) ** 2).sum(axis=1)
    expected = steps * SHAPE * (SHAPE + 1) * SCALE_M**2
    assert abs(msd.mean() - expected) < 4.5 * msd.std() / math.sqrt(1500)


def test_a_day_with_sleep_stands_still_at_night(resident: Species) -> None:
    data = resident.model_dump(mode="json", exclude_none=True)
    data["movement"] |= {"steps_per_day": 4, "day_start_h": 6}
    sleeper = Species.model_validate(data)
    (one,) = simulate(sleeper, None, samples_of(tracks(n=24), 180.0), copies=5).samples
    move = np.hypot(*np.moveaxis(np.diff(one.xy_m, axis=1), -1, 0))
    # local hours of the beginning of each step: by day 6 to 18
    hour = np.rint(one.hour[:-1]).astype(int) % 24
    day = (hour >= 6) & (hour < 18) & (np.diff(one.slot) == 1)
    night = ((hour >= 18) | (hour + 3 <= 6)) & (np.diff(one.slot) == 1)
    assert (move[:, night] == 0).all()
    assert (move[:, day] > 0).all()


def test_hours_fall_into_the_middles_of_parts_of_the_day() -> None:
    rng = np.random.default_rng(2)
    hour = (np.repeat([1.5, 4.5, 22.5], 20) + rng.uniform(-0.2, 0.2, 60)) % 24
    part, middle = hour_bins(hour, 180.0)
    assert middle[part] == pytest.approx(np.repeat([1.5, 4.5, 22.5], 20), abs=0.1)
    # midnight in the middle of a part
    part, middle = hour_bins((rng.uniform(-0.3, 0.3, 50)) % 24, 360.0)
    assert len(set(part.tolist())) == 1


def verdicts(observed: float, copies: np.ndarray, key: tuple[str, float | str]) -> str:
    rows = compared({key: np.array([observed])}, {key: copies}, "flat ground")
    return str(rows["verdict"][0])


def test_what_differs_is_beyond_tolerance_and_beyond_chance() -> None:
    tight, loose = np.array([99.0, 100, 101] * 7), np.array([60.0, 100, 150] * 7)
    median = ("step_median", "")
    assert verdicts(105.0, tight, median) == "agrees"  # beyond chance, within 10 %
    assert verdicts(150.0, tight, median) == "differs"
    assert verdicts(150.0, loose, median) == "open"
    assert verdicts(150.0, tight * math.nan, median) == "open"
    kappa = ("turning_kappa", "")
    assert verdicts(-0.02, np.array([0.01, 0.02] * 9), kappa) == "agrees"  # 0.05 of kappa
    assert verdicts(-0.2, np.array([0.01, 0.02] * 9), kappa) == "differs"
    # a measure without chance between copies
    assert verdicts(0.5, np.zeros(9), ("still", "")) == "differs"
    assert verdicts(0.0, np.zeros(9), ("still", "")) == "agrees"


def test_sentences_come_from_the_rows() -> None:
    copies = np.linspace(0.97, 1.03, 21)
    observed = {("step_median", ""): np.array([174.0]), ("msd", 1.0): np.array([2.0])}
    made = {("step_median", ""): 254.0 * copies, ("msd", 1.0): 2.0 * copies}
    first, *rest = sentences_of(compared(observed, made, "flat ground"))
    assert first == (
        "Half of the observed steps are longer than 174 m, half of the simulated ones longer than "
        "254 m (46 % more)."
    )
    assert rest == []
    observed["msd", 1.0] = np.array([1.0])
    sentences = sentences_of(compared(observed, made, "flat ground"))
    assert (
        "after 1 day the mean square displacement is 2.00 km² instead of 1.00 km²" in sentences[1]
    )
    same = {key: value[:1] * 0 + made[key].mean() for key, value in observed.items()}
    (none,) = sentences_of(compared(same, made, "flat ground"))
    assert none.startswith("None of the 2 comparisons differs")


def test_a_model_agrees_with_itself(resident: Species) -> None:
    """Each copy in turn is taken for the observed: chance alone takes 5 % too far."""
    samples = samples_of(tracks(n=150, animals=2), 180.0)
    made = simulate(resident, None, samples, copies=40).samples
    all_of = values_of(made)
    verdict = []
    for k in range(12):
        others = {key: np.delete(each, k) for key, each in all_of.items()}
        own = {key: each[k : k + 1] for key, each in all_of.items()}
        verdict += compared(own, others, "flat ground")["verdict"].tolist()
    differs = np.mean([one == "differs" for one in verdict])
    assert differs < 0.08
    assert "agrees" in verdict


def test_another_animal_is_told(resident: Species) -> None:
    samples = samples_of(tracks(n=200), 180.0)
    (seen,) = simulate(ranging(step_scale_m=600.0), None, samples, copies=1, seed=5).samples
    fixes = tracks(n=200)
    fixes = replace(fixes, table=fixes.table.assign(x_m=seen.xy_m[0, :, 0], y_m=seen.xy_m[0, :, 1]))
    check = check_tracks(fixes, resident, interval_min=180.0, copies=10)
    assert check.of("step_scale")["verdict"].tolist() == ["differs"]
    assert check.of("step_shape")["verdict"].tolist() != ["differs"]
    assert any("gamma scale" in sentence for sentence in check.sentences)
    table = ecdf_of([seen], simulate(resident, None, samples, copies=3).samples)
    assert table["observed"].is_monotonic_increasing
    assert table["observed"].iloc[-1] == 1.0
    # twice as long: at each length fewer of the steps are not longer
    assert (table["observed"] <= table["simulated"] + 0.05).all()


def test_use_is_counted_on_the_ground_below(wild: Landscape) -> None:
    grid = wild.grid
    rng = np.random.default_rng(4)
    west, south, east, north = grid.bounds_m
    x, y = rng.uniform(west, east, 80), rng.uniform(south, north, 80)
    one = sample_at(np.stack([x, y], axis=1))
    middle = ((west + east) / 2, (south + north) / 2)
    found = use_table(use_of(wild, [one], [one], {"a": (*middle, 1e9)}))
    codes = wild["land_cover"]
    labels = {row.code: row.label for row in wild.covers.rows}
    for row in found[found["kind"] == "use"].to_dict("records"):
        held = [labels[int(c)] == row["ground"] for c in codes.ravel()]
        assert row["available"] == pytest.approx(np.mean(held))
        col, line = grid.to_cells(x, y)
        at = [labels[int(codes[int(r), int(c)])] for r, c in zip(line, col, strict=True)]
        assert row["observed"] == pytest.approx(at.count(row["ground"]) / 80)
        assert row["simulated"] == pytest.approx(row["observed"])


def test_ground_is_available_within_the_circle(wild: Landscape) -> None:
    """Of land cover that lies in the circle alone, by the middles of cells."""
    grid, half = wild.grid, wild.grid.width // 2
    codes = wild["land_cover"].copy()
    other = next(row.code for row in wild.covers.rows if row.code != codes[0, half])
    codes[:, :half] = other
    land = replace(wild, layers={**wild.layers, "land_cover": codes})
    x = float(grid.x_centres_m()[half]) + 0.7 * grid.cell_m
    y, radius = float(grid.y_centres_m()[5]) + 10.0, 4.2 * grid.cell_m
    one = sample_at(np.array([[x, y]] * 3))
    found = use_table(use_of(land, [one], [one], {"a": (x, y, radius)}))
    labels = {row.code: row.label for row in land.covers.rows}
    counts: dict[str, int] = {}
    for r, line in enumerate(grid.y_centres_m()):
        for c, column in enumerate(grid.x_centres_m()):
            if math.hypot(line - y, column - x) <= radius:
                label = labels[int(land["land_cover"][r, c])]
                counts[label] = counts.get(label, 0) + 1
    assert len(counts) == len(found) == 2
    for row in found.to_dict("records"):
        share = counts[row["ground"]] / sum(counts.values())
        assert row["available"] == pytest.approx(share)


def sample_at(xy: np.ndarray) -> Sample:
    n = len(xy)
    minutes = np.arange(n) * 180.0
    times = pd.DatetimeIndex(pd.Timestamp("2021-01-01") + pd.to_timedelta(minutes, unit="min"))
    slot = np.arange(n)
    return Sample(
        "a", minutes, slot, slot * 0, minutes / 60 % 24, 1, times, xy[None].astype(float), 180.0
    )


def test_who_lives_off_the_landscape_is_told(wild: Landscape, resident: Species) -> None:
    far = sample_at(np.full((5, 2), 9e9))
    found = simulate(resident, wild, [far], copies=2)
    assert found.samples == ()
    assert found.told[0].kind == "centre_off_landscape"


@pytest.mark.parametrize("split", ["months", "animals"])
def test_a_fit_sees_nothing_of_what_it_predicts(split: str, resident: Species) -> None:
    fixes = tracks(n=150, animals=3)
    made = simulate_like(resident, None, fixes, n_per_animal=1, interval_min=180.0)
    made = replace(made, table=made.table.assign(animal=made.table["animal"].str.split(" ").str[0]))
    shown: list[Tracks] = []

    def refit(part: Tracks) -> Species:
        shown.append(part)
        return resident

    held = hold_out(made, refit, interval_min=180.0, split=split, copies=10)  # type: ignore[arg-type] # a parameter of the test
    assert held.rows["animal"].tolist() == ["a0", "a1", "a2"]
    if split == "months":
        (part,) = shown
        for name, own in part.table.groupby("animal"):
            whole = made.table.loc[made.table["animal"] == name, "time"]
            third = whole.min() + (whole.max() - whole.min()) * 2 / 3
            assert own["time"].max() <= third
            assert len(own) + held.rows.set_index("animal").loc[name, "fixes"] == len(whole)
    else:
        assert [sorted(set(part.table["animal"])) for part in shown] == [
            ["a1", "a2"], ["a0", "a2"], ["a0", "a1"],
        ]  # fmt: skip
    # what the model gives of itself lies above chance, which knows of no place
    assert (held.rows["boyce_model"] > held.rows["boyce_chance"]).all()
    assert held.rows["affinity"].between(0, 1).all()
    assert len(held.words) == len(held.figures) == 1


def test_too_few_fixes_are_not_held_out(resident: Species) -> None:
    held = hold_out(tracks(n=60), lambda part: resident, interval_min=180.0, copies=3)
    assert len(held.rows) == 0
    assert held.told[0].kind == "not_held_out"
    assert held.words == ()
