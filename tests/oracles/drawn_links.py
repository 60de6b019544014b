"""Links drawn in a GIS, and what the command line says to them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corridor_sim.cli.main import main
from oracles.link_country import CRS, LINKS, corners

PASS = corners(LINKS["pass"][1], 10.0)
LEFT = corners(LINKS["left"][1], 10.0)
GOOD: dict[str, Any] = {"name": ["a", "b"], "cost": [4.0, 2.0], "actions": ["crossings"] * 2}


def held() -> dict[str, bytes]:
    """Return every file below the working folder."""
    return {str(p): p.read_bytes() for p in sorted(Path().rglob("*")) if p.is_file()}


def refused(capsys: pytest.CaptureFixture[str], path: Path, *words: str) -> str:
    """Return the one line with which ranking is refused; nothing is left behind, nothing lost."""
    before, folders = held(), {p for p in Path().rglob("*") if p.is_dir()}
    code = main(["links", "rank", path.name, "--out", "out", "--quiet", *words])
    said = capsys.readouterr()
    assert said.out == ""
    (line,) = said.err.strip().splitlines()
    assert code == 2, line
    assert "Traceback" not in line
    assert held() == before
    assert {p for p in Path().rglob("*") if p.is_dir()} == folders
    return line


def write_vectors(
    path: Path,
    shapes: list[Any],
    crs: str | None = CRS,
    *,
    layer: str = "links",
    append: bool = False,
    **fields: Any,
) -> None:
    """Write features as a GeoPackage, GeoJSON or Shapefile, by the ending of the name."""
    import pyogrio
    from shapely import to_wkb

    kinds = {shape.geom_type + (" Z" if shape.has_z else "") for shape in shapes}
    columns = [np.array(v, object if isinstance(v[0], str) else None) for v in fields.values()]
    pyogrio.raw.write(
        path,
        to_wkb(np.array(shapes, object), output_dimension=3),
        columns,
        list(fields),
        crs=crs,
        geometry_type=kinds.pop() if len(kinds) == 1 else "Unknown",
        append=append,
        **({"layer": layer} if path.suffix == ".gpkg" else {}),
    )


def polygons(*outlines: list[list[float]]) -> list[Any]:
    """Return polygons of outlines."""
    from shapely import Polygon

    return [Polygon(one) for one in outlines]
