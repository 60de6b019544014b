"""What readers see of decades: right numbers, no overclaiming, nothing from outside, bad luck."""

from __future__ import annotations

import base64
import doctest
import hashlib
import io
import json
import math
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from scipy.stats import binomtest

from corridor_sim.engine.life.census import COLUMN, COLUMNS
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.metrics.life_outcomes import LIFE_OUTCOMES
from corridor_sim.scenario.load import load_experiment
from corridor_sim.species.reader import load_species
from corridor_sim.study.execute import Study
from corridor_sim.study.forecast import Forecast
from corridor_sim.study.life_compare import TABLES, compare_lives, write_life_tables
from corridor_sim.study.life_runfile import LifeRecord, save_life
from corridor_sim.study.plan import plan_runs
from corridor_sim.views import life_film, life_numbers
from corridor_sim.views.life_answer import answer
from corridor_sim.views.life_effect_plots import GROUPS, cover_km2
from corridor_sim.views.life_film import film_data, packed, unpacked
from corridor_sim.views.life_maps import BORDER, deaths_on_the_way, density, homes, settled_rows
from corridor_sim.views.life_read import Lives
from corridor_sim.views.life_report import write_life_report
from corridor_sim.views.life_series_plots import isotherm_m, lapse_per_m
from corridor_sim.views.life_state_plots import animal_years, fates, has_genes
from corridor_sim.views.life_tables import end_table, flux_table, ground_table, print_effects

HEIGHT, WIDTH = 24, 20
KEYS = ("jaguar", "andean_bear")
PLAN = 'plan </script><b>"x"'
EXPERIMENT = """
name = "Decades </script><script>alert(1)</script> & more"
description = "Who stays?"
[base]
name = "as now"
years = {years}
start_year = 2025
replicates = {replicates}
seed = 5
[base.life_cycle]
movement = {movement}
genes = {genes}
[base.species.jaguar]
[base.species.andean_bear]
[beside.'{plan}']
set = {{ "life_cycle.capacity_scale" = 2.0 }}
[beside.'corridor']
against = '{plan}'
set = {{ "life_cycle.capacity_scale" = 3.0 }}
"""


def ends(scenario: str, replicate: int, key: str) -> tuple[float, float]:
    """Animals at start and end: jaguars fall by 20, 21, 22 %, bears by chance alone."""
    if key == "jaguar":
        better = {"as now": 0, PLAN: 10, "corridor": 10}[scenario]
        return 100.0, 80.0 - replicate + better + (replicate if better else 0)
    return 200.0, 200.0 + (20, -10, -30, 15)[replicate % 4]


def record_of(
    scenario: str, replicate: int, key: str, years: int, n_zones: int, options: dict
) -> LifeRecord:
    start, end = options.get("ends", ends)(scenario, replicate, key)
    yearly = np.zeros((years + 1, len(COLUMNS)))
    independent = np.round(np.linspace(start, end, years + 1))

    def put(name: str, values: object) -> None:
        yearly[:, COLUMN[name]] = values

    put("independent", independent)
    put("juveniles", 50)
    put("animals", independent + 50)
    put("resident_females", independent / 2)
    put("capacity", 150)
    put("births", 10)
    put("deaths_natural", 9)
    put("settled", 6)
    put("settled_again", 1)
    put("searchers_died", 2)
    put("dispersers", 3)
    gone = end == 0
    for name in ("mean_elevation_m", "mean_temperature_c", "thermal_mismatch_c", "home_quality"):
        put(name, np.where(independent > 0, 1.0, np.nan))
    put("mean_elevation_m", np.where(independent > 0, 1000.0, np.nan))
    put(
        "mean_temperature_c", np.where(independent > 0, 20.0 + np.arange(years + 1) / years, np.nan)
    )
    values = dict.fromkeys(LIFE_OUTCOMES, 1.0 + 0.1 * replicate)
    values |= {"animals_start": start, "animals_end": end, "animals_change": end / start - 1,
               "lowest": float(independent.min()), "births_per_year": 10.0}  # fmt: skip
    for y in (20, 50, 100):
        low = bool((independent[: y + 1] < 20).any())
        values[f"quasi_extinct_{y}y"] = 1.0 if low else 0.0 if years >= y else math.nan
    if gone or not options.get("genes", True):
        for name in ("gene_diversity_kept", "effective_size", "fst", "inbreeding"):
            values[name] = math.nan
    if gone:
        values |= {"elevation_shift_m": math.nan, "thermal_mismatch_end_c": math.nan}
    moved = np.zeros((n_zones + 1, n_zones + 1), np.int64)
    if n_zones >= 2 and options.get("movement", True):
        moved[1, 1], moved[1, 2], moved[2, 1] = 9, 4 + replicate, 1
    at = [0, years // 2, years]
    sizes = [int(independent[y]) for y in at]
    rng = np.random.default_rng(sum(map(ord, scenario + key)) + replicate)
    n = sum(sizes)
    places = np.stack(
        [rng.uniform(0, WIDTH, n), rng.uniform(0, HEIGHT, n), rng.integers(0, 3, n)], axis=1
    )
    deaths = np.array([[0, 45, 1], [1, 46, 2], [2, 47, 3], [2, 99, 4]], np.int32)
    return LifeRecord(
        values=np.array([values[o] for o in LIFE_OUTCOMES]),
        yearly=yearly,
        burn_in=np.array([start + 30, start]),
        settled=key in options.get("settled", KEYS),
        deaths=deaths if options.get("movement", True) else deaths[:0],
        settled_from_to=moved,
        left_from=np.full(n_zones + 1, 5, np.int64),
        places_year=np.repeat(np.array(at, np.int32), sizes),
        places=places.astype(np.float32),
    )


def made_lives(
    out: Path, *, years: int = 24, replicates: int = 3, single: bool = False, **options: object
) -> Study:
    """Return a study of decades whose run files lie in ``out`` and hold known numbers."""
    toml = out.parent / f"{out.name}.toml"
    toml.write_text(
        EXPERIMENT.format(
            years=years, replicates=replicates, plan=PLAN,
            movement=str(options.get("movement", True)).lower(),
            genes="{ loci = 10 }" if options.get("genes", True) else "false",
        ), "utf-8",
    )  # fmt: skip
    design = load_experiment(toml)
    scenarios = design.scenarios[:1] if single else design.scenarios
    zones = np.zeros((HEIGHT, WIDTH), np.int16)
    if options.get("zones", True):
        zones[2:6, 2:7] = 1
        zones[15:20, 10:16] = 2
    z = np.repeat(np.linspace(400, 2400, HEIGHT, dtype=np.float32)[:, None], WIDTH, axis=1)
    land = uniform(HEIGHT, WIDTH, protected=zones, elevation_m=z, temperature_c=26 - 0.005 * z)
    if options.get("zones", True):
        land = land.edited("countries", zone_countries=("", "ECU", "PER"))
    study = Study(
        design.experiment.name, "Who stays?", tuple(scenarios), out, {"name": "x"}, land,
        [load_species(key) for key in KEYS], {}, plan_runs(tuple(scenarios)), 1,
        Forecast(0, 0, 0, 0.0, 0.0), "corridor-sim compare made.toml",
    )  # fmt: skip
    for index, resolved in enumerate(scenarios):
        facts = out / "scenarios" / f"{index:03d}.json"
        facts.parent.mkdir(parents=True, exist_ok=True)
        ground = {"protected_km2": 50.0, "mean_temperature_c": 20.0, "edits": [],
                  "cover_km2": {"cloud_forest": 400.0, "paramo": 80.0}}  # fmt: skip
        end = {**ground, "protected_km2": 60.0, "mean_temperature_c": 21.5,
               "cover_km2": {"cloud_forest": 300.0, "pasture": 100.0, "paramo": 72.0},
               "edits": ["2030: a plan; with a semicolon (<b>)"]}  # fmt: skip
        facts.write_text(json.dumps({"start_year": 2025, "start": ground, "end": end}), "utf-8")
        for run in (r for r in study.runs if r.scenario == index):
            (out / "runs").mkdir(parents=True, exist_ok=True)
            save_life(study.path(run), {
                key: record_of(resolved.name, run.replicate, key, years, land.n_zones, options)
                for key in KEYS
            })  # fmt: skip
    return study


def lives_of(study: Study) -> Lives:
    return Lives(compare_lives(study), study)


class Page(HTMLParser):
    """Collects what a browser would fetch or run, the pictures, and the visible text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.alts: list[str | None] = []
        self.ids: list[str] = []
        self.tags: list[str] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.words: list[str] = []
        self.policy = ""
        self._script: dict[str, str | None] | None = None
        self._style = False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags.append(tag)
        self._style = tag == "style"
        if tag == "script":
            self._script = given
            self.scripts.append((given, ""))
        for name in ("src", "href", "action", "data", "srcset", "poster"):
            if name in given:
                self.addresses.append(given[name])
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "img":
            self.alts.append(given.get("alt"))
        if given.get("http-equiv") == "Content-Security-Policy":
            self.policy = given["content"]

    def handle_endtag(self, tag):
        if tag == "script":
            self._script = None
        if tag == "style":
            self._style = False

    def handle_data(self, data):
        if self._script is not None:
            given, text = self.scripts[-1]
            self.scripts[-1] = given, text + data
        elif not self._style:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def report_of(study: Study) -> tuple[str, Page]:
    comparison = compare_lives(study)
    write_life_tables(comparison, study)
    html = write_life_report(comparison, study, {"simulating": 12.34}).read_text("utf-8")
    return html, Page(html)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    study = made_lives(tmp_path_factory.mktemp("lives") / "study")
    html, page = report_of(study)
    return study, html, page


def test_pages_ask_nothing_from_outside_and_links_lead_somewhere(made):
    study, _, page = made
    film = Page((study.out / "animation.html").read_text("utf-8"))
    for one in (page, film):
        for address in one.addresses:
            if address.startswith("#"):
                assert address[1:] in one.ids
            elif not address.startswith("data:image/"):
                # files beside the page, by their place relative to it
                assert (study.out / address).is_file(), address
        assert not {"link", "iframe", "object", "embed", "base", "form"} & set(one.tags)
        assert one.policy.startswith("default-src 'none'")
        assert "unsafe-inline'; script" not in one.policy.replace("style-src 'unsafe-inline'; ", "")
        assert "http" not in one.policy
    assert any(a == "tables/yearly.parquet" for a in page.addresses)


def test_only_the_film_may_run(made):
    study, _, page = made
    film = Page((study.out / "animation.html").read_text("utf-8"))
    for one in (page, film):
        data, script = one.scripts
        assert data[0]["type"] == "application/json"
        assert "src" not in script[0]
        digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
        assert f"script-src 'sha256-{digest}'" in one.policy
        assert json.loads(data[1])["scenarios"] == ["as now", PLAN, "corridor"]


def test_names_are_escaped(made):
    _, html, page = made
    assert "<script>alert" not in html
    assert "</script><b>" not in html
    assert "Decades </script><script>alert(1)</script> & more" in page.text
    assert "2030: a plan; with a semicolon (<b>)" in page.text


def test_pictures_have_words_and_files(made):
    study, _, page = made
    assert all(alt and len(alt) > 20 for alt in page.alts)
    # numbers, stages, risk, effects, ranges, covers, deaths, fates, genes, landscape; two a species
    assert len(page.alts) == 10 + 2 * len(KEYS)
    assert len(list((study.out / "figures").glob("*.png"))) == len(page.alts)
    assert page.tags.count("table") == page.tags.count("caption")


def test_page_says_no_nan_and_keeps_its_provenance(made):
    study, _, page = made
    assert not re.search(r"\bnan\b|\binf\b|None|undefined|object at 0x", page.text)
    assert study.runs[0].ident in page.text
    assert "12.3 s" in page.text
    assert all(f"tables/{name}.parquet" in page.text for name in TABLES)


def test_same_study_same_pages(made):
    study, html, _ = made
    film = (study.out / "animation.html").read_bytes()
    assert report_of(study)[0] == html
    assert (study.out / "animation.html").read_bytes() == film


def test_answer_tells_clear_changes_with_their_intervals(made):
    study, _, page = made
    found = answer(lives_of(study))
    assert "is gone" not in found["lead"]
    assert "Numbers fall clearly for the jaguar." in found["lead"]
    assert "For the Andean bear no clear change can be told from 3 runs." in found["lead"]
    jaguar, bear = found["species"]
    # 80, 79, 78: mean 79; half width 4.303 x 1 / sqrt(3) = 2.48; of 100: -21 % (-23.5 to -18.5)
    assert "100 animals in 2025, 79 in 2049 (95 % interval 77 to 81)" in jaguar["text"]
    assert "−21 % (95 % interval −23 to −19 %), a clear change" in jaguar["text"]
    assert "not clear" in bear["text"]
    assert jaguar["text"] in page.text


def test_answer_compares_each_scenario_with_its_own_reference(made):
    study, _, _ = made
    plan, corridor = answer(lives_of(study))["points"]
    # 90 against 80, 79, 78: +10, +11, +12 of 79 is +14 %, half width 2.48 of 79 is 3 %
    assert plan["against"] == "as now"
    assert "animals at the end: jaguar +14 % (95 % interval +11 to +17 %)" in plan["text"]
    assert corridor["against"] == PLAN
    assert corridor["text"].startswith("No clear change for any species in animals at the end")
    assert found_in(answer(lives_of(study))["lead"], PLAN)


def found_in(text: str, name: str) -> bool:
    return f"\u201c{name}\u201d" in text


def test_one_run_claims_nothing(tmp_path: Path):
    study = made_lives(tmp_path / "study", replicates=1)
    found = answer(lives_of(study))
    assert "no change below is called clear" in found["lead"]
    assert "95 % interval" not in " ".join(s["text"] for s in found["species"])
    assert (
        "In the only run numbers never fell below 20 within 24 years."
        in (found["species"][0]["text"])
    )
    _, page = report_of(study)
    assert "there are no intervals" in page.text
    assert not re.search(r"\bnan\b|\[–", page.text)
    text = " ".join(printed(study).split())
    assert "One run has no intervals" in text
    assert "*" not in text


def test_a_single_scenario_is_reported_alone(tmp_path: Path):
    study = made_lives(tmp_path / "study", single=True)
    _, page = report_of(study)
    assert "What the other scenarios change" not in page.text
    assert "effects" not in page.ids
    assert "film-right" not in page.ids
    assert "film-map-right" not in page.ids
    head, *body = end_table(lives_of(study))
    assert len(body) == len(KEYS)
    assert len(head) == len(body[0])


def _dying(scenario: str, replicate: int, key: str) -> tuple[float, float]:
    return (100.0, 0.0) if key == "jaguar" else ends(scenario, replicate, key)


def test_a_species_that_died_out(tmp_path: Path):
    study = made_lives(tmp_path / "study", ends=_dying)
    lives = lives_of(study)
    found = answer(lives)
    assert "the jaguar is gone in all 3 runs" in found["lead"]
    assert "the Andean bear is still there in 2049 in all 3 runs" in found["lead"]
    assert "Nobody is left in 2049." in found["species"][0]["text"]
    # 3 of 3: the exact lower end is 0.025^(1/3) = 29 %
    assert "in 3 of 3 runs: a risk between 29 and 100 %" in found["species"][0]["text"]
    _, page = report_of(study)
    assert not re.search(r"\bnan\b|\binf\b", page.text)
    assert not homes(lives, "as now", "jaguar", 24).size


def _some_fall(scenario: str, replicate: int, key: str) -> tuple[float, float]:
    return (100.0, 10.0) if replicate == 0 else (100.0, 90.0)


def test_risk_beyond_the_end_of_the_runs_is_not_known(tmp_path: Path):
    study = made_lives(tmp_path / "study", years=12, single=True, ends=_some_fall)
    lives = lives_of(study)
    # of the runs that say anything about 20 years, all fell: the mean of those is no risk
    assert lives.summary["as now", "jaguar", "quasi_extinct_20y"]["mean"] == 1.0
    assert lives.horizons == []
    assert lives.horizons_beyond == [20, 50, 100]
    assert lives.quasi_extinct("as now", "jaguar") == (1, 3)
    _, page = report_of(study)
    assert "nothing is known of 20, 50 or 100 years" in page.text
    assert "Quasi-extinction within 20 years" not in page.text
    assert any(line[5] == "1/3" for line in end_table(lives))


def test_risk_at_the_horizons_reached(made):
    study, _, page = made
    lives = lives_of(study)
    assert lives.horizons == [20]
    assert lives.quasi_extinct("as now", "jaguar", 20) == (0, 3)
    assert "nothing is known of 50 or 100 years" in page.text
    assert "Quasi-extinction within 20 years" in page.text


@pytest.mark.parametrize(("hits", "n"), [(0, 1), (1, 1), (0, 4), (2, 4), (4, 4), (3, 17)])
def test_risk_interval_is_the_exact_one(hits: int, n: int):
    expected = binomtest(hits, n).proportion_ci(method="exact")
    assert life_numbers.risk_interval(hits, n) == pytest.approx((expected.low, expected.high))


def test_restless_populations_are_named(tmp_path: Path):
    study = made_lives(tmp_path / "study", settled=("andean_bear",))
    found = answer(lives_of(study))
    assert (
        "the jaguar: its numbers were still declining before the start, from 130 to 100 in 2"
        in (found["restless"])
    )
    assert "Come to rest had the Andean bear." in found["restless"]
    assert "before the start: Jaguar." in " ".join(printed(study).split())
    calm = made_lives(tmp_path / "calm")
    assert answer(lives_of(calm))["restless"] == ""
    assert "come to rest" in answer(lives_of(calm))["caution"][0]


def printed(study: Study, width: int = 200) -> str:
    out = io.StringIO()
    print_effects(compare_lives(study), study, Console(file=out, width=width))
    return out.getvalue()


@pytest.mark.parametrize(
    "options",
    [{"genes": False}, {"movement": False}, {"zones": False}],
    ids=["no genes", "no movement", "no core areas"],
)
def test_what_is_switched_off_is_said(tmp_path: Path, options):
    study = made_lives(tmp_path / "study", replicates=2, single=True, **options)
    _, page = report_of(study)
    assert not re.search(r"\bnan\b|\binf\b", page.text)
    lives = lives_of(study)
    assert has_genes(lives) == options.get("genes", True)
    assert ("No genes are reported" in page.text) != options.get("genes", True)
    assert ("Movement was switched off" in page.text) != options.get("movement", True)
    if "movement" in options:
        assert len(deaths_on_the_way(lives, "as now", "jaguar")) == 0
    if "genes" not in options:
        assert "nobody born in a core area settled in another" in page.text
    else:
        assert "gene diversity is kept" not in page.text


def test_terminal_table_fits_and_marks_what_is_clear(made):
    study, _, _ = made
    text = printed(study, 100)
    lines = text.splitlines()
    assert max(map(len, lines)) <= 100
    head, *body = end_table(lives_of(study))
    assert head[:6] == ["Species", "Scenario", "2025", "2049", "Change", "Risk 24 y"]
    by_name = {line[1]: line for line in body[:3]}
    assert by_name["as now"][2:6] == ["100", "79", "−21 %", "0/3"]
    assert by_name[PLAN][3] == "90*"
    assert by_name["corridor"][3] == "90"
    assert "90*" in text


def test_isotherm_rises_with_the_warming_over_the_lapse(made):
    study, _, _ = made
    lives = lives_of(study)
    # the land cools by 5 degrees a kilometre; homes stay and warm by 1 degree: 200 m
    assert lapse_per_m(lives) == pytest.approx(0.005, rel=1e-5)
    level = isotherm_m(lives, "as now", "jaguar")
    assert level.mean[0] == pytest.approx(1000.0)
    assert level.mean[-1] == pytest.approx(1200.0, rel=1e-5)
    assert list(level.year[[0, -1]]) == [2025.0, 2049.0]


def test_searches_and_animal_years_add_up(made):
    study, _, _ = made
    lives = lives_of(study)
    # 24 years of 6, 1 and 2; 3 left at the end
    assert fates(lives, "as now", "jaguar") == {
        "settled": 144.0, "settled_again": 24.0, "died": 48.0, "searching": 3.0}  # fmt: skip
    series = lives.series("as now", "jaguar", "animals").mean
    assert animal_years(lives, "as now", "jaguar") == pytest.approx(
        series[1:-1].sum() + (series[0] + series[-1]) / 2
    )


def test_ground_at_start_and_end(made):
    study, _, _ = made
    lives = lives_of(study)
    row = ground_table(lives)[0]
    assert row["forest"] == {"start": "400 km²", "end": "300 km²", "change": "−25.0 %"}
    assert row["paramo"]["change"] == "−10.0 %"
    assert row["protected"]["change"] == "+10 km²"
    assert row["temperature"]["change"] == "+1.50 °C"
    # pasture is there at the end only
    covers = dict(cover_km2(lives))
    assert covers[GROUPS[-1][0]][0] == (0.0, 100.0)


def test_settled_pairs_are_per_decade_and_know_borders(made):
    study, _, _ = made
    lives = lives_of(study)
    rows = settled_rows(lives, "as now", study.species[0])
    assert list(rows["from_area"]) == ["Core 1", "Core 2"]
    # 4, 5, 6 in 24 years
    assert rows["reached"].iloc[0] == pytest.approx(5 * 10 / 24)
    assert set(rows["colour"]) == {BORDER}
    table = flux_table(lives, "jaguar", "as now")
    assert table["rows"][0]["settled"] == "2.08"
    assert table["rows"][0]["border"] == "ECU → PER"


def test_density_keeps_the_number_of_homes(made):
    study, _, _ = made
    lives = lives_of(study)
    found = homes(lives, "as now", "jaguar", 0)
    inner = np.array([[10.0, 12.0]] * len(found), np.float32)
    # per 100 km² on cells of 1 km²; a fortieth of the Gaussian lies outside so small a map
    assert density(lives, inner).max() > 0
    assert density(lives, inner).sum() <= 100 * len(found) * (1 + 1e-5)
    assert not density(lives, found[:0]).any()


def test_packing_gives_every_place_back():
    rng = np.random.default_rng(7)
    for n, top in ((0, 1), (1, 1), (5, 3), (300, 160_000), (50, 2**40)):
        cells = rng.integers(0, top, n)
        data = packed(cells) + packed(cells[: n // 2])
        first, at = unpacked(data)
        second, end = unpacked(data, at)
        assert np.array_equal(first, np.sort(cells))
        assert np.array_equal(second, np.sort(cells[: n // 2]))
        assert end == len(data)


def test_film_holds_everybody_in_place(made):
    study, _, _ = made
    lives = lives_of(study)
    data = film_data(lives)
    assert data["years"] == [2025, 2037, 2049]
    assert data["each"] == 1
    years, places = lives.comparison.places[PLAN, "jaguar"]
    stream = base64.b64decode(data["places"]["1/jaguar"])
    at = 0
    for i, year in enumerate((0, 12, 24)):
        seen = 0
        for stage in range(data["stages"]):
            cells, at = unpacked(stream, at)
            here = places[(years == year) & (places[:, 2] == stage)]
            x = np.floor(here[:, 0].astype(float) * data["wide"] / WIDTH)
            y = np.floor(here[:, 1].astype(float) * data["high"] / HEIGHT)
            assert np.abs(np.sort(y * data["wide"] + x) - cells).max(initial=0) == 0
            seen += len(cells)
        assert data["counts"]["1/jaguar"][i] == seen
    assert at == len(stream)


def test_film_thins_what_would_be_too_heavy(made, monkeypatch):
    study, _, _ = made
    lives = lives_of(study)
    whole = sum(map(len, film_data(lives)["places"].values()))
    monkeypatch.setattr(life_film, "MOST_PLACES", 400)
    data = film_data(lives)
    assert data["each"] > 1
    assert sum(map(len, data["places"].values())) < whole / 2
    # numbers are those of all animals
    assert data["counts"]["0/jaguar"][0] == 100


NODE = """
const fs = require("fs"), vm = require("vm");
const [script, data] = process.argv.slice(1, 3).map((p) => fs.readFileSync(p, "utf8"));
const hash = process.argv[3];
const made = {}, arcs = [];
const pen = new Proxy({}, { get: (t, k) => k === "arc" ? () => arcs.push(1) : t[k] || (() => {}),
                            set: (t, k, v) => (t[k] = v, true) });
function element(id) {
  const of = { left: "0", right: "1", species: "all", year: "0" };
  return made[id] ||= { id, value: of[id.slice(5)] || "",
    textContent: id === "film-data" ? data : "",
    options: ["0", "1", "2", "all", "jaguar"].map((value) => ({ value })), heard: {},
    addEventListener(what, then) { this.heard[what] = then; }, setAttribute() {},
    click() { this.heard.click(); }, getContext: () => pen };
}
class Image { set src(v) { this.onload(); } }
vm.runInNewContext(script, { document: { getElementById: element }, location: { hash }, Image, atob,
  Uint8Array, Uint32Array, URLSearchParams, setInterval, clearInterval, console });
console.log(JSON.stringify({ year: made["film-now"].textContent, arcs: arcs.length,
  left: made["film-count-left"].textContent, right: made["film-count-right"].textContent }));
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node to run the film's script")
def test_script_shows_the_animals_of_the_year_asked_for(made, tmp_path: Path):
    study, _, _ = made
    page = Page((study.out / "animation.html").read_text("utf-8"))
    for name, (_, text) in zip(("data.json", "film.js"), page.scripts, strict=True):
        (tmp_path / name).write_text(text, "utf-8")
    done = subprocess.run(
        ["node", "-e", NODE, str(tmp_path / "film.js"), str(tmp_path / "data.json"),
         "#year=2050&species=jaguar&right=1"],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    shown = json.loads(done.stdout)
    assert shown["year"] == 2049
    assert shown["left"].startswith("Jaguar 80 (\u221220")
    assert shown["right"].startswith("Jaguar 90 (\u221210")
    residents = sum(
        int(((years == 24) & (places[:, 2] == 0)).sum())
        for years, places in (
            compare_lives(study).places[name, "jaguar"] for name in ("as now", PLAN)
        )
    )
    assert shown["arcs"] == residents


@pytest.mark.parametrize("module", [life_numbers, life_film], ids=lambda m: m.__name__)
def test_examples_in_docstrings(module):
    found = doctest.testmod(module)
    assert found.attempted > 0
    assert found.failed == 0


def test_every_headline_is_an_outcome():
    assert set(life_numbers.HEADLINES) <= set(LIFE_OUTCOMES)
    assert set(life_numbers.RELATIVE) <= set(LIFE_OUTCOMES)
