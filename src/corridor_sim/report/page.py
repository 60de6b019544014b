"""What all reports share: figures kept for the page, and a template made into one HTML file."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shlex
from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from corridor_sim.course import pulse
from corridor_sim.experiment.answers import ANSWERS, Answer, answer_of, keep_answer, read_answers
from corridor_sim.files import write_bytes
from corridor_sim.languages import LANGUAGES, current, mark, shown_date, tr, written
from corridor_sim.report.cells import labelled
from corridor_sim.report.figures.drawing import Drawn, drawn, narrowed, save
from corridor_sim.report.figures.marks import Mark
from corridor_sim.report.text.ground_box import rests_on
from corridor_sim.report.text.numbers import named

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from corridor_sim.experiment.study import Study
    from corridor_sim.species.traits import Species

REPORT = "report.html"
DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
# the answer on one sheet
SUMMARY = "summary.html"


# what the script of a page says
WORDS = {
    "sort": mark("Put in order by {column}"),
    "order": mark("In order of"),
    "given": mark("the page"),
    "species": mark("Show only"),
    "all": mark("All species"),
    "map": mark("Show on the map"),
}


class Picture(str):
    """The address of a picture that a page holds in itself, and what lies where on it.

    Attributes
    ----------
    size : (width, height)
        In pixels.
    marks : tuple of Mark
    narrow : Picture or None
        The same for a narrow screen, where it has such a form.
    """

    size: tuple[int, int]
    marks: tuple[Mark, ...]
    narrow: Picture | None

    @classmethod
    def of(cls, one: Drawn, narrow: Picture | None = None) -> Picture:
        """Return a figure that is drawn as a page takes it."""
        made = cls(data_address(one.embedded, one.media))
        made.size, made.marks, made.narrow = one.size, one.marks, narrow
        return made


class Album:
    """Saves every figure under ``figures/`` and keeps it for the page."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add(
        self, name: str, figure: Figure | Callable[[], Figure], *, shaded: bool = False
    ) -> Picture:
        """Save a figure under its name and return it as an address for the page.

        Parameters
        ----------
        name : str
        figure : Figure, or what makes one
            What makes it is asked twice: a second time for a narrow screen, see
            :func:`corridor_sim.report.figures.drawing.narrowed`.
        shaded : bool
            Where it holds a map: see :func:`corridor_sim.report.figures.drawing.drawn`.
        """
        narrow = None
        if callable(figure):
            with narrowed():
                narrow = Picture.of(drawn(figure(), shaded=shaded))
            figure = figure()
        picture = drawn(figure, shaded=shaded)
        pulse()
        save(picture.png, self.folder / f"{name}.png")
        return Picture.of(picture, narrow)


def data_address(data: bytes, media: str) -> str:
    """Return a picture as an address that a page holds in itself."""
    return f"data:{media};base64," + base64.b64encode(data).decode()


def render(template: str, **content: Any) -> str:
    """Return a template of this package filled in, in the current language.

    A name that it lacks is an error. Its messages may hold tags of HTML, since they are ours; what
    is filled into them is escaped.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("corridor_sim.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def told(message: str, /, **values: object) -> Markup:
        return Markup(tr(message)).format(**values)

    def counted(one: str, many: str, n: int, /, **values: object) -> Markup:
        return Markup(current().many(one, many, n)).format(**{"n": written(f"{n:,}"), **values})

    def in_context(context: str, message: str, /, **values: object) -> Markup:
        return Markup(current().inside(context, message)).format(**values)

    environment.globals.update(
        tr=told, tr_plural=counted, tr_context=in_context, language=current().tag
    )
    script = script_of("report.js")
    told_words = {name: tr(message) for name, message in WORDS.items()}
    environment.globals.update(
        script=Markup(script),
        script_hash=hash_of(script),
        words=json.dumps(told_words, ensure_ascii=False),
    )
    return labelled(environment.get_template(template).render(**content))


@lru_cache
def script_of(name: str) -> str:
    """Return a script of ours, as pages hold it."""
    return (resources.files(__package__) / "templates" / name).read_text("utf-8")


def hash_of(script: str) -> str:
    """Return the hash by which a page's policy lets a script run, and no other."""
    digest = hashlib.sha256(script.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def species_told(species: Sequence[Species]) -> str:
    """Return the species of a page as its script takes them: names by key, as JSON."""
    return json.dumps({one.key: one.common_name for one in species}, ensure_ascii=False)


def write_page(
    template: str, study: Study, content: dict[str, Any], *, name: str = REPORT, **foot: Any
) -> Path:
    """Fill in a template as a page in a study's folder and return its path.

    Parameters
    ----------
    template : str
    study : Study
        Whose name and description stand at the head.
    content : dict
        What the template shows between head and foot, beside ``there``: which names of files lie
        in the study's folder; and ``box``, what the numbers rest on, unless it has one.
    name : str
        Of the page's file.
    **foot
        Options of :func:`provenance`.

    Raises
    ------
    ResultsError
        The disk is full, or the folder cannot be written.
    """
    # what comes with the package is in the catalogue, what users write stays as it is
    question = " ".join(study.description.split())
    head = {"title": named(study.name), "description": tr(question)}
    head["told_species"] = species_told(study.species)

    def there(names: list[str]) -> list[str]:
        return [one for one in names if (study.out / one).exists()]

    content = {"box": None, **content}
    if content["box"] is None:
        content["box"] = rests_on(study)
    foot_of = provenance(study, **foot)
    answer = answer_of(study.settings, study.command, _lead_of(content))
    others = [one for one in read_answers(study.out) if one.name != answer.name]
    page = render(
        template, **head, **content, there=there, provenance=foot_of, **_beside(answer, others)
    )
    path = write_bytes(study.out / name, page.encode())
    if name == REPORT:
        keep_answer(study.out, answer)
        _write_index(study, [answer, *others])
    return path


def _lead_of(content: dict[str, Any]) -> str:
    """Return the first words of an answer, where a page has one."""
    for part in ("answer", "plan", "links"):
        told = content.get(part)
        if isinstance(told, dict) and isinstance(told.get("lead"), str):
            return str(told["lead"])
    return ""


def _beside(answer: Answer, others: list[Answer]) -> dict[str, Any]:
    """Return what a page shows of the other questions that were asked of the same study."""
    return {
        "asked": tr(answer.asked),
        "other_answers": [_row(one, one.page) for one in others],
        "answers_index": f"{ANSWERS}/index.html",
    }


def _row(one: Answer, href: str) -> dict[str, str]:
    return {
        "asked": tr(one.asked),
        "lead": one.lead,
        "day": shown_date(date.fromisoformat(one.day)) if DAY.fullmatch(one.day) else one.day,
        "language": LANGUAGES.get(one.language, one.language),
        "href": quote(href),
    }


def _write_index(study: Study, answers: list[Answer]) -> None:
    """Write the page that lists all answers, the latest first."""
    rows = [_row(one, f"{one.name}/{REPORT}") for one in answers]
    page = render("answers.html", title=study.name, description="", rows=rows)
    write_bytes(study.out / ANSWERS / "index.html", page.encode())


def provenance(
    study: Study,
    *,
    verb: str | None = None,
    elapsed: dict[str, float] | None = None,
    runs: bool = False,
) -> dict[str, Any]:
    """Return what the foot of a page says: how to make the page again, and with what it was made.

    Parameters
    ----------
    study : Study
    verb : str, optional
        The command's word, for a study that was not made on the command line; by default ``run`` or
        ``compare``, by the number of scenarios.
    elapsed : dict of float, optional
        Seconds by part of the work.
    runs : bool
        Whether the identity of every run is listed.
    """
    from corridor_sim.experiment.manifest import versions

    verb = verb or ("run" if len(study.scenarios) == 1 else "compare")
    fallback = f"corridor-sim {verb} FILE.toml --out {shlex.quote(study.out.name)}"
    return {
        "versions": versions(),
        "seed": str(study.scenarios[0].scenario.seed),
        "command": study.command or fallback,
        "runs": [
            {
                "scenario": named(study.scenarios[r.scenario].name),
                "replicate": r.replicate + 1,
                "ident": r.ident,
            }
            for r in study.runs
            if runs
        ],
        "settings": json.dumps(study.settings, indent=2, ensure_ascii=False),
        "elapsed": [(k, written(f"{v:.1f} s")) for k, v in (elapsed or {}).items()],
    }
