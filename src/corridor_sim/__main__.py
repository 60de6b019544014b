"""Run the command line with ``python -m corridor_sim``."""

from corridor_sim.cli import main

raise SystemExit(main())
