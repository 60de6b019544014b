"""Whether simulating the chosen set anew confirmed its prediction, in words."""

from __future__ import annotations

from corridor_sim.decision.confirm import HOLDS, TOO_LITTLE, TOO_MUCH
from corridor_sim.languages import tr
from corridor_sim.report.text.links_choice import why_less
from corridor_sim.report.text.links_found import Found


def confirmed(found: Found) -> tuple[str, str] | None:
    """Say whether the prediction of the chosen set misled; None where it was not simulated."""
    seen = found.result.confirmation
    if seen is None:
        return None
    known = seen.predicted_low == seen.predicted_high
    predicted = found.amount(seen.predicted)
    if not known:
        predicted += f" ({found.ends(seen.predicted_low, seen.predicted_high)})"
    found_words = tr(
        "predicted {predicted}, simulated {simulated} ({span}, {n} fresh replicates), a difference "
        "of {difference} ({difference_span})",
        predicted=predicted,
        simulated=found.amount(seen.simulated),
        span=found.ends(seen.low, seen.high),
        n=seen.replicates,
        difference=found.amount(seen.error),
        difference_span=found.ends(seen.error_low, seen.error_high),
    )
    given = {"gap": found_words, "much": found.amount(seen.tolerance, sign=False)}
    head = tr("Did the prediction mislead?")
    if seen.verdict == TOO_MUCH:
        text = tr(
            "Yes, it promised too much: {gap}. {why} Reckon with the simulated number.",
            gap=found_words,
            why=why_less(found),
        )
    elif seen.verdict == TOO_LITTLE:
        text = tr(
            "Yes, it promised too little: {gap}. Some links may help each other in ways that "
            "pairs did not show.",
            gap=found_words,
        )
    elif seen.verdict != HOLDS:
        text = _too_few(seen.outside, seen.error < 0, given)
    elif seen.apart or seen.outside:
        text = _slightly(seen.apart, seen.error < 0, given)
    else:
        text = tr("No: {gap}, which is no more than the {much} that do not matter.", **given)
    return head, text


def _too_few(outside: bool, promised_more: bool, given: dict[str, str]) -> str:
    """Say that replicates are too few to tell whether the prediction misled."""
    if not outside:
        return tr(
            "Too few replicates to say: {gap}. The interval of the difference reaches beyond the "
            "{much} that do not matter.",
            **given,
        )
    if promised_more:
        return tr(
            "Too few replicates to say: {gap}. It promised more than was found; the interval of "
            "the difference reaches beyond the {much} that do not matter.",
            **given,
        )
    return tr(
        "Too few replicates to say: {gap}. It promised less than was found; the interval of the "
        "difference reaches beyond the {much} that do not matter.",
        **given,
    )


def _slightly(sure: bool, promised_more: bool, given: dict[str, str]) -> str:
    """Say that the prediction was off by no more than matters, surely or by chance."""
    if sure and promised_more:
        return tr(
            "A little: it promised more than was found, by no more than the {much} that do not "
            "matter: {gap}. Reckon with the simulated number.",
            **given,
        )
    if sure:
        return tr(
            "A little: it promised less than was found, by no more than the {much} that do not "
            "matter: {gap}. Reckon with the simulated number.",
            **given,
        )
    if promised_more:
        return tr(
            "It promised more than was found, which chance can explain and which is no more than "
            "the {much} that do not matter: {gap}. Reckon with the simulated number.",
            **given,
        )
    return tr(
        "It promised less than was found, which chance can explain and which is no more than the "
        "{much} that do not matter: {gap}. Reckon with the simulated number.",
        **given,
    )
