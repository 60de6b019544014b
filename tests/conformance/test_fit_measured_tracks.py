"""The fit of measured tracks gives the answers known of them, and its species simulates."""

from __future__ import annotations

from pathlib import Path

import pytest

import corridor_sim as cs

DEER = Path(__file__).resolve().parents[3] / "shared" / "real" / "telemetry" / "amt_deer.csv"
pytestmark = pytest.mark.skipif(
    not DEER.exists(), reason="measured tracks are not there (../shared/real/telemetry)"
)
# value and standard error, as R's amt and others give them for these fixes
KNOWN = {
    "step_shape": (0.772, 0.033),
    "step_scale_m": (472.0, 28.0),
    "turning_kappa": (-0.182, 0.052),
}


def test_deer(tmp_path: Path) -> None:
    found = cs.fit(DEER, species="Deer", crs="EPSG:3035", time_zone="UTC", states=2)
    assert len(found.bursts.steps) == 791
    pooled = found.pooled.query("sex == 'both'").set_index("parameter")
    for name, (value, se) in KNOWN.items():
        # both are maxima of the same likelihood: they differ by rounding
        assert pooled.loc[name, "value"] == pytest.approx(value, rel=2e-3)
        assert pooled.loc[name, "se"] == pytest.approx(se, rel=0.02)
    # an Ornstein-Uhlenbeck range by maximum likelihood; restricted likelihood makes it wider
    assert abs(pooled.loc["home_range_km2", "value"] - 71.0) < 15.0
    assert abs(pooled.loc["tau_d", "value"] - 10.9) < 2.3
    assert found.found.clock.day_start_h == 1
    file = tmp_path / "deer.toml"
    file.write_text(found.found.text(), "utf-8")
    species = cs.load_species(file)
    assert [one.name for one in species.movement.female.resident.states] == [
        one.name for one in found.behaviour.states
    ]
    run = cs.run(
        cs.Scenario(
            name="Deer",
            days=3,
            replicates=1,
            landscape={"cell_m": 5000},
            species={"deer": {"file": str(file), "count": 50}},
        )
    )
    assert set(run.runs["scenario"]) == {"Deer"}
