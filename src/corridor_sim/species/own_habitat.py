"""What a species sees by maps of the user's own: suitability and the weight of steps.

By a linear predictor ``eta = sum_k beta_k (x_k - c_k) / s_k`` the weight of a step is
``exp(eta - eta_mean)``, with ``eta_mean`` that of ground where every covariate has its mean, and
suitability ``1 / (1 + exp(-(intercept + eta)))``: the exponential and logistic forms of a resource
selection function (Manly et al. 2002, Resource Selection by Animals, 2nd ed., ch. 5).

Ready maps go by the rule of :mod:`corridor_sim.species.habitat`: a suitability ``s`` and a
resistance ``R`` stand for each other by ``s = 1 - ln R / ln 100``, and the weight of a step is
``R^-b`` with the species' ``resistance_exponent`` b. Of two maps, suitability says where animals
live and resistance how they step.

All of it goes cell by cell, so a window of the landscape gives the same as the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import SpeciesError, nearest
from corridor_sim.kernels.crossing import NO_GROUND
from corridor_sim.landscape.covariates import Covariate
from corridor_sim.species.predictor import Predictor
from corridor_sim.species.traits import Species

F32 = NDArray[np.float32]
# suitability and weight of a species by its traits, when it ranges so many metres higher
ByTraits = Callable[[float], tuple[F32, F32]]
LEAST_WEIGHT = np.float32(1e-6)
# exp of more is beyond single precision with room for what multiplies it, and beyond any animal
MOST_ETA = 50.0


def predictors_of(species: Species) -> Iterator[tuple[str, Predictor]]:
    """Yield the linear predictors that a species has, each with its section."""
    for section in ("selection", "settlement"):
        one = getattr(species, section)
        if one is not None:
            yield section, one


def covariates_of(species: Species) -> tuple[str, ...]:
    """Return the names of all covariates by which a species selects or settles."""
    names = [name for _, one in predictors_of(species) for name in one.names]
    return tuple(dict.fromkeys((*names, *(species.own_maps.names if species.own_maps else ()))))


def has_own_maps(species: Species) -> bool:
    """Whether anything of its habitat comes from covariates."""
    return bool(covariates_of(species))


def needs_traits(species: Species) -> bool:
    """Whether its habitat rests on the habitat of the species file, beside its own maps."""
    maps = species.own_maps
    of_maps = maps is not None and bool(maps.names)
    return any(one.combine == "with_habitat" for _, one in predictors_of(species)) or (
        species.selection is None and not of_maps
    )


def season_shifts(species: Species, land: Any) -> tuple[float, ...]:
    """Return by how much higher the species ranges in each season that it tells apart, metres."""
    shift = species.habitat.seasonal_shift_m.value if needs_traits(species) else 0.0
    if shift:
        return (shift, -shift)
    seasonal = any(_covariate(species, land, n).n_seasons > 1 for n in covariates_of(species))
    return (0.0, 0.0) if seasonal else (0.0,)


def habitat_in(
    species: Species, land: Any, season: int, shift_m: float, by_traits: ByTraits
) -> tuple[F32, F32]:
    """Return suitability and the weight of a step in a season, ``[height, width]`` float32.

    Parameters
    ----------
    species : Species
    land : Landscape
        Or a part of one, with its layers and covariates.
    season : int
        0 or 1.
    shift_m : float
        Of :func:`season_shifts`.
    by_traits : callable
        Gives both by the species file, and is called where they are needed.
    """
    if not has_own_maps(species):
        return by_traits(shift_m)
    suits, weighs = by_traits(shift_m) if needs_traits(species) else (None, None)
    fit = _suitability(species, land, season, suits)
    weight = _weight(species, land, season, weighs)
    if land.outside is None:
        return fit, weight
    return (
        np.where(land.outside, np.float32(0), fit),
        np.where(land.outside, NO_GROUND, weight).astype(np.float32),
    )


def _suitability(species: Species, land: Any, season: int, by_traits: F32 | None) -> F32:
    maps = species.own_maps
    if maps is not None and maps.suitability is not None:
        return _values(species, land, maps.suitability, season)
    one = species.settlement or species.selection
    if one is not None:
        eta = np.clip(predictor(species, one, land, season) + np.float32(one.intercept), -80, 80)
        fit: F32 = (1.0 / (1.0 + np.exp(-eta))).astype(np.float32)
        return _combined(one, fit, by_traits)
    if maps is not None and maps.resistance is not None:
        resistance = _values(species, land, maps.resistance, season)
        cover = 1.0 - np.log(resistance) / np.float32(np.log(100.0))
        return np.asarray(np.clip(cover, 0, 1), np.float32)
    assert by_traits is not None
    return by_traits


def _weight(species: Species, land: Any, season: int, by_traits: F32 | None) -> F32:
    maps, one = species.own_maps, species.selection
    if one is not None and (maps is None or maps.resistance is None):
        eta = predictor(species, one, land, season) - np.float32(_eta_of_means(species, one, land))
        weight: F32 = np.exp(np.clip(eta, -MOST_ETA, MOST_ETA)).astype(np.float32)
        return _combined(one, weight, by_traits)
    if maps is not None and maps.names:
        if maps.resistance is not None:
            resistance = _values(species, land, maps.resistance, season)
        else:
            fit = _values(species, land, str(maps.suitability), season)
            resistance = np.float32(100.0) ** (1 - fit)
        weight = resistance ** np.float32(-species.habitat.resistance_exponent.value)
        return np.maximum(weight, LEAST_WEIGHT).astype(np.float32)
    assert by_traits is not None
    return by_traits


def _combined(one: Predictor, own: F32, by_traits: F32 | None) -> F32:
    return own if one.combine == "alone" or by_traits is None else own * by_traits


def predictor(species: Species, one: Predictor, land: Any, season: int) -> F32:
    """Return ``eta`` of a season, ``[height, width]`` float32, without the intercept."""
    eta: Any = np.float32(0)
    for names, coefficient in one.terms:
        first = _covariate(species, land, names[0])
        if isinstance(coefficient, dict):
            eta = eta + _of_classes(first.on(land, season), coefficient)
            continue
        product: Any = np.float32(coefficient)
        for name in names:
            covariate = _covariate(species, land, name)
            centre, scale = standard(one, covariate)
            x = covariate.on(land, season)
            product = product * ((x - np.float32(centre)) / np.float32(scale))
        eta = eta + product
    found: F32 = np.asarray(eta, np.float32)
    return found


def standard(one: Predictor, covariate: Covariate) -> tuple[float, float]:
    """Return centre and scale in which a predictor takes a covariate."""
    by_map = one.standardise == "map"
    return (
        one.centre.get(covariate.name, covariate.mean if by_map else 0.0),
        one.scale.get(covariate.name, covariate.sd if by_map else 1.0),
    )


def _of_classes(codes: NDArray[Any], coefficients: dict[str, float]) -> F32:
    out = np.zeros(codes.shape, np.float32)
    for code, value in coefficients.items():
        out[codes == int(code)] = np.float32(value)
    return out


def _eta_of_means(species: Species, one: Predictor, land: Any) -> float:
    """Return ``eta`` where every covariate has its mean, and classes have 0."""
    total = 0.0
    for names, coefficient in one.terms:
        if isinstance(coefficient, dict):
            continue
        product = coefficient
        for name in names:
            covariate = _covariate(species, land, name)
            centre, scale = standard(one, covariate)
            product *= (covariate.mean - centre) / scale
        total += product
    return total


def _covariate(species: Species, land: Any, name: str) -> Covariate:
    if name not in land.covariates:
        known = sorted(land.covariates)
        raise SpeciesError(
            f"there is no covariate {name!r} on the landscape",
            where=f"species.{species.key}",
            remedy=nearest(name, known) if known else "give it under [landscape.covariates]",
        )
    found: Covariate = land.covariates[name]
    return found


def _values(species: Species, land: Any, name: str, season: int) -> F32:
    found: F32 = _covariate(species, land, name).on(land, season)
    return found


def refuse_misfits(species: Species, land: Any) -> None:
    """Refuse what a species asks of covariates that they cannot give.

    Raises
    ------
    SpeciesError
        A covariate that is not there, classes with a number or the reverse, a ready map with
        values that it cannot have, or a predictor beyond all bounds.
    LandscapeError
        A layer's values that have no transform.
    """
    for section, one in predictors_of(species):
        where = f"species.{species.key}.{section}"
        for names, coefficient in one.terms:
            for name in names:
                _refuse_kind(_covariate(species, land, name), coefficient, len(names), where)
                _refuse_without_spread(one, _covariate(species, land, name), where)
        _refuse_beyond(species, one, land, where)
    for role, name in (species.own_maps.model_dump() if species.own_maps else {}).items():
        if name is not None:
            _refuse_range(species, land, role, name)


def _refuse_kind(covariate: Covariate, coefficient: Any, n: int, where: str) -> None:
    name = covariate.name
    if covariate.kind == "class" and not isinstance(coefficient, dict):
        has = "have no product and no square" if n > 1 else f"cannot be weighed by {coefficient:g}"
        raise SpeciesError(
            f"{name} holds classes, which {has}",
            where=where,
            remedy=f"give each class its own: {name} = {{ 1 = 0.5, 2 = -1.0 }}",
        )
    if covariate.kind == "continuous" and isinstance(coefficient, dict):
        raise SpeciesError(
            f"{name} holds numbers, not the classes {', '.join(list(coefficient)[:5])}",
            where=where,
            remedy='give one number, or declare its map with kind = "class"',
        )


def _refuse_without_spread(one: Predictor, covariate: Covariate, where: str) -> None:
    if covariate.kind == "continuous" and standard(one, covariate)[1] == 0.0:
        raise SpeciesError(
            f"{covariate.name} is {covariate.mean:g} everywhere and has no standard deviation",
            where=where,
            remedy="leave it out",
        )


def _refuse_beyond(species: Species, one: Predictor, land: Any, where: str) -> None:
    middle = _eta_of_means(species, one, land)
    for season in range(len(season_shifts(species, land))):
        eta = predictor(species, one, land, season)
        apart = np.abs(eta - np.float32(middle))
        if float(np.nanmax(apart)) > MOST_ETA:
            row, col = (int(i) for i in np.unravel_index(int(np.nanargmax(apart)), apart.shape))
            far = float(eta[row, col]) - middle
            raise SpeciesError(
                f"its predictor lies {far:.4g} from that of mean ground at row {row}, column "
                f"{col}, a weight of e^{far:.0f}",
                where=where,
                remedy="check units and coefficients: coefficients for standardised covariates "
                'need standardise = "map", or centre and scale',
            )


def _refuse_range(species: Species, land: Any, role: str, name: str) -> None:
    covariate = _covariate(species, land, name)
    where = f"species.{species.key}.{role}"
    if covariate.kind == "class":
        raise SpeciesError(f"{name} holds classes", where=where, remedy="give a map of numbers")
    low, high = (0.0, 1.0) if role == "suitability" else (1.0, np.inf)
    for season in range(covariate.n_seasons):
        values = covariate.on(land, season)
        least, most = float(np.nanmin(values)), float(np.nanmax(values))
        if least < low or most > high:
            raise SpeciesError(
                f"{name} holds values from {least:g} to {most:g}",
                where=where,
                remedy="suitability must lie in 0 to 1"
                if role == "suitability"
                else "resistance must be 1 or more",
            )


def follows_edits(species: Species, land: Any) -> bool:
    """Whether an edit of the landscape can change the maps by which a species steps and settles."""
    return needs_traits(species) or any(
        _covariate(species, land, name).layer for name in covariates_of(species)
    )


def in_words(species: Species, land: Any) -> list[str]:
    """Return how a species steps and settles by maps of the user's own, with all numbers.

    A line for the weight of steps and suitability, and one for each covariate of a predictor: what
    it is, and in what it is told.
    """
    maps, b = species.own_maps, species.habitat.resistance_exponent.value
    ready = {} if maps is None else maps.model_dump(exclude_none=True)
    sources = {role: _covariate(species, land, name).source for role, name in ready.items()}
    steps, homes = species.selection, species.settlement or species.selection
    if "resistance" in ready:
        told = [f"steps weigh R^-{b:g} with R of {sources['resistance']}"]
    elif steps is not None:
        told = [f"steps weigh {_times_habitat(steps)}exp({_sum(steps)})"]
    elif "suitability" in ready:
        told = [f"steps weigh R^-{b:g} with R = 100^(1 - s)"]
    else:
        told = ["steps weigh what the species file says"]
    if "suitability" in ready:
        told.append(f"suitability s is that of {sources['suitability']}")
    elif homes is not None:
        inner = f"{homes.intercept:g} + " if homes.intercept else ""
        told.append(f"suitability is {_times_habitat(homes)}1 / (1 + exp(-({inner}{_sum(homes)})))")
    else:
        told.append("suitability is 1 - ln R / ln 100")
    lines = ["; ".join(told)]
    for section, one in predictors_of(species):
        of = f" of {section}" if species.settlement is not None else ""
        lines += [
            f"{name}{of} {_standard_in_words(species, one, land, name)}" for name in one.names
        ]
    return lines


def _times_habitat(one: Predictor) -> str:
    return "habitat of the species file x " if one.combine == "with_habitat" else ""


def _sum(one: Predictor) -> str:
    """Return the sum of a predictor: ``1.2 ndvi - 0.6 log_road_km``."""
    text = ""
    for term, value in one.coefficients.items():
        if isinstance(value, dict):
            by_class = ", ".join(f"{code}: {number:g}" for code, number in value.items())
            sign, part = " + ", f"{term}[{by_class}]"
        else:
            sign, part = (" - " if value < 0 else " + "), f"{abs(value):g} {term}"
        text += (sign if text else "-" * (sign == " - ")) + part
    return text


def _standard_in_words(species: Species, one: Predictor, land: Any, name: str) -> str:
    covariate = _covariate(species, land, name)
    said = f"is {covariate.in_words()}"
    centre, scale = standard(one, covariate)
    if covariate.kind == "class" or (centre, scale) == (0.0, 1.0):
        return f"{said}, as it is"
    return f"{said}, told as ({name} - {centre:.6g}) / {scale:.6g}"
