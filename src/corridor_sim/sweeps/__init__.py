"""Sweeps over parameters and the sensitivity of outcomes to them."""
