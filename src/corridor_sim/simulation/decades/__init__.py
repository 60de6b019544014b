"""Years: birth, leaving home, settling, death; one population of one species in one replicate."""
