"""The program in its own Python: found, called without a shell, listened to, and stopped."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shlex
import signal
import subprocess
import threading

from .words import HERE, tr

# the Python that holds the program, where the one that was written down is not the right one
OTHER_PYTHON = "CORRIDOR_SIM_PYTHON"
# what QGIS sets for its own Python, GDAL and PROJ, and would mislead those of the program
OF_QGIS = (
    *("PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "PYTHONEXECUTABLE", "PYTHONNOUSERSITE"),
    *("__PYVENV_LAUNCHER__", "GDAL_DATA", "GDAL_DRIVER_PATH", "GEOTIFF_CSV"),
    *("PROJ_LIB", "PROJ_DATA", "PROJ_NETWORK"),
)
PATHS_OF_LIBRARIES = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FRAMEWORK_PATH")
NO_WINDOW = getattr(subprocess, "CREATE_NO_WINDOW", 0)
# signals that end the program, the gentle one first, and the seconds that each is given
SIGNALS = (("SIGINT", 8.0), ("SIGTERM", 4.0), ("SIGKILL", 4.0))
LISTEN_S = 0.2
SAYS_WHO = "corridor-sim: "


class Failed(Exception):
    """The program ended with a mistake, told in one line."""


class Stopped(Exception):
    """Somebody stopped the program."""


class Told:
    """Who hears what the program says; nobody, unless methods are replaced."""

    def say(self, text):
        """Hear of a step of the work."""

    def share(self, done):
        """Hear what share of the runs at hand is done, 0 to 1."""

    def answer(self, line):
        """Hear a line of the program's output."""

    def stopped(self):
        """Tell whether the work is to be stopped."""
        return False


def written_down():
    """Return what the program wrote when it made this plugin: ``python`` and ``version``."""
    with open(os.path.join(HERE, "program.json"), encoding="utf-8") as file:
        return json.load(file)


def python():
    """Return the Python that holds the program."""
    return os.environ.get(OTHER_PYTHON) or written_down()["python"]


def environment(given, interpreter, windows=os.name == "nt"):
    """Return the environment of QGIS without what belongs to QGIS, for the program's Python."""
    clean = {name: value for name, value in given.items() if name.upper() not in OF_QGIS}
    clean.update(
        PYTHONUTF8="1",
        PYTHONIOENCODING="utf-8",
        PYTHONUNBUFFERED="1",
        # a file numpy.py in the working folder is not numpy
        PYTHONSAFEPATH="1",
        CORRIDOR_SIM_PROGRESS="json",
        # figures are drawn into files
        MPLBACKEND="Agg",
    )
    for name in PATHS_OF_LIBRARIES:
        # those that the start of QGIS put there hold other versions of what the program brings
        kept = [one for one in clean.pop(name, "").split(os.pathsep) if one and not _of_qgis(one)]
        if kept:
            clean[name] = os.pathsep.join(kept)
    if windows:
        # libraries of an environment of conda lie in folders of it, and QGIS has others of the name
        home = os.path.dirname(interpreter)
        own = [home, *(os.path.join(home, *part) for part in (("Library", "bin"), ("Scripts",)))]
        name = next((n for n in clean if n.upper() == "PATH"), "PATH")
        clean[name] = os.pathsep.join([*own, clean.get(name, "")])
    return clean


def _of_qgis(folder):
    return "qgis" in folder.lower() or "grass" in folder.lower()


def shown(words):
    """Return the command as a terminal takes it."""
    words = ["corridor-sim", *words]
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)


def start(words, folder):
    """Start the program and return its process.

    Raises
    ------
    Failed
        Its Python cannot be started.
    """
    interpreter = python()
    group = (
        {"creationflags": NO_WINDOW | getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
        if os.name == "nt"
        else {"start_new_session": True}
    )
    try:
        return subprocess.Popen(
            [interpreter, "-m", "corridor_sim", *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            env=environment(os.environ, interpreter),
            cwd=folder,
            **group,
        )
    except OSError as bad:
        raise Failed(unfound(interpreter, bad.strerror or str(bad))) from None


def unfound(interpreter, why):
    """Say that the Python of the program is not to be used, and what to do."""
    return tr(
        "corridor_sim cannot be started with {python}: {why}; run corridor-sim qgis install in the "
        "environment that holds it, or set the variable {variable} to its Python",
        python=interpreter,
        why=why,
        variable=OTHER_PYTHON,
    )


def call(words, told, folder):
    """Run a command of the program to its end and return the lines of its output.

    Raises
    ------
    Failed
        With the program's line.
    Stopped
        ``told`` said so; the program is gone, with all that it started.
    """
    process = start(words, folder)
    lines = queue.Queue()
    for name in ("stdout", "stderr"):
        reader = threading.Thread(target=_read, args=(getattr(process, name), name, lines))
        reader.daemon = True
        reader.start()
    answer, last, open_streams = [], "", 2
    while open_streams:
        if told.stopped():
            stop(process)
            raise Stopped
        try:
            name, line = lines.get(timeout=LISTEN_S)
        except queue.Empty:
            continue
        if line is None:
            open_streams -= 1
        elif name == "stdout":
            answer.append(line)
            told.answer(line)
        else:
            last = _heard(line, told) or last
    code = process.wait()
    if told.stopped():
        raise Stopped
    if code:
        raise Failed(_why(code, last))
    return answer


def _read(stream, name, lines):
    with stream:
        for line in stream:
            lines.put((name, line.rstrip("\r\n")))
    lines.put((name, None))


def _heard(line, told):
    """Pass on a line of standard error and return it, unless it tells progress."""
    try:
        step = json.loads(line) if line.startswith("{") else None
    except ValueError:
        step = None
    if not isinstance(step, dict) or not set(step) & {"say", "share"}:
        if not line.startswith(SAYS_WHO):
            told.say(line)
        return line
    if "share" in step:
        told.share(float(step["share"]))
    if "say" in step:
        told.say(str(step["say"]))
    return ""


def _why(code, last):
    if last.endswith("No module named corridor_sim"):
        return unfound(python(), tr("it holds no corridor_sim"))
    if last.startswith(SAYS_WHO):
        return last[len(SAYS_WHO) :]
    return last or tr("corridor_sim ended with code {code} and said nothing", code=code)


def stop(process):
    """End the program and all that it started, so that what it has finished stays whole."""
    if os.name == "nt":
        subprocess.run(
            ["taskkill", "/PID", str(process.pid), "/T", "/F"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            creationflags=NO_WINDOW,
            check=False,
        )
        process.wait(SIGNALS[-1][1])
        return
    for name, patience in SIGNALS:
        try:
            os.killpg(process.pid, getattr(signal, name))
        except ProcessLookupError:
            break
        try:
            process.wait(patience)
            break
        except subprocess.TimeoutExpired:
            continue
    # workers that outlived the one that started them
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def other_version(told, folder):
    """Return the version of the program if it is not the one that wrote this plugin, else ''."""
    found = call(["--version"], told, folder)
    version = found[-1].split()[-1] if found else ""
    return "" if version == written_down()["version"] else version
