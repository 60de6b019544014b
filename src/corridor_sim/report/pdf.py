"""Pages as PDF, printed by whatever prints pages on this machine.

A browser does it best: Chromium, Chrome or Edge without a window. Without one WeasyPrint does it
where it is installed, and else matplotlib sets words, tables and figures plainly. What is folded on
a screen is printed open, and the contents get the numbers of the pages. Pages are data: no script
of theirs runs, and nothing is fetched.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from corridor_sim.errors import ResultsError, shown
from corridor_sim.files import read_regular, write_bytes, writing
from corridor_sim.languages import mark, tr, tr_plural
from corridor_sim.report.page import REPORT, SUMMARY

# by name where programs are looked for, then where installers put them
BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "msedge",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
FLAGS = (
    "--headless",
    "--disable-gpu",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-extensions",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    # whatever a page asks for, no name leads anywhere
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--no-pdf-header-footer",
    "--generate-pdf-document-outline",
)
# how long a browser may take for a page of hundreds of sheets on a busy machine
PATIENCE_S = 300
# whatever a page says of itself: nothing is run or fetched while it is printed
POLICY = (
    '<meta http-equiv="Content-Security-Policy" '
    "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">"
)
DOCTYPE = "<!DOCTYPE html>"
LARGEST = 500_000_000
# sizes of letters, in points, from which a page that must fit one sheet takes the first that does
SIZES_PT = (10.0, 9.2, 8.5, 7.8, 7.1, 6.5)

Print = Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class Printed:
    """What was printed.

    Attributes
    ----------
    files : tuple of Path
        ``summary.pdf``, the answer on one sheet, where the folder has one; and ``report.pdf``.
    pages : tuple of int
        Of each.
    by : str
        Which program did it.
    """

    files: tuple[Path, ...]
    pages: tuple[int, ...]
    by: str

    def __str__(self) -> str:
        told = [
            f"{path.name}: {tr_plural('{n} page', '{n} pages', n)}"
            for path, n in zip(self.files, self.pages, strict=True)
        ]
        return tr("{files}; printed by {program}", files=", ".join(told), program=self.by)


def write_pdfs(folder: Path) -> Printed:
    """Print the pages of a results folder into it: one sheet for who decides, and the report.

    Raises
    ------
    ResultsError
        The folder has no report, or cannot be written.
    """
    names = [name for name in (SUMMARY, REPORT) if (folder / name).is_file()]
    if REPORT not in names:
        raise ResultsError(
            f"has no {REPORT}", where=folder, remedy="make it first: corridor-sim report FOLDER"
        )
    pages = {name: _read(folder / name) for name in names}
    failed = ""
    for by, engine in engines(folder):
        try:
            made = {
                name: one_sheet(page, engine) if name == SUMMARY else with_numbers(page, engine)
                for name, page in pages.items()
            }
        except PrintError as error:
            failed = str(error)
            continue
        written = [
            write_bytes(folder / f"{name.removesuffix('.html')}.pdf", data)
            for name, data in made.items()
        ]
        by = f"{tr(by)} ({failed})" if failed else tr(by)
        return Printed(tuple(written), tuple(map(count_pages, made.values())), by)
    raise ResultsError(f"could not be printed: {failed}", where=folder / REPORT)


class PrintError(Exception):
    """One program could not print; another may."""


def _read(path: Path) -> str:
    try:
        return read_regular(path, LARGEST).decode("utf-8")
    except (OSError, ValueError) as error:
        raise ResultsError(f"cannot be read: {error}", where=path) from error


def engines(folder: Path) -> Iterator[tuple[str, Print]]:
    """Yield what prints on this machine, the best first, with its name."""
    browser = find_browser()
    if browser is not None:
        yield Path(browser).stem, lambda page: by_browser(page, browser, folder)
    if _has_weasyprint():
        yield "WeasyPrint", by_weasyprint
    from corridor_sim.report.plain_pages import plain_pdf

    yield mark("matplotlib, plainly, for want of Chromium, Chrome, Edge or WeasyPrint"), plain_pdf


def find_browser() -> str | None:
    """Return the first browser that is there."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


def _has_weasyprint() -> bool:
    try:
        # of version 68 or later, which can be told to fetch nothing
        from weasyprint.urls import URLFetcher  # noqa: F401
    except (ImportError, OSError):
        # OSError: it is installed, but a library of the system is not
        return False
    return True


# ---- the page on paper


def prepared(page: str) -> str:
    """Return a page as it is printed: all that is folded open, without scripts."""
    page = re.sub(r"<script\b.*?</script>", "", page, flags=re.DOTALL)
    page = re.sub(r"<details\b[^>]*>", "<details open>", page)
    return DOCTYPE + POLICY + page.removeprefix(DOCTYPE)


def with_numbers(page: str, engine: Print) -> bytes:
    """Print a page whose contents name the page of each section.

    It is printed twice: where sections lie is known only once they are printed.
    """
    page = prepared(page)
    contents = re.search(r"<nav\b.*?</nav>", page, flags=re.DOTALL)
    if contents is None:
        return engine(page)

    def numbered(pages: dict[str, int]) -> str:
        def entry(found: re.Match[str]) -> str:
            number = pages.get(found[1], 0)
            return f'<a data-page="{number or "000"}" href="#{found[1]}"'

        inside = re.sub(r'<a href="#([^"]+)"', entry, contents[0])
        inside = inside.replace("<nav", '<nav class="paged"', 1)
        return page[: contents.start()] + inside + page[contents.end() :]

    first = engine(numbered({}))
    return engine(numbered(page_of_sections(first)))


def one_sheet(page: str, engine: Print) -> bytes:
    """Print a page on one sheet, in the largest letters with which all of it fits."""
    page = prepared(page)
    made = b""
    for size in SIZES_PT:
        made = engine(page.replace("<html ", f'<html style="font-size: {size}pt" ', 1))
        if count_pages(made) == 1:
            break
    return made


def count_pages(data: bytes) -> int:
    """Return how many pages a PDF file has."""
    from pypdf import PdfReader

    return len(PdfReader(io.BytesIO(data)).pages)


def page_of_sections(data: bytes) -> dict[str, int]:
    """Return the number of the page, from 1, on which each named place of a PDF file lies."""
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(data))
    found = {}
    for name, place in reader.named_destinations.items():
        number = reader.get_destination_page_number(place)
        if number is not None and number >= 0:
            found[str(name).removeprefix("/")] = number + 1
    return found


# ---- who prints


def by_browser(page: str, browser: str, folder: Path) -> bytes:
    """Print a page by a browser without a window.

    It works in a folder beside the results, since some browsers see no other: those of Snap have
    a temporary folder of their own.
    """
    flags = list(FLAGS)
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # the browser's own sandbox refuses the superuser; of a page nothing is run
        flags.append("--no-sandbox")
    with writing(folder), tempfile.TemporaryDirectory(prefix="printing-", dir=folder) as name:
        room = Path(name).resolve()
        source, made = room / "page.html", room / "page.pdf"
        source.write_text(page, encoding="utf-8")
        flags += [f"--user-data-dir={room / 'profile'}", f"--print-to-pdf={made}"]
        try:
            done = subprocess.run(
                [browser, *flags, source.as_uri()],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=PATIENCE_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise PrintError(f"{browser}: {error}") from error
        if done.returncode or not made.is_file():
            last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
            raise PrintError(f"{browser}: {shown(last[0]) if last else done.returncode}")
        return made.read_bytes()


def by_weasyprint(page: str) -> bytes:
    """Print a page by WeasyPrint, which knows no scripts; nothing but its own pictures is read."""
    from weasyprint import HTML
    from weasyprint.urls import URLFetcher

    fetcher = URLFetcher(allowed_protocols=("data",))
    found: bytes = HTML(string=page, url_fetcher=fetcher).write_pdf()
    return found
