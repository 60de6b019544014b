"""A gate before every run of a study, in whatever process it is: so many runs and no more, for now.

Tests that interrupt, kill or cancel must find the study at work, however fast the machine is. With
:func:`gate` in its environment a process stops before a run until the folder of the study holds
fewer run files than the gate lets through; the test opens it further when it has seen enough.
"""

from __future__ import annotations

import os
from pathlib import Path

# a process's own, read before anything else; whoever starts workers hands its environment on
CUSTOM = '''
import importlib.util, os, sys, time
from pathlib import Path

JOBS = "corridor_sim.experiment.jobs"


class Finder:
    """Finds one module as the others do and puts the gate into it."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name != JOBS:
            return None
        sys.meta_path.remove(Finder)
        spec = importlib.util.find_spec(name)
        load = spec.loader.exec_module

        def exec_module(module):
            load(module)
            put_gate(module)

        spec.loader.exec_module = exec_module
        return spec


def put_gate(module):
    plain = module.WorkerCache.do

    def do(self, run, **how):
        runs = Path(self.out) / "runs"
        while len(list(runs.glob("*.npz"))) >= int(Path(os.environ["RUNS_GATE"]).read_text() or 0):
            time.sleep(0.02)
        return plain(self, run, **how)

    module.WorkerCache.do = do


sys.meta_path.insert(0, Finder)
'''


class Gate:
    """How many runs are let through, all processes together.

    Each process that is at the gate at the same moment may do one run more: with ``n`` of them
    there are ``runs`` to ``runs + n - 1`` files in the end.
    """

    def __init__(self, folder: Path, runs: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "sitecustomize.py").write_text(CUSTOM, "utf-8")
        self.folder, self.file = folder, folder / "runs"
        self.let(runs)

    def let(self, runs: int) -> None:
        """Let so many runs through."""
        new = self.folder / "new"
        new.write_text(str(runs), "utf-8")
        new.replace(self.file)

    def open(self) -> None:
        """Let all runs through."""
        self.let(10**9)

    def environment(self, base: dict[str, str] | None = None) -> dict[str, str]:
        """Return an environment whose Python processes meet the gate, and those they start."""
        base = dict(os.environ) if base is None else base
        paths = [str(self.folder), *filter(None, [base.get("PYTHONPATH")])]
        return {**base, "PYTHONPATH": os.pathsep.join(paths), "RUNS_GATE": str(self.file)}
