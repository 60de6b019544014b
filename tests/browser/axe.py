"""What axe-core finds on a page."""

from __future__ import annotations

from typing import Any

import pytest

WORST = ("serious", "critical")


def findings(page: Any) -> list[str]:
    """Serious and critical findings, with the place of each."""
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe is not installed"
    )
    found = axe.Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {node['target']} {node.get('failureSummary', '')[:200]}"
        for one in found
        if one["impact"] in WORST
        for node in one["nodes"]
    ]
