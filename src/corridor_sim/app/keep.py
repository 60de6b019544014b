"""The view Keep: files of what was drawn, those of others, the report, the brief, and runs."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

import corridor_sim as cs
from corridor_sim.app.engine import Engine
from corridor_sim.app.replies import Refused, data_of, reply
from corridor_sim.app.words import word

REPORTS = "reports"
REPORT = "report.html"
# what a form is called as a file, and what it is of
FORMS = {
    "alternatives": "drawn.toml",
    "map": "drawn.gpkg",
    "links": "links.toml",
    "experiment": "experiment.toml",
    "scenario": "scenario.toml",
}
MEDIA = {".toml": "application/toml", ".gpkg": "application/geopackage+sqlite3"}
OPENED = (".toml", ".gpkg", ".geojson", ".json", ".zip", ".fgb", ".kml")
MOST_OPENED_BYTES = 64 << 20
MOST_TITLE = 120
NAME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}-[0-9]{4,6}(-[0-9]+)?")
SCRIPTS = re.compile(r"<script\b.*?</script>", re.DOTALL)
# a report holds its own styles and pictures, and asks for nothing
REPORT_POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'none'"
)


def routes(engine: Engine) -> list[Route]:
    """Return what the view asks for."""
    keep = Keep(engine)
    return [
        Route("/api/files/{form}", keep.file),
        Route("/api/links-left-out", keep.left_out),
        Route("/api/opened", keep.open, methods=["POST"]),
        Route("/api/brief", keep.brief, methods=["POST"]),
        Route("/api/reports", keep.reports),
        Route("/api/reports", keep.make_report, methods=["POST"]),
        Route("/api/reports/forecast", keep.forecast, methods=["POST"]),
        Route("/api/runs", keep.runs),
        Route("/api/runs/{run}", keep.run),
        Route(f"/reports/{{name}}/{REPORT}", keep.report),
    ]


def told_of_report(found: cs.Results) -> dict[str, str]:
    """Return what windows are told of a report that is done; called in the process that made it."""
    return {"name": found.folder.name}


class Keep:
    """Answers the requests of the view.

    Parameters
    ----------
    engine : Engine
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.answers = engine.answers
        # GDAL's settings are those of the whole program
        self._maps = asyncio.Lock()

    # ---- files

    def _drawn(self, names: list[str] | None = None) -> cs.Alternatives:
        """Return what is drawn, or some of it.

        Raises
        ------
        Refused
            Nothing is, or there is no such alternative.
        """
        now = self.engine.work.alternatives
        if names is None:
            names = [one.name for one in now.alternatives]
        by_name = {one.name: one for one in now.alternatives}
        for name in names:
            if name not in by_name:
                raise Refused(word("server.no_alternative", name=name), 404)
            if not by_name[name].changes:
                raise Refused(word("server.nothing_drawn", name=name), 422)
        if not names:
            raise Refused(word("keep.save.nothing"), 422)
        chosen = tuple(by_name[name] for name in names)
        return now.model_copy(update={"alternatives": chosen, "base": None})

    async def file(self, request: Request) -> Response:
        """Return what is drawn as a file of one form."""
        form, name = request.path_params["form"], request.query_params.get("name")
        if form not in FORMS:
            raise Refused(word("keep.save.no_form"), 404)
        evaluator = self.answers.need()
        drawn = self._drawn([name] if name is not None else self._some())
        filename = Path(FORMS[form] if name is None else f"{_slug(name)}.toml")

        def call() -> bytes:
            with TemporaryDirectory(prefix="corridor_sim.") as folder:
                kind = "alternatives" if form == "map" else form
                path = Path(folder) / filename
                cs.write_alternatives(drawn, path, form=kind, scenario=evaluator.resolved)
                return path.read_bytes()

        return _download(await self._with_maps(call), str(filename))

    def _some(self) -> list[str]:
        """Return the names of the alternatives in which something is drawn."""
        return [one.name for one in self.engine.work.alternatives.alternatives if one.changes]

    async def left_out(self, request: Request) -> Response:
        """Return which alternatives are no links, and why."""
        evaluator = self.answers.need()
        found = {}
        for one in self.engine.work.alternatives.alternatives:
            try:
                one.candidate(evaluator.reference)
            except cs.CorridorSimError as bad:
                found[one.name] = f"{bad.problem}; {bad.remedy}"
        return reply({"left_out": found})

    async def _with_maps(self, call: Any) -> Any:
        async with self._maps:
            return await run_in_threadpool(call)

    # ---- files of others

    async def open(self, request: Request) -> Response:
        """Return the alternatives of a file: their names, or those that were chosen."""
        evaluator = self.answers.need()
        filename = _shown(request.query_params.get("file", ""))
        names = request.query_params.getlist("name") or None
        suffix = Path(filename).suffix.lower()
        if suffix == ".shp":
            raise Refused(word("keep.open.shp_alone"), 422)
        if suffix not in OPENED:
            raise Refused(word("keep.open.no_kind", file=filename), 422)
        body = bytearray()
        async for part in request.stream():
            body += part
            if len(body) > MOST_OPENED_BYTES:
                most = MOST_OPENED_BYTES >> 20
                raise Refused(word("keep.open.too_large", file=filename, most=most), 413)

        def call() -> dict[str, Any]:
            with TemporaryDirectory(prefix="corridor_sim.") as folder:
                path = Path(folder) / f"opened{suffix}"
                path.write_bytes(body)
                try:
                    if names is None:
                        return {"names": cs.alternative_names(path)}
                    found = cs.read_alternatives(path, names=names, landscape=evaluator.reference)
                except cs.CorridorSimError as bad:
                    raise Refused(str(bad).replace(str(path), filename), 422) from None
            data = found.model_dump(mode="json", exclude_none=True, exclude={"base"})
            return {"names": names, **data}

        return reply(await self._with_maps(call))

    # ---- the page for who decides

    async def brief(self, request: Request) -> Response:
        """Return one page on some alternatives, as PDF."""
        data = await data_of(request)
        names, title = data.get("names"), data.get("title")
        if not isinstance(names, list) or not isinstance(title, str | None):
            raise Refused(word("server.unread"))
        evaluator, drawn = self.answers.need(), self._drawn([str(one) for one in names])
        origin = f"{request.url.scheme}://{request.headers.get('host', '')}"
        run = self.answers.runs.keep(evaluator, drawn.alternatives)
        again = ""
        if run is not None:
            again = f"{self.answers.runs.command(run)} ({origin}/#run={run})"
        chosen = self.answers.best_set or {}

        def call() -> bytes:
            effects = [self.answers.effect(one) for one in drawn.alternatives]
            with TemporaryDirectory(prefix="corridor_sim.") as folder:
                path = cs.write_brief(
                    evaluator,
                    effects,
                    Path(folder) / "brief.pdf",
                    costs={one.name: one.cost for one in drawn.alternatives if one.cost},
                    currency=drawn.cost_unit,
                    title=(title or "").strip()[:MOST_TITLE] or None,
                    command=again,
                    more=[chosen["sentence"]()] if chosen.get("sentence") else [],
                )
                return path.read_bytes()

        return _download(await self.engine.result(call), "brief.pdf")

    # ---- the report

    @property
    def _folder(self) -> Path:
        return self.engine.work.folder / REPORTS

    async def reports(self, request: Request) -> Response:
        """Return the reports of the folder, the newest first, and what one is asked for with."""
        found = []
        for path in sorted(self._folder.glob("*.toml"), reverse=True):
            done = self._folder / path.stem / REPORT
            if NAME.fullmatch(path.stem) and done.is_file():
                title = _line(path).removeprefix("# ") or path.stem
                found.append({"name": path.stem, "title": title})
        evaluator = self.answers.evaluator
        scenario = None if evaluator is None else evaluator.resolved.scenario
        return reply(
            {
                "reports": found,
                "days": None if scenario is None or scenario.years else scenario.n_days,
                "replicates": None if scenario is None else scenario.replicates,
            }
        )

    async def _asked(self, request: Request) -> tuple[cs.Alternatives, int, list[str]]:
        """Return what a report is asked of: alternatives, replicates, settings."""
        data = await data_of(request)
        replicates, days = data.get("replicates"), data.get("days")
        for one in (replicates, days):
            if isinstance(one, bool) or not isinstance(one, int | None):
                raise Refused(word("server.unread"))
        scenario = self.answers.need().resolved.scenario
        settings = [] if days is None else [f"base.days={days}"]
        drawn = self._drawn(self._some())
        return drawn, scenario.replicates if replicates is None else replicates, settings

    async def forecast(self, request: Request) -> Response:
        """Return what a report will take."""
        drawn, replicates, settings = await self._asked(request)
        evaluator = self.answers.need()

        def call() -> dict[str, Any]:
            with TemporaryDirectory(prefix="corridor_sim.") as folder:
                path = self._experiment(drawn, Path(folder) / "experiment.toml")
                found = cs.forecast(
                    path, replicates=replicates, set=settings, landscape=evaluator.reference
                )
            seconds = found.seconds + found.beside_s
            return {"seconds": seconds, "bytes": found.peak_bytes, "runs": found.runs}

        return reply(await self.engine.result(call))

    async def make_report(self, request: Request) -> Response:
        """Begin to make a report."""
        drawn, replicates, settings = await self._asked(request)
        runs = self.answers.runs
        run = runs.keep(self.answers.need(), drawn.alternatives)
        again = runs.command(run) if run is not None else ""

        def call() -> Path:
            path = self._experiment(drawn, self._folder / f"{self._free_name()}.toml")
            names = ", ".join(one.name for one in drawn.alternatives)
            text = path.read_text(encoding="utf-8")
            path.write_text(f"# {names}\n# {again}\n{text}", encoding="utf-8")
            return path

        path = await self._with_maps(call)
        arguments = {
            "experiment": str(path),
            "out": str(path.with_suffix("")),
            "replicates": replicates,
            "set": settings,
            "progress": True,
        }
        done = f"{__name__}:{told_of_report.__name__}"
        job = self.engine.jobs.start("report", "compare", arguments, done=done)
        return reply({"job": job, "name": path.stem}, 202)

    def _experiment(self, drawn: cs.Alternatives, path: Path) -> Path:
        scenario = self.answers.need().resolved
        return cs.write_alternatives(drawn, path, form="experiment", scenario=scenario)

    def _free_name(self) -> str:
        stem = datetime.now().astimezone().strftime("%Y-%m-%d-%H%M%S")
        names = [stem, *(f"{stem}-{i}" for i in range(2, 1000))]
        return next(one for one in names if not (self._folder / f"{one}.toml").exists())

    async def report(self, request: Request) -> Response:
        """Return a report as it lies in the folder, as a page that can do nothing."""
        name = request.path_params["name"]
        path = self._folder / name / REPORT
        if NAME.fullmatch(name) is None or not path.is_file():
            raise Refused(word("keep.report.unknown"), 404)
        headers = {"Content-Security-Policy": REPORT_POLICY}
        # what the policy stops is not sent: a report without its script is whole, and less handy
        page = SCRIPTS.sub("", await run_in_threadpool(path.read_text, "utf-8"))
        return HTMLResponse(page, headers=headers)

    # ---- back to a run

    async def runs(self, request: Request) -> Response:
        """Return the run of every alternative as it is now, and the command that does it again."""
        evaluator, runs = self.answers.need(), self.answers.runs
        given = [one for one in self.engine.work.alternatives.alternatives if one.changes]

        def call() -> dict[str, Any]:
            found = {}
            for one in given:
                run = runs.keep(evaluator, [one])
                if run is not None:
                    found[one.name] = {"run": run, "command": runs.command(run)}
            return found

        return reply({"runs": await run_in_threadpool(call)})

    async def run(self, request: Request) -> Response:
        """Return what an address leads to: what was drawn, what it does, how to do it again."""
        run, runs = request.path_params["run"], self.answers.runs
        evaluator = self.answers.need()
        found, shown = runs.read(run), runs.read(run, evaluator.reference)

        def call() -> list[Any]:
            # of what was drawn, to the bit: places that were moved to other metres are rounded
            return [self.answers.effect(one).outcomes for one in found.alternatives]

        outcomes = await self.engine.result(call)
        data = shown.model_dump(mode="json", exclude_none=True, exclude={"base"})
        return reply(
            {
                **data,
                "run": run,
                "same": cs.run_digest(evaluator, found.alternatives) == run,
                "command": runs.command(run),
                "answers": dict(
                    zip((one.name for one in found.alternatives), outcomes, strict=True)
                ),
            }
        )


def _download(data: bytes, name: str) -> Response:
    media = MEDIA.get(Path(name).suffix, "application/pdf")
    return Response(
        data, media_type=media, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _slug(name: str) -> str:
    """Return a name as a file can be called everywhere."""
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[:60].lower() or "scenario"


def _shown(name: str) -> str:
    """Return the name of somebody's file as it can be shown."""
    return "".join(c for c in Path(name).name if c.isprintable())[-80:] or "?"


def _line(path: Path) -> str:
    """Return the first line of a file that was written here."""
    try:
        with path.open(encoding="utf-8") as file:
            return file.readline(2000).strip()
    except (OSError, UnicodeDecodeError):
        return ""
