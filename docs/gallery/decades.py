"""Bears to 2055 under clearing of two per cent a year; what lies between the parks kept or not."""

import sys

import matplotlib.pyplot as plt

import corridor_sim as cs

base = cs.Scenario(
    name="business as usual",
    years=30,
    start_year=2025,
    replicates=4,
    landscape={"cell_m": 4000},
    species={"andean_bear": {}},
    life_cycle={"days_per_season": 5, "environmental_sd": 0.0},
    change={"update_every_y": 5, "clearing": {"rate": 0.02}},
)
middle = [[[-78.9, -2.3], [-78.3, -2.3], [-78.6, -4.1], [-79.2, -4.1]]]
event = {"opens": 2030, "kind": "protect", "name": "Between the parks", "areas": middle}
beside = {"protected from 2030": {"set": {"change.events": [event]}}}
found = cs.compare(cs.Experiment(name="Bears to 2055", base=base, beside=beside))

years = found.yearly.query("column == 'independent'")
fig, ax = plt.subplots(figsize=(7, 4), layout="constrained")
for scenario, rows in years.groupby("scenario", sort=False):
    ax.plot(2025 + rows["year"], rows["mean"], label=scenario)
    ax.fill_between(2025 + rows["year"], rows["low"], rows["high"], alpha=0.2)
ax.set(xlabel="Year", ylabel="Independent bears", ylim=(0, None))
ax.legend()
fig.savefig(sys.argv[1], dpi=110)
