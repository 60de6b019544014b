"""Pages of scenarios hold no word that no translator sees, and Spanish ones the same figures."""

from __future__ import annotations

import html
import re
import shutil
from dataclasses import dataclass
from typing import Any

import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from corridor_sim import load_experiment
from corridor_sim.comparison.tables import compare
from corridor_sim.experiment.study import Study
from corridor_sim.languages import language
from corridor_sim.report.figures import film
from corridor_sim.report.figures.drawing import Drawn
from corridor_sim.report.page import Album, Picture
from corridor_sim.report.study import write_report
from oracles.pseudo import CLOSE, OPEN, PSEUDO, bare_texts, bare_words
from oracles.small_study import opened, run_missing

LAND = """
[base.landscape]
source = "andes-amazon"
cell_m = 10000
[base.species.jaguar]
[base.species.andean_condor]
"""
DAYS = f"""
name = "Fragmentation and climate"
description = "Who stays?"
[base]
days = 2
replicates = REPLICATES
maps = 2
seed = 3
{LAND}
"""
FACTORS = """
[factors.fragmentation]
none = []
severe = [{ kind = "clear", fraction = 0.3 }]
[factors.climate]
now = []
"SSP5-8.5 2090" = [{ kind = "warm", ssp = "SSP5-8.5", year = 2090 }]
[beside."plan, then severe clearing"]
against = "severe + now"
edits = [{ kind = "protect_plan" }, { kind = "clear", fraction = 0.3 }]
"""
DECADES = f"""
name = "The corridor's five-year plan to 2050"
[base]
name = "no plan"
years = 4
start_year = 2025
replicates = REPLICATES
maps = 2
seed = 5
{LAND}
[base.life_cycle]
days_per_season = 2
[base.life_cycle.burn_in]
at_most_y = 2
[base.life_cycle.genes]
loci = 20
chromosome_bp = 2000
[base.change]
update_every_y = 2
[base.change.climate]
ssp = "SSP2-4.5"
[base.change.clearing]
rate = 0.05
"""
PLAN = """
[plan]
scenario = "plan"
counterfactual = "no plan"
under = ["plan, strict"]
cost = 123
cost_unit = "million USD"
cost_covers = "payments to owners"
[beside."plan"]
set = { "change.events" = [{ opens = 2027, kind = "protect_plan" }] }
[beside."plan, strict"]
like = "plan"
set = { "change.clearing.protected_factor" = 0.0 }
"""
EMPTY = Drawn(b"", b"", "image/png")
STUDIES = {
    "days": (DAYS + FACTORS, 3),
    "days, one scenario": (DAYS, 1),
    "decades": (DECADES + PLAN, 2),
    "decades, one scenario": (DECADES, 1),
}


@dataclass(frozen=True)
class Written:
    """A study's pages and their figures, by language."""

    study: Study
    pages: dict[str, str]
    figures: dict[str, dict[str, Figure]]


# a study of one scenario has little that others lack, and takes as long
ALONE = [n for n in STUDIES if n.endswith("one scenario")]
ASKED = [pytest.param(n, marks=pytest.mark.slow) if n in ALONE else n for n in STUDIES]


@pytest.fixture(scope="module", params=ASKED)
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder = tmp_path_factory.mktemp("study")
    text, replicates = STUDIES[request.param]
    path = folder / "study.toml"
    path.write_text(text.replace("REPLICATES", str(replicates)), encoding="utf-8")
    study = opened(load_experiment(path), folder / "out")
    run_missing(study)
    comparison = compare(study)
    found = Written(study, {}, {})
    with pytest.MonkeyPatch.context() as patch:
        # figures are laid out, which places the words along axes, and not drawn, which takes long
        patch.setattr(film, "drawn", lambda *_, **__: EMPTY)
        for name, code in {"pseudo": PSEUDO, "en": "en", "es": "es"}.items():
            kept: dict[str, Figure] = {}

            def add(_: Album, name: str, figure: Any, *, kept: Any = kept, **__: Any) -> Picture:
                kept[name] = figure() if callable(figure) else figure
                return Picture.of(EMPTY)

            patch.setattr(Album, "add", add)
            # what was answered before is listed in the language of its day
            shutil.rmtree(study.out / "answers", ignore_errors=True)
            with language(code):
                page = write_report(comparison, study)
                for figure in kept.values():
                    figure.draw_without_rendering()
            found.pages[name] = page.read_text(encoding="utf-8")
            found.figures[name] = kept
    return found


def names_of(study: Study) -> list[str]:
    """Return what is nobody's to translate: species, places, codes, units, keys of layers."""
    land = study.land
    species = [w for s in study.species for w in (s.name, s.name.lower(), s.scientific_name)]
    towns = [town.name for town in land.town_list]
    places = [*land.zone_names, *land.zone_countries, *towns, land.grid.crs]
    found = [
        *species,
        *places,
        *land.layers,
        *land.origins,
        "SSP2-4.5",
        "SSP5-8.5",
        "km",
        "Excel",
        "LibreOffice",
    ]
    return [name for name in found if name]


def told(page: str) -> str:
    """Return a page without what stays as it is: references, and what it was made with."""
    page = re.sub(r'<ul class="references">.*?</ul>', "", page, flags=re.DOTALL)
    page = re.sub(r'<section id="provenance">.*?</section>', "", page, flags=re.DOTALL)
    # scripts, files, what is to be written into one, and the symbol of an effect size
    page = re.sub(r"<(script|style|code)\b.*?</\1>", "", page, flags=re.DOTALL)
    return re.sub(r"<a href=[^>]*>[\w/.]+</a>|\[landscape\] [^<⟧]*|(?<=>)d<sub>z</sub>", "", page)


def test_no_word_of_a_page_or_its_figures_is_hidden_from_translators(written: Written) -> None:
    page, names = told(written.pages["pseudo"]), names_of(written.study)
    assert bare_words(page, names) == []
    assert page.count(OPEN) == page.count(CLOSE) > 200
    figures = written.figures["pseudo"]
    assert len(figures) > 4
    for name, figure in figures.items():
        # long names of places go on in the next line
        shown = [*names, *(part for one in names for part in re.split(r"[ –]", one) if part)]
        assert bare_texts(figure, shown) == [], name


def test_a_spanish_page_holds_the_same_figures_as_the_english_one(written: Written) -> None:
    english, spanish = written.pages["en"], written.pages["es"]
    assert '<html lang="es">' in spanish
    assert ">Otorongo" in spanish
    assert not re.search(r"\b[Jj]aguars?\b", re.sub(r"<[^>]*>", "", told(spanish)))
    assert len(numbers_in(english)) > 20
    assert numbers_in(english) == numbers_in(spanish)
    assert written.figures["en"].keys() == written.figures["es"].keys()


def test_numbers_on_a_spanish_page_have_decimal_commas(written: Written) -> None:
    shown = re.sub(r"<[^>]*>|SSP\d-\d\.\d", " ", told(written.pages["es"]))
    assert re.search(r"\d,\d", shown)
    # three digits behind a point are thousands
    assert re.findall(r".{20}\d\.(?!\d{3}\b)\d.{9}", shown) == []
    for name, figure in written.figures["es"].items():
        texts = " | ".join(t.get_text() for t in figure.findobj(Text))
        texts = re.sub(r"SSP\d-\d\.\d", "", texts)
        assert re.findall(r"\d\.(?!\d{3}\b)\d", texts) == [], name


def numbers_in(page: str) -> list[float]:
    """Return the numbers of a page's tables, in order."""
    is_spanish = '<html lang="es">' in page
    group, point = (".", ",") if is_spanish else (",", ".")
    number = re.compile(rf"[+\u2212]?\d+(?:\{group}\d{{3}})*(?:\{point}\d+)?")
    cells = re.findall(r'<td\b[^>]*class="num.*?</td>', page, flags=re.DOTALL)
    found = []
    for cell in cells:
        text = html.unescape(re.sub(r"<[^>]*>", " ", cell)).replace("\u2212", "-")
        pattern = number.pattern.replace("\u2212", "-")
        plain = [one.replace(group, "").replace(point, ".") for one in re.findall(pattern, text)]
        found += [float(one) for one in plain]
    return found
