"""Boyce's index and overlaps of ranges: against plain loops, and against what is known exactly."""

from __future__ import annotations

import math

import numpy as np
import pytest

from corridor_sim.telemetry.overlap import (
    affinity_of_normals,
    bandwidth_m,
    bhattacharyya_affinity,
    boyce_index,
    cells_around,
    looked_up,
    utilisation,
    volume_of_intersection,
)


def plain_boyce(available: list[float], used: list[float]) -> float:
    """Hirzel's index as written: one window after the other, ranks by counting."""
    lowest, highest = min(available), max(available)
    wide = (highest - lowest) / 10
    middles, ratios = [], []
    for i in range(101):
        low = lowest + i * (highest - wide - lowest) / 100
        high = highest if i == 100 else low + wide
        expected = sum(low <= v <= high for v in available) / len(available)
        if expected:
            middles.append((low + high) / 2)
            ratios.append(sum(low <= v <= high for v in used) / len(used) / expected)

    def ranks(values: list[float]) -> list[float]:
        return [sum(w < v for w in values) + (values.count(v) + 1) / 2 for v in values]

    a, b = ranks(middles), ranks(ratios)
    mean_a, mean_b = sum(a) / len(a), sum(b) / len(b)
    both = sum((p - mean_a) * (q - mean_b) for p, q in zip(a, b, strict=True))
    one = sum((p - mean_a) ** 2 for p in a)
    return both / math.sqrt(one * sum((q - mean_b) ** 2 for q in b))


@pytest.mark.parametrize("power", [0.0, 1.0, -2.0])
def test_boyce_is_what_plain_loops_give(power: float) -> None:
    rng = np.random.default_rng(3)
    available = rng.gamma(2.0, size=400)
    weight = available**power
    used = rng.choice(available, 150, p=weight / weight.sum())
    found = boyce_index(available, used)
    assert found.value == pytest.approx(plain_boyce(available.tolist(), used.tolist()), abs=1e-12)
    assert found.middle.size == found.ratio.size <= 101


def test_boyce_is_one_where_use_follows_the_prediction_and_minus_one_where_it_flees() -> None:
    available = np.linspace(0, 1, 5001)
    use = np.repeat(available[::10], np.arange(501))  # as often as predicted
    assert boyce_index(available, use).value == pytest.approx(1.0, abs=1e-3)
    flees = np.repeat(available[::10], np.arange(501)[::-1])
    assert boyce_index(available, flees).value == pytest.approx(-1.0, abs=1e-3)


def test_boyce_is_nothing_where_nothing_is_predicted() -> None:
    flat, some = np.ones(9), np.arange(9.0)
    for available, used in ((flat, flat), (some, np.zeros(0)), (np.zeros(0), some)):
        assert math.isnan(boyce_index(available, used).value)


def normal_use(mean: tuple[float, float], sd: tuple[float, float], n: int = 401) -> np.ndarray:
    at = np.linspace(-12, 12, n)
    bells = [np.exp(-0.5 * ((at - m) / s) ** 2) for m, s in zip(mean, sd, strict=True)]
    return np.outer(bells[1], bells[0])


@pytest.mark.parametrize(
    ("mean", "sd"), [((0.0, 0.0), (1.0, 1.0)), ((1.5, -0.7), (1.0, 1.0)), ((1.0, 2.0), (2.0, 0.6))]
)
def test_affinity_of_normals_on_cells_is_the_closed_form(
    mean: tuple[float, float], sd: tuple[float, float]
) -> None:
    one, other = normal_use((0.0, 0.0), (1.0, 1.0)), normal_use(mean, sd)
    exact = affinity_of_normals(np.zeros(2), np.eye(2), np.array(mean), np.diag(np.square(sd)))
    assert bhattacharyya_affinity(one, other) == pytest.approx(exact, abs=1e-6)
    assert bhattacharyya_affinity(other, other) == pytest.approx(1.0)
    assert volume_of_intersection(one, other) <= bhattacharyya_affinity(one, other) + 1e-12


def test_intersection_of_equal_normals_is_twice_a_tail() -> None:
    """Of two normals of the same spread: 2 Phi(-d / 2), d their distance in standard deviations."""
    found = volume_of_intersection(
        normal_use((0.0, 0.0), (1.0, 1.0), 1201), normal_use((1.2, 1.6), (1.0, 1.0), 1201)
    )
    assert found == pytest.approx(math.erfc(1.0 / math.sqrt(2)), abs=1e-4)


def test_affinity_of_rings_of_two_sizes() -> None:
    """Concentric circular normals: 2 s1 s2 / (s1^2 + s2^2)."""
    exact = affinity_of_normals(np.zeros(2), np.eye(2), np.zeros(2), 9.0 * np.eye(2))
    assert exact == pytest.approx(0.6)


def test_the_kernel_gives_a_normal_its_own_form() -> None:
    rng = np.random.default_rng(5)
    x, y = rng.normal(0, 1, (2, 4000))
    cells = cells_around((0.0, 0.0), 4.0, 81)
    width = bandwidth_m(x, y, x.size)
    assert width == pytest.approx(4000 ** (-1 / 6), rel=0.05)
    use = utilisation(x, y, cells, width)
    assert use.sum() == pytest.approx(1.0)
    at = cells.x_m
    wide = 1 + width**2  # a normal kernel widens a normal distribution by its own variance
    true = np.exp(-(at[:, None] ** 2 + at[None, :] ** 2) / (2 * wide)) * cells.inside
    assert bhattacharyya_affinity(use, true) > 0.995
    # cells that are looked up are those that places lie in, columns first
    use = np.arange(81.0 * 81.0).reshape(81, 81)
    found = looked_up(use, cells.x_m[[40, 60, 0]], cells.y_m[[40, 50, 0]], cells)
    assert found.tolist() == [40 * 81 + 40, 50 * 81 + 60]  # the corner lies off the circle


def test_use_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="without use"):
        bhattacharyya_affinity(np.zeros(3), np.ones(3))
