"""The plugin in Debian's QGIS: ``qgis_process`` as a user calls it, and Processing from Python."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import corridor_sim as cs

# Debian's own start of qgis_process gives it an option of QGIS that it does not know
PROGRAM = shutil.which("qgis_process.bin") or shutil.which("qgis_process")
PYTHON = os.environ.get("QGIS_PYTHON", "/usr/bin/python3")
INSIDE = Path(__file__).parents[1] / "oracles" / "in_qgis.py"


class Qgis:
    """QGIS with a profile of its own in which the plugin is."""

    def __init__(self, home: Path) -> None:
        self.home = home
        profile = home / "share" / "QGIS" / "QGIS3" / "profiles" / "default"
        self.plugins = cs.write_qgis_plugin(profile / "python" / "plugins").parent

    def environment(self, locale: str) -> dict[str, str]:
        run = self.home / "run"
        run.mkdir(mode=0o700, exist_ok=True)
        kept = {
            name: value
            for name, value in os.environ.items()
            if name not in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "CORRIDOR_SIM_LANG")
        }
        return {
            **kept,
            "HOME": str(self.home),
            "XDG_DATA_HOME": str(self.home / "share"),
            "XDG_RUNTIME_DIR": str(run),
            "QT_QPA_PLATFORM": "offscreen",
            "LC_ALL": "C.UTF-8" if locale == "en" else f"{locale}.UTF-8",
            "LANG": f"{locale}.UTF-8",
            # the kernels that this interpreter has compiled already
            "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache")),
        }

    def process(self, *words: str, locale: str = "en") -> subprocess.CompletedProcess[str]:
        """Call ``qgis_process``."""
        assert PROGRAM is not None
        return subprocess.run(
            [PROGRAM, *words],
            env=self.environment(locale),
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
            cwd=self.home,
        )

    def run(self, algorithm: str, locale: str = "en", **parameters: object) -> tuple[int, str]:
        """Run an algorithm with ``qgis_process run`` and return its exit code and output."""
        words = [f"{name}={value}" for name, value in parameters.items()]
        done = self.process("run", f"corridor_sim:{algorithm}", "--", *words, locale=locale)
        return done.returncode, done.stdout + done.stderr

    def inside(self, locale: str = "en", **task: Any) -> dict[str, Any]:
        """Do a task in the Python of QGIS and return its answer."""
        path = self.home / "task.json"
        path.write_text(json.dumps(task), "utf-8")
        done = subprocess.run(
            [PYTHON, str(INSIDE), str(self.plugins), str(path)],
            env=self.environment(locale),
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
            cwd=self.home,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
        return answer
