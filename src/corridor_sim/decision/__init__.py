"""Decision statistics: ranking by simulation, interactions, and the best set for a budget.

Knows nothing of landscapes: alternatives are numbers 0 ... k - 1 and a benefit is a number of which
more is better.
"""
