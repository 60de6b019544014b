"""A stand-in for SLURM on one machine: ``sbatch``, ``squeue`` and ``scancel`` as scripts.

Jobs run at once, in the background, each in a process group of its own. What the rest of the world
asks of SLURM here is as in 22.05: ``sbatch --test-only`` refuses an unknown partition, arrays are
numbered ``JOB_TASK``, ``squeue`` lists what has not ended, ``scancel`` asks first and kills then.
"""

from __future__ import annotations

import os
import sys
import textwrap
from pathlib import Path

COMMON = """
    #!{python}
    import os, signal, subprocess, sys, time
    from pathlib import Path
    home = Path({home!r})

    def alive(job):
        try:
            os.killpg(int((home / job).read_text()), 0)
        except (OSError, ValueError):
            return False
        return True
"""
SBATCH = (
    COMMON
    + """
    words = sys.argv[1:]
    script = Path(words[-1]).read_text()
    if "#SBATCH -p nosuch" in script:
        sys.exit("sbatch: error: invalid partition specified: nosuch")
    if "--test-only" in words:
        sys.exit()
    number = 1
    while True:
        try:
            (home / f"{{number}}.d").mkdir()
            break
        except FileExistsError:
            number += 1
    copy = home / f"{{number}}.d" / "script"
    copy.write_text(script)
    tasks = [None]
    for word in words:
        if word.startswith("--array="):
            first, _, last = word.removeprefix("--array=").partition("-")
            tasks = range(int(first), int(last or first) + 1)
    for task in tasks:
        name = str(number) if task is None else f"{{number}}_{{task}}"
        told = dict(os.environ, SLURM_JOB_ID=name)
        if task is not None:
            told["SLURM_ARRAY_TASK_ID"] = str(task)
        told_to = [line.split()[-1] for line in script.splitlines()
                   if line.startswith("#SBATCH -o ")] or [f"slurm-{{number}}.out"]
        path = told_to[0].replace("%J", name).replace("%a", str(task))
        with open(path, "w") as out:
            job = subprocess.Popen(["/bin/bash", copy], stdin=subprocess.DEVNULL, stdout=out,
                                   stderr=out, env=told, start_new_session=True)
        (home / name).write_text(str(job.pid))
    print(f"Submitted batch job {{number}}")
"""
)
SQUEUE = (
    COMMON
    + """
    for path in sorted(home.iterdir()):
        if not path.suffix and alive(path.name):
            print(path.name)
"""
)
SCANCEL = (
    COMMON
    + """
    for job in sys.argv[1:]:
        for number in (signal.SIGTERM, signal.SIGKILL):
            if alive(job):
                os.killpg(int((home / job).read_text()), number)
                time.sleep(0.5)
"""
)


def write_slurm(folder: Path) -> Path:
    """Write the three scripts into ``folder`` and return it, to be put before PATH."""
    home = folder / "jobs"
    home.mkdir(parents=True)
    for name, text in (("sbatch", SBATCH), ("squeue", SQUEUE), ("scancel", SCANCEL)):
        path = folder / name
        path.write_text(
            textwrap.dedent(text).lstrip().format(python=sys.executable, home=str(home)), "utf-8"
        )
        os.chmod(path, 0o755)
    return folder


# as a user has it in ~/.config/dask; a job that ends is missed after a second and not after fifteen
CONFIG = """
jobqueue:
  slurm:
    interface: lo
    queue: {queue}
distributed:
  deploy:
    lost-worker-timeout: 1s
"""


def write_config(folder: Path, queue: str = "null") -> Path:
    """Write a configuration for dask-jobqueue and return the folder, for ``DASK_CONFIG``."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "jobqueue.yaml").write_text(CONFIG.format(queue=queue), "utf-8")
    return folder
