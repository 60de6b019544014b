"""Drawn alternatives, links files and maps of others with odd values, shapes, bytes and forms."""

from __future__ import annotations

import json
import random
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import corridor_sim as cs
from corridor_sim.config.build import landscape_grid
from corridor_sim.landscape.edits import EDITS
from oracles.hostile import Case
from oracles.odd_values import odd

GRID = landscape_grid(cs.Scenario(landscape={"cell_m": 8000}).landscape)
# nothing but the grid is asked of the landscape
LAND: Any = SimpleNamespace(grid=GRID)
KEYS = ("kind", "name", "areas", "line", "width_m", "crs", "actions", "does", "points", "at")
KEYS += ("file", "fraction", "cost", "changes", "degrees_c", "core", "\\u0000", "x" * 500)
LINK = 'kind = "build_link"\nname = "a"\nline = [[-78.9, -3.0], [-78.3, -3.4]]\nwidth_m = 1e4\n'
TEXTS = ("", "a", "4,5", "1e999", "nan", "-1", "restore", "restore; dig", "[1", '["protect"]')
TEXTS += ("\x00", "é" * 90, "a\nb", "\u2028", "\ud800", "=1+1", "9" * 5000)
PLACES: tuple[Any, ...] = (-78.5, -3.2, 0, 1e9, -1e308, 181.0, None, "a", True, [], {}, 7.6e5)
CRS = ("EPSG:4326", "EPSG:32717", "EPSG:0", "urn:ogc:def:crs:OGC:1.3:CRS84", "x", "", 7, None)
SHAPES = ("Polygon", "MultiPolygon", "LineString", "Point", "GeometryCollection", "Circle", None)


def cases(rng: random.Random, folder: Path) -> Iterator[Case]:
    """Yield files, for ever."""
    while True:
        path, told = rng.choice((_toml, _geojson, _zip))(rng, folder)
        yield Case(f"{path.name}: {told!r}", lambda path=path: _read(path))  # type: ignore[misc]  # bound now


def _read(path: Path) -> None:
    names = cs.alternative_names(path)
    found = cs.read_alternatives(path, names=names[:8], landscape=LAND)
    for one in found.alternatives:
        one.edits(LAND)
        one.candidate(LAND)


def _toml(rng: random.Random, folder: Path) -> tuple[Path, str]:
    if rng.random() < 0.6:
        change = f'kind = "{rng.choice(list(EDITS))}"\n' if rng.random() < 0.6 else LINK
        for key in rng.sample(KEYS, rng.randrange(1, 5)):
            change += f'"{key}" = {odd(rng)}\n'
        text = f'[[alternatives]]\nname = "a"\n[[alternatives.changes]]\n{change}'
    else:
        key = rng.choice(("alternatives", "budget", "cost_unit", "base", "links", "beside"))
        text = f"{key} = {odd(rng)}\n"
    path = folder / "drawn.toml"
    path.write_text(text, encoding="utf-8", errors="replace")
    return path, text


def _place(rng: random.Random, depth: int) -> Any:
    if depth == 0 or rng.random() < 0.05:
        return rng.choice(PLACES)
    if depth == 1 and rng.random() < 0.8:
        return [-78.9 + rng.random(), -3.5 + rng.random()]
    return [_place(rng, depth - 1) for _ in range(rng.choice((0, 1, 2, 3, 4, 5, 40)))]


def _feature(rng: random.Random) -> Any:
    fields = {key: rng.choice((*TEXTS, 4.5, None, [], {})) for key in rng.sample(KEYS, 4)}
    if rng.random() < 0.5:
        fields["cost"] = rng.choice((4.5, "4.5", None))
        ring = [[-78.9, -3.0], [-78.3, -3.0], [-78.3, -3.6], [-78.9, -3.6], [-78.9, -3.0]]
        hole = [[x * 0.5 - 39.3, y * 0.5 - 1.65] for x, y in ring]
        rings = rng.choice(([ring], [ring, hole], [ring, ring], [ring[::2], hole]))
        shape = {"type": "Polygon", "coordinates": rings}
        return {"type": "Feature", "properties": {"cost": fields["cost"]}, "geometry": shape}
    depth = rng.choice((1, 2, 3, 3, 4))
    shape = {"type": rng.choice(SHAPES), "coordinates": _place(rng, depth)}
    return {"type": "Feature", "properties": fields, "geometry": rng.choice((shape, shape, None))}


def _map(rng: random.Random) -> str:
    features = [_feature(rng) for _ in range(rng.randrange(1, 4))]
    whole: dict[str, Any] = {"type": "FeatureCollection", "features": features}
    if rng.random() < 0.3:
        whole["crs"] = {"type": "name", "properties": {"name": rng.choice(CRS)}}
    text = json.dumps(whole)
    return text[: rng.randrange(len(text))] if rng.random() < 0.1 else text


def _geojson(rng: random.Random, folder: Path) -> tuple[Path, str]:
    path, text = folder / rng.choice(("a.geojson", "a.json", "a.gpkg")), _map(rng)
    path.write_text(text, encoding="utf-8")
    return path, text


def _zip(rng: random.Random, folder: Path) -> tuple[Path, str]:
    path, text = folder / "a.zip", _map(rng)
    names = (
        "a.geojson",
        "../a.geojson",
        "/etc/a.geojson",
        "a.shp",
        "\\a.kml",
        "a.geojson/",
        ".a.json",
    )
    told = []
    with zipfile.ZipFile(path, "w") as archive:
        for name in rng.sample(names, rng.randrange(1, 3)):
            archive.writestr(name, text)
            told.append(name)
    if rng.random() < 0.3:
        data = bytearray(path.read_bytes())
        for _ in range(rng.randrange(1, 9)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        path.write_bytes(data)
    return path, f"{told} {text}"
