"""Start the page: check what can be wrong before any work, then serve until interrupted."""

from __future__ import annotations

import logging
import socket
import sys
import threading
import tomllib
import webbrowser
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import corridor_sim as cs

if TYPE_CHECKING:
    from corridor_sim.config.load import ScenarioLike

PORT = 8151
# ports tried in turn where none was asked for
PORTS = 20
LOOPBACK = ("127.0.0.1", "localhost", "::1")
FOLDER = "drawn"
# no settings file is larger
MOST_BYTES = 2**20


def serve_app(
    scenario: ScenarioLike | None = None,
    *,
    folder: str | Path = FOLDER,
    host: str = LOOPBACK[0],
    port: int | None = None,
    open_browser: bool = True,
    set: Sequence[str] = (),
) -> None:
    """Serve the page on which links are drawn, as ``corridor-sim app`` does, until interrupted.

    Parameters
    ----------
    scenario : path, Scenario or what load_scenario returns, optional
        The landscape and its species; the built-in one, with all species, by default. Of a sweep's
        file it is that of its base, and the view Learn has its sliders.
    folder : path
        Where what is drawn is kept, change by change; opened again where it exists.
    host : str
        Address to listen on; other machines reach none but this one unless it is changed.
    port : int, optional
        The first free one from 8151 on by default.
    open_browser : bool
        Open the page in the browser of this machine.
    set : sequence of str
        Settings as ``"landscape.cell_m=2000"``.

    Raises
    ------
    CorridorSimError
        A mistake in the settings, a port in use, or parts that are not installed.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> cs.serve_app("scenarios/baseline.toml", port=8200)  # doctest: +SKIP
    """
    for part in ("starlette", "uvicorn", "multipart"):
        if find_spec(part) is None:
            raise cs.CorridorSimError(
                f"the page needs {part}, which is not installed",
                remedy="pip install 'corridor_sim[app]'",
            )
    import uvicorn

    from corridor_sim.app.engine import Engine
    from corridor_sim.app.folder import Held
    from corridor_sim.app.web import make_web
    from corridor_sim.app.work import Work

    settings, sweep = list(set), None
    if isinstance(scenario, str | Path) and _is_sweep(Path(scenario)):
        # the landscape is that of its base; its sliders stand in the view Learn
        sweep = Path(scenario)
        scenario, settings = cs.SweepEvaluator(sweep, set=settings).base, []
    elif isinstance(scenario, str | Path):
        cs.load_scenario(scenario, settings)

    class Server(uvicorn.Server):
        """Lets the streams of events end before it waits for requests to be done."""

        async def shutdown(self, *given: Any, **named: Any) -> None:
            engine.end_windows()
            # requests that are cut off are no news to who stopped it
            logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
            await super().shutdown(*given, **named)

    listening = _socket(host, port)
    held = Held(Path(folder))
    try:
        engine = Engine(scenario, settings, Work.opened(held.path), sweep)
        url = f"http://{_shown(host)}:{listening.getsockname()[1]}/?token={held.token}"
        held.say_where(url.partition("?")[0])
        print(
            f"corridor_sim is at {url}\nStop it with Ctrl+C; what is drawn is kept in {held.path}",
            flush=True,
        )
        if host not in LOOPBACK:
            print(
                f"Other machines can reach it at {host}, and what goes to and fro is not "
                "encrypted: give the address with its token to nobody you do not trust",
                file=sys.stderr,
                flush=True,
            )
        if open_browser:
            # some browsers let who opens them wait
            threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()
        web = make_web(engine, held.token, host)
        config = uvicorn.Config(web, log_level="warning", timeout_graceful_shutdown=1)
        engine.start()
        try:
            Server(config).run(sockets=[listening])
        finally:
            engine.stop()
    finally:
        listening.close()
        held.let_go()


def _is_sweep(path: Path) -> bool:
    """Whether a file is a sweep; of one that cannot be read somebody else tells what is wrong."""
    try:
        if not path.is_file() or path.stat().st_size > MOST_BYTES:
            return False
        return "sweep" in tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False


def _shown(host: str) -> str:
    """Return an address as it stands in a URL that opens on this machine."""
    if host in ("0.0.0.0", "::", ""):
        return LOOPBACK[0]
    return f"[{host}]" if ":" in host else host


def _socket(host: str, port: int | None) -> socket.socket:
    """Return a listening socket.

    Raises
    ------
    CorridorSimError
        The port is in use or not allowed.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    tried = range(PORT, PORT + PORTS) if port is None else [port]
    for one in tried:
        found = socket.socket(family)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            found.bind((host, one))
            # who comes before the page is ready waits
            found.listen(128)
        except (OSError, OverflowError) as bad:
            found.close()
            why = getattr(bad, "strerror", None) or str(bad)
            continue
        return found
    raise cs.CorridorSimError(
        f"cannot listen there ({why})",
        where=f"{host}:{tried[0]}",
        remedy="give another --port, or stop the program that uses it",
    )
