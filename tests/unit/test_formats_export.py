"""A results folder as files of other programs: what they hold is what the study says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import corridor_sim as cs
from corridor_sim.cli.main import main
from corridor_sim.results.results import Results


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Results:
    today = cs.Scenario(
        name="Today",
        days=3,
        replicates=1,
        landscape={"cell_m": 8000},
        species={"jaguar": {"count": 900, "disperser_sampling": 40}, "andean_condor": {"count": 9}},
    )
    clear = {"clearing": {"none": [], "some": [{"kind": "clear", "fraction": 0.3}]}}
    experiment = cs.Experiment(name="Export", base=today, factors=clear)
    return cs.compare(experiment, out=tmp_path_factory.mktemp("export") / "study")


def test_the_network_has_the_connected_area_of_the_study(study: Results, tmp_path: Path) -> None:
    written = cs.export(study.folder, ["conefor"], out=tmp_path)
    # one network a scenario of who walks; a bird that soars disperses to no core area
    assert len([p for p in written if p.name == "nodes.txt"]) == 2
    runs = study.runs
    for number, scenario in enumerate(study.scenario_names):
        (folder,) = (tmp_path / "conefor").glob(f"{number:02d}_*/jaguar")
        one = cs.formats.Conefor.read(
            folder / "nodes.txt", folder / "probabilities.txt", "probability"
        )
        assert len(one.links) > 0
        area = one.nodes["attribute"].to_numpy()
        rows = runs[(runs["scenario"] == scenario) & (runs["species"] == "jaguar")]
        told = rows.loc[rows["outcome"] == "eca_km2", "value"].item()
        assert np.sqrt(area @ one.probabilities() @ area) == pytest.approx(told, rel=1e-6)
        # Conefor also takes ways over other blocks, so it finds as much or more
        assert one.indices()["EC(PC)"] >= told * (1 - 1e-6)


def test_the_features_are_the_maps_of_the_study(study: Results, tmp_path: Path) -> None:
    cs.export(study.folder, ["zonation"], out=tmp_path)
    for number, scenario in enumerate(study.scenario_names):
        (settings,) = (tmp_path / "zonation").glob(f"{number:02d}_*/settings.z5")
        found = cs.formats.Zonation.read(settings)
        use = study.maps["use"].isel(scenario=number).sum("stage", skipna=False)
        for key in ("jaguar", "andean_condor"):
            wanted = use.sel(species=key).to_numpy()
            assert np.allclose(found.map(key).values, wanted, equal_nan=True)
        assert scenario


def test_tables_and_files_of_programs_go_together(
    study: Results, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["export", str(study.folder), "--out", str(tmp_path), "--format"]
    assert main([*asked, "csv,conefor", "--quiet"]) == 0
    assert (tmp_path / "summary.csv").exists()
    assert (tmp_path / "conefor").is_dir()
    assert main([*asked, "marxan"]) == 2
    assert "holds no ranked links, which marxan is made of" in capsys.readouterr().err
