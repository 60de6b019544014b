"""Make the film of the site's first page: the same bears without and with a link, day by day.

    python tools/film.py [docs/pictures/film.mp4]

Thirty seconds. Needs ffmpeg (Debian: apt-get install ffmpeg); takes about two minutes. A picture of
its middle is saved beside it, for where films are not shown.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import geopandas as gpd
import matplotlib as mpl
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from shapely import Polygon

import corridor_sim as cs

ROOT = Path(__file__).parents[1]
FPS, WIDTH, HEIGHT = 20, 960, 720
# seconds: title, without the link, with it, the answer
TITLE_S, WALK_S, ANSWER_S = 3, 10, 7
OUTLINE = [
    *([-78.65, -2.3], [-78.45, -2.3], [-78.50, -3.1]),
    *([-78.85, -4.1], [-79.05, -4.1], [-78.75, -3.1]),
]
INK, PAPER, LINK, BEAR, JOINED = "#1b2a26", "#fbfaf6", "#08519c", "#7a3b00", "#cb181d"
FONT = Path(mpl.get_data_path()) / "fonts/ttf"
# pixels of the map at the left; words stand at its right
MAP_W = 600
TRAIL_DAYS = 25
# after which all have settled, died or given up
LAST_DAY = 10_000


def font(size: int, *, bold: bool = False) -> Any:
    return ImageFont.truetype(str(FONT / f"DejaVuSans{'-Bold' if bold else ''}.ttf"), size)


class Ground:
    """The map as a picture, and where a place of the grid lies on it."""

    def __init__(self, scenario: Any, bounds: tuple[float, float, float, float]) -> None:
        land = cs.scenario_landscape(scenario)
        suitable = cs.suitability(land, "andean_bear")
        self.west, self.south, east, self.north = bounds
        self.scale = min(MAP_W / (east - self.west), HEIGHT / (self.north - self.south))
        x = self.west + (np.arange(MAP_W) + 0.5) / self.scale
        y = self.north - (np.arange(HEIGHT) + 0.5) / self.scale
        col = np.abs(suitable.x.values[None] - x[:, None]).argmin(1)
        row = np.abs(suitable.y.values[None] - y[:, None]).argmin(1)
        level = np.nan_to_num(suitable.values)[np.ix_(row, col)]
        down, right = np.gradient(land.to_xarray()["elevation_m"].values)
        shade = np.clip(1 + (right + down) / 1600, 0.84, 1.06)[np.ix_(row, col)][..., None]
        greens = mpl.colormaps["Greens"](level / 1.5)[..., :3]
        self.picture = Image.fromarray((255 * np.clip(greens * shade, 0, 1)).astype(np.uint8))

    def at(self, points: Any) -> list[tuple[float, float]]:
        """Return places, metres ``[n, 2]``, as pixels."""
        p = np.asarray(points)
        return list(
            zip(
                (p[:, 0] - self.west) * self.scale, (self.north - p[:, 1]) * self.scale, strict=True
            )
        )


def film() -> tuple[Ground, dict[str, list[dict[str, Any]]], list[tuple[float, float]], Any]:
    """Simulate; return the ground, animals without and with the link, its outline, the answer."""
    cleared = cs.Scenario(
        name="Forty per cent cleared",
        days=180,
        landscape={"cell_m": 2000},
        edits=[{"kind": "clear", "fraction": 0.4, "aggregation": 0.7}],
        species={"andean_bear": {}},
    )
    evaluator = cs.LinkEvaluator(cleared, replicates=20, dispersers=400)
    effect = evaluator.evaluate(OUTLINE)
    lives = evaluator.lives(effect)
    gained = lives[(lives["fate_without"] != "joined") & (lives["fate_with"] == "joined")]
    others = lives.drop(gained.index)
    some = [*gained.index[:40], *others.index[:: max(1, len(others) // 40)][:40]]
    chosen = lives.loc[some]
    ways = evaluator.ways(effect, chosen, most=len(chosen))
    fates = chosen.reset_index(drop=True)
    shape = gpd.GeoSeries([Polygon(OUTLINE)], crs=4326).to_crs(ways.crs)
    west, south, east, north = shape.total_bounds
    middle, half = (west + east) / 2, 0.5 * (north - south) + 2.5e4
    wide = half * MAP_W / HEIGHT
    centre = (south + north) / 2
    ground = Ground(cleared, (middle - wide, centre - half, middle + wide, centre + half))
    animals: dict[str, list[dict[str, Any]]] = {"without": [], "with": []}
    for change, some_ways in ways.groupby("change"):
        for row in some_ways.itertuples():
            fate = fates[fates["animal"] == row.animal].iloc[0]
            place = ground.at(np.array(row.geometry.coords)[:, :2])
            animals[str(change)].append(
                {"way": place, "joined": fate[f"fate_{change}"] == "joined"}
            )
    outline = ground.at(np.array(shape.iloc[0].exterior.coords))
    total = effect.totals.query("species == 'andean_bear' and quantity == 'joining_per_year'").iloc[
        0
    ]
    return ground, animals, outline, (total, len(lives))


class Frames:
    """Draws one frame after the other."""

    def __init__(self, ground: Ground, outline: list[tuple[float, float]]) -> None:
        self.ground, self.outline = ground, outline

    def frame(
        self, head: str, words: list[str], animals: list[dict[str, Any]], day: float, *, link: bool
    ) -> Image.Image:
        picture = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
        picture.paste(self.ground.picture, (0, 0))
        pen = ImageDraw.Draw(picture, "RGBA")
        if link:
            pen.polygon(self.outline, fill=(8, 81, 156, 40))
            pen.line(self.outline, fill=LINK, width=3)
        there = 0
        for one in animals:
            last = min(int(day), len(one["way"]) - 1)
            home = one["joined"] and day >= len(one["way"]) - 1
            there += home
            colour = JOINED if home else BEAR
            trail = one["way"][max(0, last - TRAIL_DAYS) : last + 1]
            if len(trail) > 1:
                pen.line(trail, fill=(122, 59, 0, 110), width=1)
            x, y = one["way"][last]
            size = 5 if home else 3
            pen.ellipse((x - size, y - size, x + size, y + size), fill=colour, outline="white")
        # what lies beyond the map's edge is not drawn over the words
        pen.rectangle((MAP_W, 0, WIDTH, HEIGHT), fill=PAPER)
        y = self._write(pen, head, 40, font(25, bold=True))
        for text in words:
            y = self._write(pen, text, y + 22, font(17))
        if animals:
            if day < LAST_DAY:
                pen.text((MAP_W + 26, 560), f"day {int(day)}", fill=INK, font=font(17))
            pen.text((MAP_W + 26, 592), f"{there}", fill=JOINED, font=font(46, bold=True))
            pen.text((MAP_W + 26, 650), "reached another core area", fill=INK, font=font(17))
        return picture

    def _write(self, pen: Any, text: str, y: float, look: Any) -> float:
        line = ""
        for word in [*text.split(), "\n"]:
            longer = f"{line} {word}".strip()
            if word == "\n" or pen.textlength(longer, font=look) > WIDTH - MAP_W - 46:
                pen.text((MAP_W + 26, y), line, fill=INK, font=look)
                y += look.size * 1.35
                line = word
            else:
                line = longer
        return y


def main(target: Path) -> None:
    if shutil.which("ffmpeg") is None:
        raise SystemExit("ffmpeg is not there (Debian: apt-get install ffmpeg)")
    ground, animals, outline, (total, of) = film()
    frames = Frames(ground, outline)
    n = len(animals["without"])
    first = "Young Andean bears look for a home"
    where = "Between Sangay and Podocarpus, southern Ecuador. Two fifths of the forest are cleared."
    same = "The same bears, the same chance: only the link is new."
    changed = (
        f"{n} of the {of:,} bears whose lives the link changes; half of them are those it helps."
    )
    command = ["ffmpeg", "-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24"]
    command += ["-s", f"{WIDTH}x{HEIGHT}", "-r", str(FPS), "-i", "-", "-an", "-c:v", "libx264"]
    command += [
        "-preset",
        "veryslow",
        "-crf",
        "29",
        "-pix_fmt",
        "yuv420p",
        "-movflags",
        "+faststart",
    ]
    with subprocess.Popen([*command, str(target)], stdin=subprocess.PIPE) as coder:
        assert coder.stdin is not None

        def show(picture: Image.Image) -> None:
            assert coder.stdin is not None
            coder.stdin.write(picture.tobytes())

        for _ in range(TITLE_S * FPS):
            show(frames.frame(first, [where], [], 0, link=False))
        for change, head in (("without", "Without a link"), ("with", "With a link")):
            most = max(len(one["way"]) for one in animals[change])
            words = [changed] if change == "without" else [same]
            for i in range(WALK_S * FPS):
                day = most * i / (WALK_S * FPS - 20)
                picture = frames.frame(head, words, animals[change], day, link=change == "with")
                show(picture)
        picture.save(target.with_suffix(".png"), optimize=True)
        words = [
            f"{total['change']:+.2f} bears a year reach another core area "
            f"(95 % interval {total['low']:.2f} to {total['high']:.2f}).",
            "Simulated, not observed: every number can be traced to its source and run again.",
            "corridor_sim",
        ]
        for _ in range(ANSWER_S * FPS):
            show(frames.frame("What the link does", words, animals["with"], LAST_DAY, link=True))
    print(f"{target}: {target.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs/pictures/film.mp4")
