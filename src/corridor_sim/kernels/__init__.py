"""The movement core: plain numbers in, plain numbers out; math, numpy and numba only."""
