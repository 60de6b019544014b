"""Letters of any script in figures: from a font that has them, or told in one line."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib import font_manager
from PIL import Image

from corridor_sim.cli import main as cli
from corridor_sim.report.figures import fonts
from corridor_sim.report.figures.drawing import drawn, new_figure, styled

SCRIPTS = {
    "Chinese": "\u4fdd\u62a4\u533a",
    "Thai": "\u0e1b\u0e32",
    "Devanagari": "\u0935\u0928",
    "Amharic": "\u12f0\u1295",
    "emoji": "\U0001f406\U0001f33f",
}


@pytest.fixture(autouse=True)
def own_fonts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Only the fonts that matplotlib brings along, whatever this machine has."""
    brought = [one for one in font_manager.fontManager.ttflist if "matplotlib" in one.fname]
    monkeypatch.setattr(font_manager.fontManager, "ttflist", brought)
    monkeypatch.setattr(font_manager, "findSystemFonts", list)
    font_manager.fontManager._findfont_cached.cache_clear()
    fonts.families_for.cache_clear()
    fonts._without.clear()
    yield
    fonts.families_for.cache_clear()
    fonts._without.clear()
    font_manager.fontManager._findfont_cached.cache_clear()


def make_font(path: Path, family: str, letters: str) -> Path:
    """A font whose every letter is a full square."""
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for corner in ((0, 800), (900, 800), (900, 0)):
        pen.lineTo(corner)
    pen.closePath()
    square = pen.glyph()
    names = [".notdef", *(f"u{ord(c):X}" for c in letters)]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({ord(c): f"u{ord(c):X}" for c in letters})
    builder.setupGlyf(dict.fromkeys(names, square))
    builder.setupHorizontalMetrics(dict.fromkeys(names, (1000, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": family, "styleName": "Regular"})
    builder.setupOS2(usWeightClass=400)
    builder.setupPost()
    builder.save(path)
    return path


def picture(text: str) -> np.ndarray:
    with styled(), warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = new_figure(3, 1)
        figure.text(0.05, 0.4, text, fontsize=20)
        return np.asarray(Image.open(io.BytesIO(drawn(figure).png)))


@pytest.mark.parametrize("script", SCRIPTS)
def test_letters_without_a_font_are_told_once_and_without_warnings(script: str) -> None:
    letters = SCRIPTS[script]
    picture(f"Area {letters}")
    said = fonts.said_of_letters()
    assert "\n" not in said
    for letter in letters:
        assert letter in said
    assert "install a font" in said
    assert fonts.said_of_letters() == ""


@pytest.mark.parametrize("script", SCRIPTS)
def test_letters_come_from_a_font_of_the_system(
    script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    letters = SCRIPTS[script]
    font = make_font(tmp_path / "script.ttf", "Squares", letters)
    boxes = picture(f"Area {letters}")
    fonts.families_for.cache_clear()
    fonts.said_of_letters()
    monkeypatch.setattr(font_manager, "findSystemFonts", lambda: [str(font)])
    squares = picture(f"Area {letters}")
    assert fonts.said_of_letters() == ""
    assert fonts.families_for(frozenset(letters)) == ("Squares",)
    assert (squares != boxes).any()
    # the letters of the own font stay as they are
    assert (squares[:, :60] == boxes[:, :60]).all()


def test_as_few_fonts_as_needed_the_same_always(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [
        make_font(tmp_path / "b.ttf", "Zebra", "\u4fdd\u62a4"),
        make_font(tmp_path / "a.ttf", "Noto Sans Thai", "\u0e1b"),
        make_font(tmp_path / "c.ttf", "Aardvark", "\u4fdd"),
    ]
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    paths = [str(one) for one in (*made, tmp_path / "broken.ttf", tmp_path / "gone.ttf")]
    wanted = frozenset("\u4fdd\u62a4\u0e1b")
    for order in (paths, paths[::-1]):
        monkeypatch.setattr(font_manager, "findSystemFonts", lambda order=order: order)
        fonts.families_for.cache_clear()
        assert fonts.families_for(wanted) == ("Noto Sans Thai", "Aardvark", "Zebra")


def test_other_warnings_go_on() -> None:
    class Canvas:
        def draw(self) -> None:
            warnings.warn("something else", UserWarning, stacklevel=1)

    with pytest.warns(UserWarning, match="something else"):
        fonts.draw_with_letters(new_figure(1, 1), Canvas())


@pytest.mark.parametrize("quiet", [True, False])
def test_one_line_on_standard_error_and_none_if_quiet(
    quiet: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    picture("".join(SCRIPTS.values()))
    picture(SCRIPTS["Thai"])
    cli.tell_of_letters(quiet=quiet)
    said = capsys.readouterr().err
    assert said.count("\n") == (0 if quiet else 1)
    assert said.startswith("" if quiet else "corridor-sim: no font on this computer has")
