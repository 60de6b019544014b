"""The program: ``python -m corridor_sim``, and the command that is installed.

Nothing but the interpreter's own modules is imported before an interruption ends the process
without a word. What nobody foresaw is told in one line, with the way to see more of it.
"""

from __future__ import annotations

import io
import os
import signal
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any

INTERRUPTED = 130
INTERNAL = 70
DEBUG = "CORRIDOR_SIM_DEBUG"


def _leave(*_: object) -> None:
    os._exit(INTERRUPTED)


def _stop(number: int, frame: FrameType | None) -> None:
    """Interrupt, as Python does; in the middle of an import, where libraries mistake it, leave."""
    while frame is not None:
        if frame.f_code.co_filename == "<frozen importlib._bootstrap>":
            if sys.stderr.isatty():
                os.write(2, b"\x1b[?25h")  # a progress bar hides the cursor
            _leave()
        frame = frame.f_back
    raise KeyboardInterrupt


# a job in the background may have been started deaf to the signal, and stays so
_HEARS = signal.getsignal(signal.SIGINT) is signal.default_int_handler
if _HEARS:
    signal.signal(signal.SIGINT, _leave)


class _Unfailing(io.RawIOBase):
    """Standard error, whether or not anybody can read it: what cannot be written is dropped."""

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return 2

    def isatty(self) -> bool:
        return os.isatty(2)

    def write(self, data: Any) -> int:
        try:
            return os.write(2, data)
        except OSError:
            return len(data)


def _hold_streams() -> None:
    """Let no work be lost because what it says on the way cannot be written.

    A file that is opened while a standard stream is closed would get its number, and what libraries
    print would stand in it; so what is closed leads nowhere.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
    if sys.stdout is None:
        sys.stdout = io.TextIOWrapper(io.BufferedWriter(io.FileIO(os.devnull, "w")), "utf-8")
    if sys.stderr is None or sys.stderr is sys.__stderr__:
        encoding = getattr(sys.stderr, "encoding", "utf-8")
        sys.stderr = io.TextIOWrapper(
            io.BufferedWriter(_Unfailing()), encoding, "backslashreplace", line_buffering=True
        )


def main() -> int:
    """Run the command line and return the exit code; see :func:`corridor_sim.cli.main.main`."""
    try:
        try:
            _hold_streams()
            from corridor_sim.cli import main as cli

            if _HEARS:
                sys.unraisablehook = _not_lost
                signal.signal(signal.SIGINT, _stop)
            return cli.main()
        except Exception as bad:
            if os.environ.get(DEBUG):
                raise
            return _told(bad)
        finally:
            if _HEARS:
                signal.signal(signal.SIGINT, _leave)
    except KeyboardInterrupt:
        os._exit(INTERRUPTED)


def _not_lost(what: sys.UnraisableHookArgs) -> None:
    """Interrupt again where an interruption fell into code that cannot be interrupted."""
    if isinstance(what.exc_value, KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    else:
        sys.__unraisablehook__(what)


def _told(bad: Exception) -> int:
    """Tell in one line what nobody foresaw, and return the exit code."""
    from corridor_sim.errors import one_line

    trace, place = bad.__traceback__, ""
    while trace is not None:
        code = trace.tb_frame.f_code
        if f"{os.sep}corridor_sim{os.sep}" in code.co_filename:
            place = f" in {os.path.basename(code.co_filename)}:{trace.tb_lineno}"
        trace = trace.tb_next
    what = one_line(f"{type(bad).__name__}: {str(bad)[:300]}")
    print(
        f"corridor-sim: internal error, a fault of the program: {what}{place}; please report it "
        f"with what the same command prints under {DEBUG}=1",
        file=sys.stderr,
    )
    return INTERNAL


if __name__ == "__main__":
    raise SystemExit(main())
