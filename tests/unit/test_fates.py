"""What became of single animals: as in the whole run, and in words that fit each other."""

from __future__ import annotations

import numpy as np
import pytest
from test_tracks_out import context_of, followed, whole_run

import corridor_sim as cs

TODAY = cs.Scenario(
    name="Today",
    days=30,
    landscape={"cell_m": 5000},
    species={"mountain_tapir": {"count": 200, "disperser_sampling": 4}},
)


@pytest.mark.parametrize("walk", [None, "sms"])
def test_homes_are_those_of_the_whole_run(walk: str | None) -> None:
    context = context_of(walk)
    whole = whole_run(context).result("jaguar")
    rows = np.arange(1, whole.state.size)
    chosen, ways = followed(context, rows)
    row_of = {int(ident): int(i) for ident, i in zip(chosen.ident, rows, strict=True)}
    homes = 0
    for way in ways:
        at = [row_of[int(ident)] for ident in way.ident]
        np.testing.assert_array_equal(way.natal_zone, whole.natal_zone[at])
        np.testing.assert_array_equal(way.home.astype(np.float32), whole.home[at])
        np.testing.assert_array_equal(way.home_zone, whole.home_zone[at])
        homes += int(np.isfinite(way.home[:, 0]).sum())
    assert homes > 2
    # whoever is followed for a few days only has no home yet
    for way in followed(context, rows, days=2)[1]:
        assert np.isnan(way.home).all()
        assert not way.home_zone.any()


def test_fates_fit_the_tracks_and_each_other() -> None:
    found = cs.fates(TODAY, animals="all")
    tracks = cs.tracks(TODAY, animals="all", every="day")
    last = tracks.groupby("animal", observed=True).tail(1).set_index("animal")
    in_run = found.attrs["in_run"]["mountain_tapir"]
    assert found["stage"].value_counts().to_dict() == {k: n for k, n in in_run.items() if n}
    assert found["animal"].is_unique
    own = last.loc[found["animal"]]
    np.testing.assert_array_equal(found["end_x_m"], own["x_m"])
    settled = found["fate"].isin(["joined", "stayed", "outside"])
    ended = settled | (found["fate"] == "looking")
    np.testing.assert_array_equal(ended, own["state"].to_numpy() == "settled")
    died = found["fate"] == "died"
    np.testing.assert_array_equal(found["cause"][died], own["state"].astype(str)[died.to_numpy()])
    assert (found["cause"][~died] == "").all()
    np.testing.assert_array_equal(settled, np.isfinite(found["home_x_m"]))
    named = found["home_block"] != ""
    same = found["home_block"] == found["natal_block"]
    np.testing.assert_array_equal(found["fate"] == "joined", settled & named & ~same)
    np.testing.assert_array_equal(found["fate"] == "stayed", settled & named & same)
    assert {"alive", "died", "stayed", "outside"} <= set(found["fate"])
    assert found["days"][found["stage"] == "resident"].max() == 30
