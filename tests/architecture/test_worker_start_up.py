"""What every process that does runs loads before its first run."""

from __future__ import annotations

import subprocess
import sys


def test_a_worker_starts_without_what_only_reports_need() -> None:
    """``scipy.stats`` alone takes half a second, once for each process of a study."""
    code = (
        "import sys, corridor_sim.experiment.execution.worker; "
        "import corridor_sim.simulation.decades.simulation; "
        "print(*sorted({'scipy.stats', 'matplotlib', 'pandas', 'SALib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
