"""What several files of unit tests share, made once; what it needs is imported when it is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from corridor_sim import Landscape, Species
    from corridor_sim.experiment.study import Study
    from corridor_sim.report.text.links_found import Found
    from oracles.page import Page


@pytest.fixture(scope="session")
def catalog() -> dict[str, Species]:
    """Return the species that ship, by key."""
    from corridor_sim import load_species, species_keys

    return {key: load_species(key) for key in species_keys()}


@pytest.fixture(scope="session")
def farmed() -> Landscape:
    from oracles.timelines import farmed_land

    return farmed_land()


@pytest.fixture(scope="session")
def wild() -> Landscape:
    from oracles.timelines import wild_land

    return wild_land()


@pytest.fixture(scope="session")
def decades_report(tmp_path_factory: pytest.TempPathFactory) -> tuple[Study, str, Page]:
    """Return a study of decades of known numbers, and the page that is written of it."""
    from oracles.made_decades import made_decades, report_of

    study = made_decades(tmp_path_factory.mktemp("lives") / "study")
    html, page = report_of(study)
    return study, html, page


@pytest.fixture(scope="session")
def country(tmp_path_factory: pytest.TempPathFactory) -> Found:
    """Return the ranking of all links of the made country."""
    from oracles.links_pages import ranked_country

    return ranked_country(tmp_path_factory.mktemp("links"))
