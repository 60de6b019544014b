"""The program: ``python -m corridor_sim``, and the command that is installed.

Nothing but the interpreter's own modules is imported before an interruption ends the process
without a word. What nobody foresaw is told in one line, with the way to see more of it.
"""

from __future__ import annotations

import os
import signal
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType

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


def main() -> int:
    """Run the command line and return the exit code; see :func:`corridor_sim.cli.main`."""
    try:
        try:
            from corridor_sim import cli

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
