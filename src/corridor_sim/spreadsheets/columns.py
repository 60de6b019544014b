"""What every column of every table is: its head, its unit, what it means. Stated here alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from corridor_sim.languages import mark, tr

Kind = Literal["number", "whole", "year", "text", "flag", "species", "outcome", "day"]
# units that a table or its row decides, beside those written as they are
ROW, BENEFIT, COST, PERCENT = "row", "benefit", "cost", "%"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes
    ----------
    label, meaning : str
        Messages.
    kind : str
        ``whole`` numbers have no decimals, a ``year`` no thousands either, a ``flag`` is yes or
        no; ``species`` and ``outcome`` are keys that are written by their names.
    unit : str
        A message, or :data:`ROW` (that of the row's outcome), :data:`BENEFIT`, :data:`COST` (of
        the links file) or :data:`PERCENT`, of what is kept as a share.
    error : tuple of str
        The two ends of its interval, or its standard error: they decide its decimals.
    """

    label: str
    meaning: str
    kind: Kind = "number"
    unit: str = ""
    error: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A table: what a row is, and where its CSV lies.

    Attributes
    ----------
    title, row : str
        Messages: its name, and what each row tells.
    folder : str
        Of the CSV file, below the results folder.
    """

    title: str
    row: str
    folder: str = "tables"


_LOW = mark("Lower end of the 95 % interval of {of}")
_HIGH = mark("Upper end of the 95 % interval of {of}")
_SE = mark("Standard error of {of}")
_AGAINST = mark("{of} in the scenario that this one is compared with")
_CHANGE = mark("This scenario less the other: {of}")
PLAIN = ("low", "high")


def _of(label: str, meaning: str, kind: Kind = "number", unit: str = "", *error: str) -> Column:
    return Column(label, meaning, kind, unit, error)


# by name; "table.name" where a table means something else by it
COLUMNS: Mapping[str, Column] = {
    # who, where, what
    "scenario": _of(mark("Scenario"), mark("Name of the scenario"), "text"),
    "against": _of(mark("Compared with"), mark("Scenario that it is compared with"), "text"),
    "name": _of(mark("Name"), mark("Name of the link or scenario, as its file has it"), "text"),
    "link": _of(mark("Link"), mark("Name of the link, as the links file has it"), "text"),
    "links": _of(mark("Links"), mark("Links of the set, by name"), "text"),
    "species": _of(mark("Species"), mark("Species, by its common name"), "species"),
    "outcome": _of(mark("Outcome"), mark("What was measured"), "outcome"),
    "label": _of(mark("Outcome, in words"), mark("What was measured, in words"), "text"),
    "unit": _of(mark("Unit"), mark("Unit of the numbers of the row"), "text"),
    "better": _of(mark("Better is"), mark("Which way is good: more or less"), "text"),
    "position": _of(mark("Number"), mark("Position of the scenario, from 0"), "whole"),
    "edits": _of(mark("Edits"), mark("What changes the ground"), "text"),
    "replicate": _of(mark("Replicate"), mark("Repetition with other chances, from 0"), "whole"),
    "run_id": _of(mark("Run"), mark("Identity of the run, as its file is named"), "text"),
    "value": _of(mark("Value"), mark("Value of the outcome in this run"), "number", ROW),
    "place": _of(mark("Place"), mark("Place, as its file names it"), "text"),
    "inside": _of(mark("Inside"), mark("Share of the place that lies on the map"), "number", "%"),
    "place.value": _of(mark("Value"), mark("Mean over replicates"), "number", ROW, *PLAIN),
    "change": _of(
        mark("Change"), mark("Change against the scenario without it"), "number", ROW, *PLAIN
    ),
    "place.change": _of(
        mark("Change"),
        mark("Change against the other scenario, paired"),
        "number",
        ROW,
        "change_low",
        "change_high",
    ),
    # means and differences
    "mean": _of(mark("Mean"), mark("Mean over replicates"), "number", ROW, *PLAIN),
    "baseline": _of(
        mark("Mean, compared with"),
        mark("Mean in the scenario that it is compared with"),
        "number",
        ROW,
        *PLAIN,
    ),
    "scenario_mean": _of(mark("Mean"), mark("Mean in this scenario"), "number", ROW, *PLAIN),
    "difference": _of(
        mark("Difference"),
        mark("This scenario less the other, paired by replicate; of per cents in points"),
        "number",
        ROW,
        *PLAIN,
    ),
    "low": _of(
        mark("Low"),
        mark("Lower end of the 95 % interval of the value before it"),
        "number",
        ROW,
        *PLAIN,
    ),
    "high": _of(
        mark("High"),
        mark("Upper end of the 95 % interval of the value before it"),
        "number",
        ROW,
        *PLAIN,
    ),
    "n": _of(mark("Replicates"), mark("Replicates that the numbers stand on"), "whole"),
    "replicates": _of(mark("Replicates"), mark("Replicates that the numbers stand on"), "whole"),
    "interval_note": _of(mark("Note"), mark("Why there is no interval"), "text"),
    "relative": _of(
        mark("Relative change"),
        mark("Change in per cent of the scenario compared with"),
        "number",
        "%",
        "relative_low",
        "relative_high",
    ),
    "relative_note": _of(
        mark("Note on the relative change"), mark("Why there is no per cent"), "text"
    ),
    "baseline_events": _of(
        mark("Events"), mark("Events in the scenario compared with, all replicates"), "whole"
    ),
    "zone": _of(
        mark("Smallest change that matters"),
        mark("Changes up to this size do not matter, as the settings say"),
        "number",
        ROW,
    ),
    "verdict": _of(
        mark("Verdict"), mark("More, less, no change that matters, or cannot tell yet"), "text"
    ),
    "effect_size_dz": _of(
        mark("Effect size d_z"),
        mark("Mean of the paired differences over their standard deviation"),
    ),
    "effect_size": _of(
        mark("Effect size d_z"),
        mark("Mean of the paired differences over their standard deviation"),
    ),
    "variance_ratio": _of(
        mark("Variance ratio"),
        mark("How many times the replicates would be needed without pairing"),
    ),
    "map_share": _of(
        mark("Share between maps"),
        mark("Part of the spread that comes from which forest is cleared"),
        "number",
        "%",
        "map_share_low",
        "map_share_high",
    ),
    # dispersal
    "from_area": _of(mark("From core area"), mark("Core area where animals were born"), "text"),
    "to_area": _of(mark("To core area"), mark("Core area where they settled"), "text"),
    "from_block": _of(mark("From block"), mark("Block of core areas of birth"), "text"),
    "to_block": _of(mark("To block"), mark("Block of core areas where they settled"), "text"),
    "born": _of(mark("Born"), mark("Dispersers born there, per replicate")),
    "settled": _of(mark("Settled"), mark("Of these, those that settled there, per replicate")),
    "share": _of(mark("Share settled"), mark("Settled over born"), "number", "%"),
    "per_year": _of(
        mark("Animals"),
        mark("Animals a year that settle there"),
        "number",
        mark("a year"),
        "per_year_low",
        "per_year_high",
    ),
    "migrants": _of(
        mark("Migrants"),
        mark("Animals a generation that settle there"),
        "number",
        mark("a generation"),
        "migrants_low",
        "migrants_high",
    ),
    "one_migrant": _of(
        mark("One migrant"), mark("Whether at least one animal a generation comes"), "text"
    ),
    # decades
    "year": _of(mark("Year"), mark("Year of the run, from 0"), "year"),
    "generations_yearly.year": _of(mark("Year"), mark("Calendar year"), "year"),
    "calendar_year": _of(mark("Calendar year"), mark("Calendar year"), "year"),
    "column": _of(mark("What"), mark("What the census counts"), "text"),
    "cause": _of(mark("Cause"), mark("Cause of death"), "text"),
    "per_run": _of(mark("Deaths a run"), mark("Deaths over all years"), "number", "", *PLAIN),
    "years": _of(mark("Years"), mark("Years before the run in which numbers settle"), "whole"),
    "burn_in.settled": _of(mark("Settled"), mark("Whether numbers came to rest"), "flag"),
    "first": _of(mark("Animals at first"), mark("Independent animals in the first year")),
    "last": _of(mark("Animals at last"), mark("Independent animals in the last year")),
    "rate_in_reserves": _of(
        mark("Clearing in reserves"), mark("Clearing inside reserves over that outside")
    ),
    "moves_elsewhere": _of(
        mark("Clearing moves"), mark("Whether what the plan keeps falls elsewhere"), "flag"
    ),
    "climate": _of(mark("Climate"), mark("Path of the climate"), "text"),
    "without_plan": _of(mark("Without plan"), mark("Mean without it"), "number", ROW, *PLAIN),
    "with_plan": _of(mark("With plan"), mark("Mean with it"), "number", ROW, *PLAIN),
    "cost_each": _of(
        mark("Cost of one more"),
        mark("Cost over what is gained"),
        "number",
        "",
        "cost_each_low",
        "cost_each_high",
    ),
    "runs_to_tell": _of(
        mark("Replicates to tell"),
        mark("After so many replicates an open verdict would be told"),
        "whole",
    ),
    "map": _of(mark("Map"), mark("Map of clearing, from 0"), "whole"),
    "lost_on_plan_without": _of(
        mark("Lost on plan, without"), mark("Forest lost on the plan's ground"), "number", "km²"
    ),
    "lost_on_plan_with": _of(
        mark("Lost on plan, with"), mark("Forest lost on the plan's ground"), "number", "km²"
    ),
    "lost_elsewhere_without": _of(
        mark("Lost elsewhere, without"), mark("Forest lost elsewhere"), "number", "km²"
    ),
    "lost_elsewhere_with": _of(
        mark("Lost elsewhere, with"), mark("Forest lost elsewhere"), "number", "km²"
    ),
    # links
    "cost": _of(mark("Cost"), mark("Cost, as the links file gives it"), "number", COST),
    "actions": _of(mark("Actions"), mark("What is done on the link"), "text"),
    "rank": _of(mark("Rank"), mark("Shared by links of the same mean"), "whole"),
    "rank_low": _of(mark("Best rank left open"), mark("What the runs leave open"), "whole"),
    "rank_high": _of(mark("Worst rank left open"), mark("What the runs leave open"), "whole"),
    "equal_rank": _of(
        mark("Equal rank"), mark("Links that share a letter are not told apart"), "text"
    ),
    "benefit": _of(mark("Benefit"), mark("What the links bring"), "number", BENEFIT, *PLAIN),
    "frontier.low": _of(mark("Benefit, low"), _LOW, "number", BENEFIT, *PLAIN),
    "frontier.high": _of(mark("Benefit, high"), _HIGH, "number", BENEFIT, *PLAIN),
    "links_species.low": _of(mark("Benefit, low"), _LOW, "number", BENEFIT, *PLAIN),
    "links_species.high": _of(mark("Benefit, high"), _HIGH, "number", BENEFIT, *PLAIN),
    "pairs.low": _of(mark("Interaction, low"), _LOW, "number", BENEFIT, *PLAIN),
    "pairs.high": _of(mark("Interaction, high"), _HIGH, "number", BENEFIT, *PLAIN),
    "ranking.low": _of(mark("Benefit, low"), _LOW, "number", BENEFIT, *PLAIN),
    "ranking.high": _of(mark("Benefit, high"), _HIGH, "number", BENEFIT, *PLAIN),
    "rank_right": _of(
        mark("Rank is right"), mark("Probability that the rank is the right one"), "number", "%"
    ),
    "rank_right_within": _of(
        mark("Rank is right within what matters"),
        mark("Probability that no link is better by more than matters"),
        "number",
        "%",
    ),
    "benefit_per_cost": _of(
        mark("Benefit for each unit of cost"),
        mark("Empty where the interval holds 0"),
        "number",
        BENEFIT,
        "benefit_per_cost_low",
        "benefit_per_cost_high",
    ),
    "pairs_lifted": _of(
        mark("Pairs of blocks lifted"),
        mark("Pairs that the links lift over one migrant a generation, for certain"),
        "whole",
    ),
    "pairs_perhaps_lifted": _of(
        mark("Pairs of blocks perhaps lifted"),
        mark("Pairs that the links may lift over one migrant a generation"),
        "whole",
    ),
    "chosen": _of(mark("Chosen"), mark("Whether it is in the set chosen for the budget"), "flag"),
    "benefit_unit": _of(mark("Unit of benefit"), mark("Unit of benefit"), "text"),
    "cost_unit": _of(mark("Unit of cost"), mark("Unit of cost"), "text"),
    "equal_sets": _of(
        mark("Equal sets"), mark("Sets that cost and promise exactly the same"), "text"
    ),
    "interaction": _of(
        mark("Interaction"),
        mark("What both bring together beyond the sum of each alone"),
        "number",
        BENEFIT,
        *PLAIN,
    ),
    "kept": _of(mark("Counted"), mark("Share of it that counts in the choice"), "number", "%"),
    "current_flow": _of(mark("Current flow"), mark("Circuit theory's measure of the link")),
    "dpc": _of(mark("dPC"), mark("Loss of the probability of connectivity without the link")),
    "current_flow_rank": _of(mark("Rank by current flow"), mark("Rank by theory"), "whole"),
    "dpc_rank": _of(mark("Rank by dPC"), mark("Rank by theory"), "whole"),
    "current_flow_disagrees": _of(
        mark("Current flow disagrees"), mark("Outside the ranks left open"), "flag"
    ),
    "dpc_disagrees": _of(mark("dPC disagrees"), mark("Outside the ranks left open"), "flag"),
    "by_tiles": _of(
        mark("Expected"),
        mark("By expected numbers of animals"),
        "number",
        ROW,
        "by_tiles_low",
        "by_tiles_high",
    ),
    "by_runs": _of(
        mark("In whole runs"),
        mark("By whole runs with chance"),
        "number",
        ROW,
        "by_runs_low",
        "by_runs_high",
    ),
    "confirmed.difference": _of(
        mark("Difference"),
        mark("Whole runs less what was expected"),
        "number",
        ROW,
        "difference_low",
        "difference_high",
    ),
    "within_chance": _of(mark("Within chance"), mark("Whether chance may explain it"), "flag"),
    "without": _of(mark("Without"), mark("Mean without the links"), "number", ROW, *PLAIN),
    "what": _of(mark("Of what"), mark("The chosen set, a link, or a set of the frontier"), "text"),
    "simulated": _of(mark("Simulated"), mark("Whether this set itself was simulated"), "flag"),
    "from": _of(mark("From block"), mark("Block of core areas"), "text"),
    "to": _of(mark("To block"), mark("Block of core areas"), "text"),
    "links_pairs_lifted.without": _of(
        mark("Migrants without"),
        mark("Animals a generation without the links"),
        "number",
        mark("a generation"),
        "without_low",
        "without_high",
    ),
    "links_pairs_lifted.with": _of(
        mark("Migrants with"),
        mark("Animals a generation with the links"),
        "number",
        mark("a generation"),
        "with_low",
        "with_high",
    ),
    "countries": _of(mark("Countries"), mark("Countries of both core areas"), "text"),
    "bottleneck": _of(mark("Bottleneck"), mark("Worst ground relative to the best")),
    "roads_paved": _of(mark("Paved roads"), mark("Paved roads crossed"), "whole"),
    "roads_gravel": _of(mark("Gravel roads"), mark("Gravel roads crossed"), "whole"),
    "roads_bridged": _of(mark("Roads with crossings"), mark("Roads with a crossing"), "whole"),
    "rivers_over_50_m": _of(mark("Wide rivers"), mark("Rivers over 50 m crossed"), "whole"),
    "border_crossings": _of(mark("Borders"), mark("Borders crossed"), "whole"),
    "cost_of_one": _of(
        mark("Cost of one more"),
        mark("Cost over benefit; empty where that is not known"),
        "number",
        COST,
        "cost_of_one_low",
        "cost_of_one_high",
    ),
    "of_one": _of(mark("One more of what"), mark("What one more is of"), "text"),
    "disperser_days_inside": _of(
        mark("Days of dispersers inside"),
        mark("Days that dispersers spend inside the link"),
        "number",
        "",
        "disperser_days_inside_low",
        "disperser_days_inside_high",
    ),
    "living_inside": _of(
        mark("Living inside"),
        mark("Animals that live inside the link"),
        "number",
        "",
        "living_inside_low",
        "living_inside_high",
    ),
    "deaths_within_5_km": _of(
        mark("Deaths within 5 km"),
        mark("Deaths of dispersers on the way"),
        "number",
        "",
        "deaths_within_5_km_low",
        "deaths_within_5_km_high",
    ),
    "suitability": _of(mark("Suitability"), mark("Mean along the gap, 0 to 1")),
    "holes": _of(mark("Cells without a value"), mark("Where the raster has no value"), "whole"),
    # ground
    "co_benefit": _of(mark("Co-benefit"), mark("What else the ground gives"), "text"),
    "ground": _of(mark("Ground"), mark("Which ground is summed"), "text"),
    "of": _of(mark("Of"), mark("Which amount, or which verdict"), "text"),
    "amount": _of(mark("Amount"), mark("Sum over the links of the set"), "number", ROW),
    "today": _of(mark("Today"), mark("Amount on the ground as it is"), "number", ROW),
    "avoided_loss": _of(
        mark("Avoided loss"), mark("With it less without it"), "number", ROW, *PLAIN
    ),
    "maps": _of(mark("Maps"), mark("Maps of clearing that the numbers stand on"), "whole"),
    "holes_share": _of(mark("Without data"), mark("Share without a value"), "number", "%"),
    "share_of_link": _of(mark("Share of the link"), mark("That lies in the place"), "number", "%"),
    # sweeps
    "point": _of(mark("Point"), mark("Point of parameters, by name or number"), "text"),
    "trait": _of(mark("Trait"), mark("Uncertain number of a species"), "text"),
    "sensitivity.low": _of(mark("Trait from"), mark("Lower end of the trait's range")),
    "sensitivity.high": _of(mark("Trait to"), mark("Upper end of the trait's range")),
    "link_robustness.low": _of(mark("Benefit, low"), _LOW, "number", BENEFIT, *PLAIN),
    "link_robustness.high": _of(mark("Benefit, high"), _HIGH, "number", BENEFIT, *PLAIN),
    "mean_benefit": _of(
        mark("Mean benefit"), mark("Over all points of traits"), "number", BENEFIT, *PLAIN
    ),
    "least_benefit": _of(
        mark("Least benefit"), mark("Over all points of traits"), "number", BENEFIT, *PLAIN
    ),
    "most_benefit": _of(
        mark("Largest benefit"), mark("Over all points of traits"), "number", BENEFIT, *PLAIN
    ),
    "p": _of(mark("p"), mark("Probability of such agreement by chance")),
    "in_choice": _of(mark("Chosen"), mark("Whether it is in the choice"), "flag"),
    "beyond_noise": _of(mark("Beyond noise"), mark("Whether more than noise gives"), "flag"),
    # generations
    "block": _of(mark("Block"), mark("Block of core areas"), "text"),
    "generations": _of(
        mark("Generations"),
        mark("Until the block is reached with chance 1/2"),
        "number",
        "",
        "generations_low",
        "generations_high",
    ),
    "chance_in_10": _of(
        mark("Chance within ten generations"),
        mark("Of being reached"),
        "number",
        "%",
        "chance_in_10_low",
        "chance_in_10_high",
    ),
    "direct": _of(mark("Direct"), mark("In one move"), "number", mark("a generation")),
    "through": _of(
        mark("Over homes outside"),
        mark("Over homes outside blocks"),
        "number",
        mark("a generation"),
    ),
    "fst": _of(mark("F_ST"), mark("Difference of genes after the years")),
    "fst_rest": _of(mark("F_ST at rest"), mark("Where differences stand")),
    "via": _of(mark("Via"), mark("Blocks of the best chain"), "text"),
    "weakest_step": _of(
        mark("Weakest step"),
        mark("Animals over the chain's weakest step"),
        "number",
        mark("a generation"),
    ),
    "path": _of(mark("Path"), mark("Whether there is any way at all"), "flag"),
    "arrival": _of(mark("Arrival"), mark("Sooner, later, same or open"), "text"),
    "feeds": _of(mark("Feeds"), mark("Animals that the block feeds"), "number", mark("animals")),
    "residents": _of(
        mark("Residents"),
        mark("After the years"),
        "number",
        mark("animals"),
        "residents_low",
        "residents_high",
    ),
    "at_rest": _of(
        mark("Residents at rest"),
        mark("Where numbers come to rest"),
        "number",
        mark("animals"),
        "at_rest_low",
        "at_rest_high",
    ),
    "arrivals": _of(
        mark("Arrivals"),
        mark("From other blocks"),
        "number",
        mark("a generation"),
        "arrivals_low",
        "arrivals_high",
    ),
    "dies_out": _of(
        mark("Dies out"), mark("Chance within the years, if nobody came"), "number", "%"
    ),
    "animals": _of(
        mark("Animals"),
        mark("Independent animals at the beginning of the year"),
        "number",
        mark("animals"),
        "animals_low",
        "animals_high",
    ),
    # fits
    "animal": _of(mark("Animal"), mark("Animal, as its tracks name it"), "text"),
    "sex": _of(mark("Sex"), mark("Sex"), "text"),
    "n_fixes": _of(mark("Fixes"), mark("Positions of the animal"), "whole"),
    "record_d": _of(mark("Record"), mark("From the first fix to the last"), "number", mark("days")),
    "model": _of(mark("Model"), mark("Model of the range"), "text"),
    "resident": _of(mark("Resident"), mark("Whether it keeps a range"), "flag"),
    "home_range_km2": _of(
        mark("Home range"), mark("Area of 95 % of its use"), "number", "km²", "home_range_km2_se"
    ),
    "n_effective": _of(mark("Effective fixes"), mark("Independent fixes that they are worth")),
    "n_crossings": _of(mark("Range crossings"), mark("Times that the range was crossed")),
    "n_steps": _of(mark("Steps"), mark("Steps of the animal"), "whole"),
    "n_turns": _of(mark("Turns"), mark("Turns of the animal"), "whole"),
    "zero_share": _of(mark("Steps without movement"), mark("Share of steps"), "number", "%"),
    "n_animals": _of(mark("Animals"), mark("Animals that the number stands on"), "whole"),
    "term": _of(mark("Term"), mark("What is selected for"), "text"),
    "estimate": _of(mark("Estimate"), mark("Selection coefficient"), "number", "", *PLAIN),
    "parameter": _of(mark("Parameter"), mark("Number of the species"), "text"),
    "pooled.value": _of(mark("Value"), mark("Of the population"), "number", "", *PLAIN),
    "se": _of(mark("Standard error"), mark("Of the value"), "number", "", *PLAIN),
    "between_sd": _of(mark("Between animals"), mark("Standard deviation between animals")),
    "kind": _of(mark("Kind"), mark("Kind of the row"), "text"),
    "count": _of(mark("Count"), mark("How many"), "whole"),
    "words": _of(mark("Words"), mark("What is to be known"), "text"),
    "measure": _of(mark("Measure"), mark("What is compared"), "text"),
    "at": _of(mark("At"), mark("Of which animal, lag or class"), "text"),
}

# what the end of a name says of its unit
UNITS = {
    "_km2": "km²",
    "_km": "km",
    "_m": "m",
    "_d": mark("days"),
    "_c": "°C",
    "_share": PERCENT,
    "_by_chance": PERCENT,
}
# twins of a column: what the end of a name adds to its label and meaning
TWINS = {
    "_without": (mark("{label}, without"), mark("{of}, without the links")),
    "_with": (mark("{label}, with"), mark("{of}, with the links")),
    "_difference": (mark("{label}, difference"), mark("{of}, with the links less without")),
    "_low": (mark("{label}, low"), _LOW),
    "_high": (mark("{label}, high"), _HIGH),
    "_se": (mark("{label}, standard error"), _SE),
    "_against": (mark("{label}, compared with"), _AGAINST),
    "_change": (mark("{label}, change"), _CHANGE),
}

TABLES: Mapping[str, Table] = {
    "effects": Table(mark("Effects"), mark("a scenario, species and outcome, compared")),
    "summary": Table(mark("Means"), mark("a scenario, species and outcome")),
    "plan": Table(mark("Plan"), mark("a case of the plan, species and outcome")),
    "plan_ground": Table(mark("Plan, forest"), mark("a case of the plan and a map of clearing")),
    "exchange": Table(mark("Between blocks"), mark("a scenario, species and pair of blocks")),
    "flux": Table(mark("Between core areas"), mark("a scenario, species and pair of core areas")),
    "scenarios": Table(mark("Scenarios"), mark("a scenario and its ground")),
    "yearly": Table(mark("By year"), mark("a scenario, species, year and count")),
    "deaths": Table(mark("Deaths"), mark("a scenario, species and cause")),
    "burn_in": Table(mark("Before the run"), mark("a scenario, species and replicate")),
    "runs": Table(mark("Runs"), mark("a run, species and outcome")),
    "ranking": Table(mark("Ranking"), mark("a link, the best first"), ""),
    "frontier": Table(mark("Best sets"), mark("the best set of links for each cost"), ""),
    "pairs": Table(mark("Pairs of links"), mark("a pair of links and a species"), ""),
    "confirmed": Table(mark("Confirmed"), mark("an outcome and species of the chosen set"), ""),
    "reference": Table(mark("Theory"), mark("a link by measures of theory"), ""),
    "co_benefits": Table(mark("Co-benefits"), mark("a link and a co-benefit"), ""),
    "scenarios_co_benefits": Table(mark("Co-benefits"), mark("a scenario and a co-benefit")),
    "trade_offs": Table(mark("Trade-offs"), mark("a set between animals and a co-benefit"), ""),
    "links_pairs_lifted": Table(
        mark("Blocks joined"), mark("a set of links, species and pair of blocks")
    ),
    "links_species": Table(mark("Links by species"), mark("a link and species")),
    "links_passage": Table(mark("Passing and dying"), mark("a link and species")),
    "links_outcomes": Table(mark("Links by outcome"), mark("an outcome, species and link")),
    "links_gaps": Table(mark("What links bridge"), mark("a link, the best first")),
    "sweep": Table(mark("Sweep"), mark("a point, species and outcome"), ""),
    "sensitivity": Table(mark("Sensitivity"), mark("a species, outcome and trait"), ""),
    "link_robustness": Table(mark("Robustness of links"), mark("a link"), ""),
    "link_points": Table(mark("Points"), mark("a point of traits"), ""),
    "link_ranks": Table(mark("Ranks at points"), mark("a point and link"), ""),
    "link_traits": Table(mark("Traits and links"), mark("a trait and what it moves"), ""),
    "generations_outcomes": Table(mark("Outcomes"), mark("a species and outcome")),
    "generations_pairs": Table(mark("Ways between blocks"), mark("a species and pair of blocks")),
    "blocks": Table(mark("Blocks"), mark("a species and block")),
    "generations_yearly": Table(mark("By year"), mark("a species and year")),
    "ranges": Table(mark("Ranges"), mark("an animal and its home range")),
    "steps": Table(mark("Steps"), mark("an animal, its steps and turns")),
    "selection": Table(mark("Selection"), mark("a coefficient of selection")),
    "pooled": Table(mark("Population"), mark("a parameter of the population and sex")),
    "comparison": Table(mark("Simulated and observed"), mark("a measure")),
    "use": Table(mark("Use"), mark("a class of ground or covariate")),
    "hold_out": Table(mark("Held out"), mark("an animal")),
    "notes": Table(mark("Notes"), mark("what is to be known of data and fit")),
}


def column_of(table: str, name: str) -> Column:
    """Return what a column of a table is; of names that users gave, what their end says.

    >>> column_of("scenarios", "paramo_km2").unit, column_of("effects", "n").label
    ('km²', 'Replicates')
    """
    for key in (f"{table}.{name}", name):
        if key in COLUMNS:
            return COLUMNS[key]
    for end, (label, meaning) in TWINS.items():
        if name.endswith(end) and len(name) > len(end):
            inner = column_of(table, name.removesuffix(end))
            own = tr(inner.label)
            error = inner.error or ((name,) if end == "_se" else ())
            return replace(
                inner, label=tr(label, label=own), meaning=tr(meaning, of=own), error=error
            )
    label = name.replace("_", " ").strip() or name
    for end, unit in UNITS.items():
        if name.endswith(end) and len(name) > len(end):
            words = name.removesuffix(end).replace("_", " ")
            return Column(words[:1].upper() + words[1:], "", "number", unit)
    return Column(label[:1].upper() + label[1:], "")
