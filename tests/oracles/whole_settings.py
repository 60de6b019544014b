"""Settings files that have every key there is, each of them once."""

from __future__ import annotations

EVERY_KEY = """
name = "Everything"
description = "Every key that a scenario may have."
years = 6.0
start_day = 0
replicates = 2
seed = 7
tracks = 1
start_year = 2025
[landscape]
source = "andes-amazon"
cell_m = 10000
[species.jaguar]
[species.jaguar.dispersal]
model = "sms"
moves_per_day = 10
cost_limit = 50.0
barriers = "cost"
perceptual_range = 2
method = "harmonic"
persistence = 2.0
memory = 3
goal_bias = 1.0
goal_bias_decay = 1.0
goal_bias_half_steps = 10.0
straighten = true
[species.jaguar.traits.movement]
candidates = 5
[species.andean_bear.dispersal]
model = "random_walk"
moves_per_day = 10
neighbours = 4
average = "resistance"
[species.andean_bear.traits]
habitat.suitable_from = 0.2
life_cycle.survival_by_age.values = [0.5, 0.8]
[change]
update_every_y = 2
events = [{ opens = 2027, kind = "add_road", name = "R", points = [[-78.6, -3.4], [-78.0, -3.0]] }]
[change.climate]
ssp = "SSP2-4.5"
spread = "central"
model_spread = 0.0
ecotone_m_per_year = 1.0
temperature_of = 2010
after_table = "hold"
[change.clearing]
rates = [{ from_year = 2025, rate = 0.01 }, { from_year = 2028, rate = 0.02 }]
aggregation = 0.5
spread_from_roads = true
protected_factor = 0.1
to = "pasture"
demand = "fixed"
[change.regrowth]
rate = 0.01
secondary_after_y = 5
forest_after_y = 50
[life_cycle]
days_per_season = 5
settle_every_d = 10
movement = true
demographic_stochasticity = true
environmental_sd = 0.1
capacity_scale = 1.0
quasi_extinction = 5
[life_cycle.burn_in]
window_y = 2
at_most_y = 3
tolerance = 0.1
[life_cycle.genes]
loci = 10
founder_size = 100.0
trees = true
chromosome_bp = 10000
[adaptive]
until = ["eca_km2=500"]
most = 5
"""
EVERY_EDIT = """
name = "Every edit"
days = 5
[species.jaguar]
count = 50
sampling = 0.5
disperser_sampling = 2.0
[[edits]]
kind = "clear"
fraction = 0.1
aggregation = 0.5
spread_from_roads = true
protected_factor = 0.2
to = "pasture"
[[edits]]
kind = "add_road"
name = "R"
points = [[-78.6, -3.4], [-78.0, -3.0]]
road_class = 2
crs = "EPSG:4326"
[[edits]]
kind = "warm"
degrees_c = 1.0
years = 20.0
[[edits]]
kind = "protect"
name = "P"
areas = [[[-78.6, -3.4], [-78.0, -3.4], [-78.0, -3.0], [-78.6, -3.0]]]
core = true
country = "ECU"
[[edits]]
kind = "protect_plan"
add_ha = 50000.0
join_width_km = 15.0
[[edits]]
kind = "restore"
name = "N"
areas = [[[-79.2, -4.4], [-78.6, -4.4], [-78.6, -3.8], [-79.2, -3.8]]]
[[edits]]
kind = "open_mine"
name = "M"
at = [-78.5, -3.5]
area_ha = 30000.0
access_road = 1
[[edits]]
kind = "build_dam"
name = "D"
at = [-78.2, -3.2]
reservoir_ha = 30000.0
[[edits]]
kind = "build_crossings"
name = "C"
areas = [[[-79.6, -4.4], [-78.0, -4.4], [-78.0, -2.8], [-79.6, -2.8]]]
[[edits]]
kind = "build_link"
name = "L"
actions = ["restore", "protect"]
areas = [[[-79.2, -4.4], [-78.6, -4.4], [-78.6, -3.8], [-79.2, -3.8]]]
"""
EVERY_BESIDE = """
name = "Beside"
[base]
days = 5
[base.species.jaguar]
count = 50
[factors.one]
none = []
some = [{ kind = "clear", fraction = 0.3 }]
[beside.more]
edits = [{ kind = "warm", degrees_c = 2.0 }]
set = { "species.jaguar.sampling" = 0.5, "species.jaguar.traits.movement.candidates" = 4 }
against = "some"
"""
EVERY_LINK = """
name = "Links"
[base]
days = 5
[base.species.jaguar]
count = 50
[links]
cost_unit = "million USD"
budget = 5.0
fair = true
only_clear = false
[[links.candidates]]
name = "Wide"
cost = 2.0
area = [[[-79.2, -4.4], [-78.6, -4.4], [-78.6, -3.8], [-79.2, -3.8]]]
actions = ["restore", "protect"]
[[links.candidates]]
name = "Long"
cost = 3.0
line = [[-79.2, -4.4], [-78.2, -3.2]]
width_m = 20000.0
crs = "EPSG:4326"
actions = ["protect"]
must = true
[links.benefit]
weights = { joining_per_year = 1.0 }
species = { jaguar = 1.0 }
scales = { joining_per_year = 2.0 }
[links.procedure]
confidence = 0.9
indifference = 0.1
first_replicates = 5
batch = 2
budget_runs = 40
pairs_runs = 4
confirm_replicates = 3
"""
OWN_FILES = """
days = 5
[landscape]
name = "Own"
elevation = "dem.tif"
land_cover = "cover.tif"
land_cover_codes = "codes.csv"
crs = "EPSG:32717"
cell_m = 1000.0
extent = "690000 9580000 710000 9600000"
sea_level_temperature_c = 26.0
lapse_c_per_km = 5.0
join_within_m = 500.0
nodata = "refuse"
fill_voids_km2 = 2.0
[species.jaguar]
"""
