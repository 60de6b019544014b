"""What all reports share: figures kept for the page, and a template made into one HTML file."""

from __future__ import annotations

import base64
import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corridor_sim.files import write_bytes
from corridor_sim.languages import current, tr, written
from corridor_sim.report.figures.drawing import drawn, save
from corridor_sim.report.text.ground_box import rests_on
from corridor_sim.report.text.numbers import named

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from corridor_sim.experiment.study import Study

REPORT = "report.html"


class Album:
    """Saves every figure under ``figures/`` and keeps it for the page."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add(self, name: str, figure: Figure, *, shaded: bool = False) -> str:
        """Save a figure under its name and return it as an address for the page.

        ``shaded`` where it holds a map: see :func:`corridor_sim.report.figures.drawing.drawn`.
        """
        picture = drawn(figure, shaded=shaded)
        save(picture.png, self.folder / f"{name}.png")
        return data_address(picture.embedded, picture.media)


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
    return environment.get_template(template).render(**content)


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

    def there(names: list[str]) -> list[str]:
        return [one for one in names if (study.out / one).exists()]

    content = {"box": None, **content}
    if content["box"] is None:
        content["box"] = rests_on(study)
    page = render(template, **head, **content, there=there, provenance=provenance(study, **foot))
    return write_bytes(study.out / name, page.encode())


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
