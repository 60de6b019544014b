"""Many generations in expectation: dispersal from the movement core, numbers by vital rates.

See :mod:`.projection`.
"""
