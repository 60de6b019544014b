"""The landscape as a function of time: climate, clearing, regrowth and dated edits, year by year.

:class:`~corridor_sim.landscape.timeline.timeline.Timeline` is the door; the rules that drive it are
in :mod:`~corridor_sim.landscape.timeline.rules`.
"""
