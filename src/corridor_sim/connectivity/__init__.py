"""Circuit theory and absorbing Markov chains: what a random walk must equal, solved exactly."""

from corridor_sim.connectivity.chain import AbsorbingChain, stationary_distribution, walk_chain
from corridor_sim.connectivity.circuit import (
    advanced,
    all_to_one,
    one_to_all,
    pair_flow,
    pairwise_current,
    pairwise_resistance,
)
from corridor_sim.connectivity.focal import Focal
from corridor_sim.connectivity.graph import ConductanceRaster, Graph, conductance_raster
from corridor_sim.connectivity.grid_file import (
    read_ascii_grid,
    read_grid,
    write_ascii_grid,
    write_grid,
)
from corridor_sim.connectivity.lists import read_focal
from corridor_sim.connectivity.network import Flow, FocalNetwork, resistance_between

__all__ = [
    "AbsorbingChain",
    "ConductanceRaster",
    "Flow",
    "Focal",
    "FocalNetwork",
    "Graph",
    "advanced",
    "all_to_one",
    "conductance_raster",
    "one_to_all",
    "pair_flow",
    "pairwise_current",
    "pairwise_resistance",
    "read_ascii_grid",
    "read_focal",
    "read_grid",
    "resistance_between",
    "stationary_distribution",
    "walk_chain",
    "write_ascii_grid",
    "write_grid",
]
