"""What can be chosen among on a landscape is what the edits then take."""

from __future__ import annotations

import corridor_sim as cs
from corridor_sim.app.choices import choices_of


def test_choices_are_those_that_edits_take() -> None:
    land = cs.scenario_landscape(cs.Scenario(name="Coarse", landscape={"cell_m": 10000}))
    choices = choices_of(land)
    assert choices["cleared_to"][0]["key"] == "pasture"
    for one in choices["cleared_to"]:
        made = cs.edits.Clear(fraction=1.0, to=one["key"])(land)
        code = land.covers[one["key"]].code
        assert (made["land_cover"] == code).sum() > (land["land_cover"] == code).sum()
    for one in choices["pathways"]:
        for year in one["years"]:
            cs.edits.Warm(ssp=one["name"], year=year)(land)
    assert [one["name"] for one in choices["pathways"]][:1] == ["SSP1-2.6"]
