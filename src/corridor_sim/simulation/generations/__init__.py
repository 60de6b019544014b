"""Many generations: what dispersal between home ranges adds up to, without individuals."""
