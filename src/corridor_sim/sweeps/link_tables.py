"""Tables of how links fare over the points of a sensitivity analysis, and what they come to."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from corridor_sim.files import write_text
from corridor_sim.statistics.moments import F64, moments
from corridor_sim.sweeps.link_sensitivity import LinkRobustness
from corridor_sim.sweeps.sensitivity import Plan
from corridor_sim.sweeps.table import write_table

if TYPE_CHECKING:
    import pandas as pd

    from corridor_sim.experiment.study import Study


def nominal_benefits(found: LinkRobustness) -> tuple[F64, F64, F64]:
    """Return mean, low and high of the benefit of every link at the nominal traits.

    As in the ranking: a link that changed nothing may still change what no replicate showed.
    """
    task = found.task
    own = moments(found.nominal[task.replicates :].T)
    half = own.half_width(1 - task.settings.procedure.confidence, own.largest)
    half = np.where(np.isfinite(half), half, np.nan)
    return own.mean, own.mean - half, own.mean + half


def robustness_table(found: LinkRobustness) -> pd.DataFrame:
    """Return one row per link, in the order of the nominal ranking.

    Columns: link, cost, rank, benefit with low and high at the nominal traits; mean, least and
    most benefit, mean, best and worst rank over the points; the shares of points at which it is
    first, among the top, in the choice, and above 0, each followed by what noise alone gives; and
    whether it is in the nominal choice.
    """
    import pandas as pd

    task = found.task
    _, low, high = nominal_benefits(found)
    mean, ranks = found.mean, found.ranks
    shares = {
        "first": found.among_best(1).mean(axis=0),
        "top": found.among_best(task.top).mean(axis=0),
        "chosen": found.choices.mean(axis=0),
        "positive": (mean > 0).mean(axis=0),
    }
    columns: dict[str, Any] = {
        "link": [link.name for link in task.links],
        "cost": [link.cost for link in task.links],
        "rank": found.rank,
        "benefit": found.reference,
        "low": low,
        "high": high,
        "mean_benefit": mean.mean(axis=0),
        "least_benefit": mean.min(axis=0),
        "most_benefit": mean.max(axis=0),
        "mean_rank": ranks.mean(axis=0),
        "best_rank": ranks.min(axis=0),
        "worst_rank": ranks.max(axis=0),
    }
    for name, share in shares.items():
        columns[f"{name}_share"] = share
        columns[f"{name}_by_chance"] = found.by_chance[name]
    columns["in_choice"] = np.isin(np.arange(len(task.links)), found.choice)
    return pd.DataFrame(columns).sort_values("rank", kind="stable", ignore_index=True)


def points_table(found: LinkRobustness, plan: Plan) -> pd.DataFrame:
    """Return one row per point: its traits, agreement with the nominal ranking, p, and loss.

    Points at which the benefit has no value have no agreement either.
    """
    import pandas as pd

    frame = pd.DataFrame({"point": np.arange(1, found.task.points + 1)})
    first = np.unique(plan.which, return_index=True)[1]
    for j, one in enumerate(plan.ranges):
        frame[f"{one.species}.{one.trait}"] = plan.rows[first, j]
    for name, here in (("agreement", found.agreement), ("p", found.p), ("loss", found.loss.at)):
        column = np.full(found.task.points, math.nan)
        column[found.kept] = here
        frame[name] = column
    return frame


def ranks_table(found: LinkRobustness) -> pd.DataFrame:
    """Return one row per point and link: benefit, rank, and whether it is chosen there."""
    import pandas as pd

    n = len(found.task.links)
    return pd.DataFrame(
        {
            "point": np.repeat(found.kept + 1, n),
            "link": np.tile([link.name for link in found.task.links], len(found.kept)),
            "benefit": found.mean.ravel(),
            "rank": found.ranks.ravel(),
            "chosen": found.choices.ravel(),
        }
    )


def traits_table(found: LinkRobustness, plan: Plan) -> pd.DataFrame:
    """Return one row per quantity and trait: SALib's indices, and what noise alone gives."""
    import pandas as pd

    names = [link.name for link in found.task.links]
    frames = [
        pd.DataFrame(
            {
                "of": one.of,
                "link": "" if one.link is None else names[one.link],
                "trait": [f"{r.species}.{r.trait}" for r in plan.ranges],
                **one.found,
                "noise": one.noise,
                "beyond_noise": one.beyond_noise,
            }
        )
        for one in found.effects
    ]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def verdict_data(found: LinkRobustness) -> dict[str, Any]:
    """Return the verdicts and what they rest on as plain data; no value is None."""
    names = [link.name for link in found.task.links]
    loss = found.loss
    numbers = {
        "agreement": float(found.agreement.mean()),
        "agreement_by_chance": float(found.noise.mean()),
        "same_pairs": found.same_pairs,
        "p_order": found.p_order,
        "concordance": found.concordance,
        "concordance_by_chance": found.concordance_by_chance,
        "loss_least": loss.least,
        "loss_least_low": loss.least_low,
        "loss_most": loss.most,
        "loss_most_high": loss.most_high,
        "loss_by_chance": float(found.loss_noise.mean()),
    }
    return {
        "choice": found.choice_verdict,
        "order": found.order_verdict,
        "chosen": [names[i] for i in found.choice],
        "points": len(found.kept),
        "points_left_out": found.task.points - len(found.kept),
        "replicates": found.task.replicates,
        "nominal_replicates": found.task.nominal,
        "indifference": found.task.settings.procedure.indifference,
        **{name: value if math.isfinite(value) else None for name, value in numbers.items()},
    }


def write_link_tables(found: LinkRobustness, plan: Plan, study: Study) -> list[str]:
    """Write the tables in full and the verdicts as JSON; return their paths."""
    written = []
    for name, frame in (
        ("link_robustness", robustness_table(found)),
        ("link_points", points_table(found, plan)),
        ("link_ranks", ranks_table(found)),
        ("link_traits", traits_table(found, plan)),
    ):
        if len(frame):
            written += write_table(frame, study, name)
    text = json.dumps(verdict_data(found), indent=1, ensure_ascii=False) + "\n"
    return [*written, str(write_text(study.out / "link_verdict.json", text))]
