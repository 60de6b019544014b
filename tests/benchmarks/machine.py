"""What a figure was measured on, and how much else ran there meanwhile."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("numpy", "numba", "llvmlite", "scipy", "Mesa")
CACHES = Path("/sys/devices/system/cpu/cpu0/cache")


def describe() -> str:
    """Return one sentence: processor, cores, caches, memory, versions."""
    cpu = platform.processor() or platform.machine()
    for line in _lines("/proc/cpuinfo"):
        if line.startswith("model name"):
            cpu = line.split(":", 1)[1].strip()
            break
    caches = []
    for folder in sorted(CACHES.glob("index*")):
        level, kind, size = (
            (folder / name).read_text().strip() for name in ("level", "type", "size")
        )
        if kind != "Instruction":
            kb = int(size.rstrip("K"))
            caches.append(f"L{level} {kb} kB" if kb < 1024 else f"L{level} {kb // 1024} MB")
    memory = [int(s.split()[1]) for s in _lines("/proc/meminfo") if s.startswith("MemTotal")]
    parts = [cpu, f"{os.cpu_count()} cores", ", ".join(caches)]
    parts += [f"{kb / 2**20:.0f} GB of memory" for kb in memory]
    parts += [platform.system(), f"Python {platform.python_version()}"]
    parts += [f"{name} {version(name)}" for name in PACKAGES]
    return "; ".join([part for part in [*parts, compiler()] if part]) + "."


def compiler() -> str:
    """Return the first line that gcc says of itself, empty without it."""
    try:
        said = subprocess.run(["gcc", "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return said.stdout.splitlines()[0]


def memory_free_gb() -> float:
    """Return the memory that programs can still take, inf where the system does not say."""
    for line in _lines("/proc/meminfo"):
        if line.startswith("MemAvailable"):
            return int(line.split()[1]) / 2**20
    return float("inf")


class OtherPrograms:
    """The share of the processor's time that went elsewhere since this was made."""

    def __init__(self) -> None:
        self.before = self._now()

    @staticmethod
    def _now() -> tuple[float, float, float]:
        """Return seconds of all cores: passed, at work or taken by other guests, and ours."""
        for line in _lines("/proc/stat"):
            if line.startswith("cpu "):
                ticks = [int(word) for word in line.split()[1:9]]
                hz = os.sysconf("SC_CLK_TCK")
                return sum(ticks) / hz, (sum(ticks) - ticks[3] - ticks[4]) / hz, _ours()
        return 0.0, 0.0, 0.0

    def share(self) -> float:
        """Return 0 to 1; children count as ours once they have ended."""
        passed, busy, ours = (b - a for a, b in zip(self.before, self._now(), strict=True))
        return max(busy - ours, 0.0) / passed if passed > 0 else 0.0


def _ours() -> float:
    t = os.times()
    return t.user + t.system + t.children_user + t.children_system


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []
