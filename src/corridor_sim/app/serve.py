"""Start the page: check what can be wrong before any work, then serve until interrupted."""

from __future__ import annotations

import secrets
import socket
import webbrowser
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import corridor_sim as cs

if TYPE_CHECKING:
    from corridor_sim.config.load import ScenarioLike

PORT = 8151
# ports tried in turn where none was asked for
PORTS = 20
LOOPBACK = ("127.0.0.1", "localhost", "::1")
FOLDER = "drawn"
TOKEN_BYTES = 16


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
        The landscape and its species; the built-in one, with all species, by default.
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
    from corridor_sim.app.web import make_web
    from corridor_sim.app.work import Work

    listening = _socket(host, port)
    work = Work.opened(Path(folder))
    engine = Engine(scenario, list(set), work)
    web = make_web(engine, _token(work.folder), host)
    url = f"http://{host}:{listening.getsockname()[1]}/?token={_token(work.folder)}"
    print(f"corridor_sim is at {url}\nStop it with Ctrl+C; what is drawn is kept in {work.folder}")
    if host not in LOOPBACK:
        print(f"Other machines can reach it at {host}: give the address with its token to nobody")
    if open_browser:
        webbrowser.open(url)
    config = uvicorn.Config(web, log_level="warning", timeout_graceful_shutdown=1)
    engine.start()
    try:
        uvicorn.Server(config).run(sockets=[listening])
    finally:
        engine.stop()


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
        except OSError as bad:
            found.close()
            why = bad.strerror or str(bad)
            continue
        return found
    raise cs.CorridorSimError(
        f"cannot listen there ({why})",
        where=f"{host}:{tried[0]}",
        remedy="give another --port, or stop the program that uses it",
    )


def _token(folder: Path) -> str:
    """Return the word without which nothing is served; the same as long as the folder is there."""
    path = folder / ".token"
    try:
        found = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        found = ""
    if len(found) != 2 * TOKEN_BYTES:
        found = secrets.token_hex(TOKEN_BYTES)
        path.touch(mode=0o600)
        path.write_text(found, encoding="ascii")
    return found
