"""The page on a fit: whole, offline, and of nothing but what was fitted and compared."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from corridor_sim.languages import language
from corridor_sim.report.fit_page import circles, write_fit_page
from corridor_sim.report.text import fit as words
from corridor_sim.report.text import fit_tables as tables
from corridor_sim.telemetry.check import FitCheck
from corridor_sim.telemetry.check_words import sentences_of
from corridor_sim.telemetry.checked import check_fit
from corridor_sim.telemetry.fit import Fit, fit_tracks
from corridor_sim.telemetry.hold_out import HoldOut
from corridor_sim.telemetry.selected import Coefficient
from corridor_sim.telemetry.settings import settings_of
from corridor_sim.telemetry.tracks import Told
from oracles.made_tracks import ranging, table
from oracles.page import Page
from oracles.pseudo import PSEUDO, bare_words

ODD = "Ñandú <b>1</b>"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Fit, FitCheck]:
    """An animal that ranges, whose name is no HTML."""
    rng = np.random.default_rng(8)
    hours = np.arange(160) * 3.0
    animals = {ODD: (ranging(rng, 160), hours)}
    path = table(tmp_path_factory.mktemp("tracks"), animals)
    settings = settings_of(crs="EPSG:32721", time_zone="UTC-04:00", states="1")
    fit = fit_tracks([path], None, "Test animal", settings, command="corridor-sim fit <tracks>")
    check = check_fit(fit, copies=4, range_copies=2)
    return fit, replace(check, hold_out=HoldOut("months", held_rows(), (told(),)))


def told() -> Told:
    return Told("not_held_out", "b is not held out: 3 fixes", "b", 3)


def held_rows() -> pd.DataFrame:
    row: dict[str, Any] = {"animal": ODD, "ground": "flat ground", "fixes": 50, "days": 7}
    for name in ("boyce", "affinity", "intersection"):
        row[name] = 0.5
        for word in ("model", "chance"):
            ends = {"": 0.4, "_low": 0.1, "_high": 0.7}
            row |= {f"{name}_{word}{end}": value for end, value in ends.items()}
    return pd.DataFrame([row])


@pytest.fixture(scope="module")
def page(made: tuple[Fit, FitCheck], tmp_path_factory: pytest.TempPathFactory) -> tuple[Page, str]:
    folder = tmp_path_factory.mktemp("page")
    text = write_fit_page(*made, folder).read_text("utf-8")
    assert {"comparison.csv", "hold_out.csv"} <= {one.name for one in (folder / "tables").iterdir()}
    assert len(list((folder / "figures").glob("*.png"))) == 6
    return Page(text), text


def test_it_opens_offline_and_is_whole(page: tuple[Page, str]) -> None:
    read, _ = page
    assert read.fetched == []
    assert set(read.inner) <= set(read.ids)
    assert len(read.alts) == 6
    assert all(read.alts)
    assert read.strangers == []


def test_names_stay_words(page: tuple[Page, str]) -> None:
    read, text = page
    assert ODD not in text
    assert ODD in read.text
    assert "corridor-sim fit <tracks>" in read.text


def test_it_says_what_was_found(page: tuple[Page, str], made: tuple[Fit, FitCheck]) -> None:
    read, _ = page
    fit, check = made
    for sentence in (*check.sentences, *words.answer(fit, check), *check.hold_out.figures):
        assert " ".join(sentence.split()) in read.text
    for one in (*fit.told, *check.told, told()):
        assert " ".join(one.words.split()) in read.text
    for source in fit.tracks.sources:
        assert source.sha256 in read.text
    for row in tables.comparison_rows(check, check.ground):
        assert f"{row['label']} {row['at']} {row['observed']}".replace("  ", " ") in read.text


def test_planners_meet_no_words_of_statistics_at_the_head(made: tuple[Fit, FitCheck]) -> None:
    head = " ".join(words.answer(*made))
    assert not re.search(r"(?i)likelihood|bhattach|boyce|AICc|kappa|gamma|von Mises|tau\b", head)


def test_circles_hold_what_the_range_says(made: tuple[Fit, FitCheck]) -> None:
    fit, _ = made
    for name, (_, _, radius) in circles(fit).items():
        area = fit.ranges[name].home_range_km2
        assert area is not None
        assert np.pi * radius**2 / 1e6 == pytest.approx(area.value, rel=1e-9)


def test_notes_that_are_alike_are_folded_and_none_is_lost(made: tuple[Fit, FitCheck]) -> None:
    fit, check = made
    many = tuple(Told("zero_lengths", f"{name}: zero", name, 1) for name in "cdefg")
    loss, read = words.notes(replace(fit, told=(*fit.told, *many)), check)
    folded = [row for row in loss if row["others"]]
    assert [row["words"] for row in folded] == ["c: zero"]
    assert folded[0]["others"] == ["d: zero", "e: zero", "f: zero", "g: zero"]
    assert folded[0]["more"] == "4 further notes like this (d, e, f, g)"
    said = [text for row in (*loss, *read) for text in (row["words"], *row["others"])]
    for one in (*fit.told, *many):
        assert one.words in said or one.words.removeprefix(f"{one.animal}: ") in said


def test_selection_is_told_of_ground_alone(made: tuple[Fit, FitCheck]) -> None:
    fit, check = made
    terms = (("ndvi", 0.5, 0.1), ("crossings(road[2])", -1.0, 0.2), ("log_sl", 0.9, 0.1))
    found = tuple(Coefficient(*one, 0.0, 2) for one in terms)

    class Made:
        coefficients = found

    chosen: Any = Made()
    (sentence,) = [s for s in words.answer(replace(fit, selected=chosen), check) if "chance" in s][
        :1
    ]
    assert sentence == "Beyond chance they seek ndvi and avoid crossings of road (class 2)."
    rows = tables.pooled_selection(replace(fit, selected=chosen))
    assert rows["term"].tolist() == ["ndvi", "crossings of road (class 2)"]


def test_every_word_is_a_message(made: tuple[Fit, FitCheck], tmp_path: Path) -> None:
    fit, check = made
    with language(PSEUDO):
        # sentences are made when animals are compared
        again = replace(check, sentences=sentences_of(check.rows))
        text = write_fit_page(fit, again, tmp_path).read_text("utf-8")
    notes = sorted({one.words.removeprefix(f"{one.animal}: ") for one in _told(fit, check)})
    text = re.sub(r'<section id="provenance".*?</section>', "", text, flags=re.S)
    files = ("tracks.csv", "Test animal", "EPSG:32721", "UTC", "tables", "figures", ".xlsx")
    names = (ODD, "Ñandú", *files, "Excel", "LibreOffice", "OU", "km²", *notes)
    assert bare_words(text, (*names, *(html.escape(one) for one in notes))) == []


def _told(fit: Fit, check: FitCheck) -> tuple[Told, ...]:
    held = check.hold_out.told if check.hold_out is not None else ()
    return (*fit.told, *check.told, *held)


def test_the_spanish_page(made: tuple[Fit, FitCheck], tmp_path: Path) -> None:
    with language("es"):
        text = write_fit_page(*made, tmp_path).read_text("utf-8")
    assert '<html lang="es">' in text
    assert "Ámbitos de hogar" in text
    assert "posiciones del" in text
