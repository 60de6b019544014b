"""The page with lessons at small scale, so that each can be taken start to end in seconds.

Run as ``python small_lessons.py app ...``, with the arguments of the command.
"""

from __future__ import annotations

import sys

from corridor_sim.app.lesson_files import lesson
from corridor_sim.cli.main import main

lesson("percolation")["sweep"]["replicates"] = 2
lesson("corridor")["links"] |= {"cell_m": 3000.0, "replicates": [2, 4]}
lesson("drift")["drift"] |= {"replicates": 2, "years": 20, "loci": 20}

sys.exit(main(sys.argv[1:]))
