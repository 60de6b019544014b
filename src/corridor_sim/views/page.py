"""What all reports share: figures kept for the page, and a template made into one HTML file."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corridor_sim.files import write_bytes
from corridor_sim.views.drawing import Drawn, save

REPORT = "report.html"


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure of the report: its bytes as a data address, what it shows, and its caption."""

    uri: str
    alt: str
    caption: str


class Album:
    """Saves every figure under ``figures/`` and keeps it for the page."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add(self, name: str, figure: Drawn, alt: str, caption: str) -> Picture:
        """Save a figure under its name and return it for the page."""
        save(figure.png, self.folder / f"{name}.png")
        uri = f"data:{figure.media};base64," + base64.b64encode(figure.embedded).decode()
        return Picture(uri, alt, caption)


def render(template: str, **content: Any) -> str:
    """Return a template of this package filled in; a name that it lacks is an error."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("corridor_sim.views"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(**content)


def write_page(template: str, content: dict[str, Any], out: Path) -> Path:
    """Fill in a template as ``report.html`` in a results folder and return its path.

    Raises
    ------
    ResultsError
        The disk is full, or the folder cannot be written.
    """
    return write_bytes(out / REPORT, render(template, **content).encode())
