"""Natal dispersal alone: starts where they can count, lives to their end, and what a change does.

See :mod:`.cohort`.
"""
