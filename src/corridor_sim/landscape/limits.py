"""Between what the numbers of ``[landscape]`` may lie: one table for the schema and for Python."""

from __future__ import annotations

from dataclasses import dataclass

from corridor_sim.errors import LandscapeError


@dataclass(frozen=True, slots=True)
class Limit:
    """An inclusive range and its unit in words."""

    low: float
    high: float
    unit: str

    def refuse(self, what: str, value: float, where: str) -> None:
        """Raise unless ``value`` lies within.

        Raises
        ------
        LandscapeError
            Naming the value and the range.
        """
        if not self.low <= value <= self.high:
            raise LandscapeError(
                f"{what} is {value:g}",
                where=where,
                remedy=f"it must lie in {self.low:g} to {self.high:g} {self.unit}",
            )


LIMITS: dict[str, Limit] = {
    # A step of an animal is tens of metres and more; home ranges are tens of kilometres.
    "cell_m": Limit(10.0, 50_000.0, "m"),
    "sea_level_temperature_c": Limit(-20.0, 40.0, "degrees Celsius"),
    # Air that rises without condensing cools by 9.8 degrees per km; no mean is steeper.
    "lapse_c_per_km": Limit(0.0, 10.0, "degrees Celsius per km"),
}
