"""Routes of the view Learn."""

from __future__ import annotations

from starlette.routing import Route

from corridor_sim.app.engine import Engine


def routes(engine: Engine) -> list[Route]:
    """Return what the view asks for."""
    return []
