"""A ranking of links with known answers, and what its page says."""

from __future__ import annotations

import dataclasses
import html
import re
from pathlib import Path
from typing import Any

from corridor_sim.links.files import write_result
from corridor_sim.report.links import write_links_report
from corridor_sim.report.text.links_found import Found
from oracles.link_country import LINKS, ranked, write_links

NAMES = tuple(LINKS)
AT = {name: i for i, name in enumerate(NAMES)}
PROCEDURE = """
target = "order"
indifference = 0.2
first_replicates = 5
budget_runs = 50
pairs_runs = 35
confirm_replicates = 3
"""


def ranked_country(folder: Path) -> Found:
    """Return the ranking of all links of the made country, in a folder."""
    path = write_links(folder, links="budget = 9", procedure=PROCEDURE)
    result, evaluator = ranked(path, folder / "out")
    return Found(result, evaluator, evaluator.study.landscape_of(evaluator.study.scenarios[0]))


def with_(found: Found, **changes: Any) -> Found:
    """Return the same ranking with parts of the result replaced."""
    return dataclasses.replace(found, result=dataclasses.replace(found.result, **changes))


def page_of(found: Found) -> str:
    write_result(found.result, found.evaluator, found.land)
    path = write_links_report(found)
    return path.read_text(encoding="utf-8")


def text_of(page: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", page))
