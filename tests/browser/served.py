"""A running page, a window onto it, and where the browser is."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # a software WebGL, so that animals are drawn where there is no graphics card
    "--disable-gpu",
    "--enable-unsafe-swiftshader",
    # with it alone the emulated card would draw the whole page, a second a frame
    "--disable-gpu-rasterization",
]
SIZES = {"desk": (1366, 768), "phone": (390, 844)}


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@dataclass
class Served:
    """A running ``corridor-sim app``."""

    folder: Path
    port: int
    arguments: list[str]
    process: subprocess.Popen[bytes] | None = None
    # what runs the command, in place of the package itself
    program: tuple[str, ...] = ("-m", "corridor_sim")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/?token={(self.folder / '.token').read_text()}"

    def start(self) -> Served:
        command = [sys.executable, *self.program, "app", *self.arguments]
        command += ["--folder", str(self.folder), "--port", str(self.port), "--no-browser"]
        log = self.folder.parent / "log.txt"
        with log.open("w", encoding="utf-8") as stream:
            self.process = subprocess.Popen(command, stdout=stream, stderr=subprocess.STDOUT)
        until = monotonic() + 120
        while monotonic() < until:
            if self.process.poll() is not None:
                raise RuntimeError(log.read_text(encoding="utf-8"))
            # asking the port itself may end in a connection of the asker with itself
            if "corridor_sim is at" in log.read_text(encoding="utf-8"):
                return self
            sleep(0.05)
        raise RuntimeError("the page was not served within a minute")

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


@dataclass
class Window:
    """A page that was opened, with all that went wrong in it."""

    page: Any
    errors: list[str]
    requests: list[str]
