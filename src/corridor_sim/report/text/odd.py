"""The description of the model in the order of the ODD protocol, as text that ships.

Grimm et al. 2020, Journal of Artificial Societies and Social Simulation 23(2):7,
doi:10.18564/jasss.4259. The text is ``templates/odd.md``, and ``odd.LANGUAGE.md`` beside
it with the same sections in the same order; the documentation prints the English one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import resources

from corridor_sim.languages import ENGLISH, current

HEADING = re.compile(r"^(##|###) (.+)$")


@dataclass(frozen=True, slots=True)
class OddSection:
    """One element of the protocol.

    Attributes
    ----------
    key : str
        Its English title in small letters with underscores: ``"design_concepts"``.
    title : str
    paragraphs : tuple of str
        Markdown with ``*`` and ``**`` alone, each paragraph one line.
    parts : tuple of OddSection
        Design concepts and submodels; empty elsewhere.
    """

    key: str
    title: str
    paragraphs: tuple[str, ...]
    parts: tuple[OddSection, ...] = ()


def odd_markdown(language: str = ENGLISH) -> str:
    """Return the description as Markdown, in English where a language has none."""
    folder = resources.files("corridor_sim.report") / "templates"
    own = folder / f"odd.{language.partition('_')[0]}.md"
    return (own if own.is_file() else folder / "odd.md").read_text("utf-8")


def odd_text() -> tuple[OddSection, ...]:
    """Return the description of the model in the seven elements of the ODD protocol.

    Overview, design concepts and details, in the order and with the headings of Grimm et al. 2020
    (doi:10.18564/jasss.4259); in the current language, where the package has it in that.

    Returns
    -------
    tuple of OddSection
        Each with ``key``, ``title``, ``paragraphs`` (Markdown with ``*`` and ``**`` alone), and
        ``parts``, which design concepts and submodels have.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> [one.key for one in cs.odd_text()][:2]
    ['purpose_and_patterns', 'entities_state_variables_and_scales']
    """
    found: list[OddSection] = []
    english = (title for _, title, _ in _pieces(odd_markdown()))
    own = _pieces(odd_markdown(current().code))
    for name, (level, title, text) in zip(english, own, strict=True):
        one = OddSection(_key(name), title, text)
        if level == "##":
            found.append(one)
        else:
            last = found[-1]
            parts = (*last.parts, one)
            found[-1] = OddSection(last.key, last.title, last.paragraphs, parts)
    return tuple(found)


def _pieces(text: str) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return level, title and paragraphs below each heading."""
    found: list[tuple[str, str, list[str]]] = []
    for block in re.split(r"\n\s*\n", text.strip()):
        heading = HEADING.match(block)
        if heading:
            found.append((heading[1], heading[2], []))
        else:
            found[-1][2].append(" ".join(block.split()))
    return [(level, title, tuple(paragraphs)) for level, title, paragraphs in found]


def _key(title: str) -> str:
    return "_".join(re.findall(r"[a-z]+", title.lower()))
