"""Circuit theory and absorbing Markov chains: what a random walk must equal, solved exactly."""
