"""Leave a simulation and go on later, in another process: the same bits as an unbroken run.

A checkpoint is one ``.npz`` file of plain arrays, written whole or not at all: animals, counts and
what the movers keep. What depends on landscape and species is not in it; the file names it by a
fingerprint, so that a run cannot go on in another world without being noticed.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import ResultsError
from corridor_sim.files import write_bytes
from corridor_sim.kernels.records import Animals, Tallies
from corridor_sim.reading import Unfit, archive
from corridor_sim.simulation.days.simulation import DaysContext, Simulation
from corridor_sim.simulation.pairs import Pairs
from corridor_sim.species.fields import CLASSES

FORMAT = 3
MAX_BYTES = 2**48
# of replicates and days
MOST_NUMBER = 2**31 - 1
Arrays = dict[str, NDArray[Any]]


def fingerprint(context: DaysContext) -> str:
    """Return a hash of everything that replicates of the stage share."""
    digest = hashlib.blake2b(digest_size=16)
    for key, habitat in context.species.items():
        how = None if habitat.searching is None else habitat.searching.options
        digest.update(f"{key}|{habitat.numbers!r}|{how!r}|".encode())
        for record in (habitat.here.fields, habitat.here.params):
            for name, value in zip(record._fields, record, strict=True):
                plain = np.ascontiguousarray(value)
                digest.update(f"{name}|{plain.dtype.str}|{plain.shape}|".encode())
                digest.update(plain.data)
    return digest.hexdigest()


def save(sim: Simulation, path: str | Path) -> Path:
    """Write the state of ``sim`` to ``path`` and return it.

    Raises
    ------
    ResultsError
        The disk is full, or the folder cannot be written.
    """
    numbers = [FORMAT, sim.seed, sim.replicate, sim.start_day, sim.day]
    arrays: Arrays = {
        "numbers": np.array(numbers, np.uint64),
        "fingerprint": np.frombuffer(fingerprint(sim.context).encode(), np.uint8),
        **dict(_arrays(sim)),
    }
    buffer = io.BytesIO()
    # the stubs of older numpy take ``allow_pickle`` for one of the arrays
    np.savez(buffer, allow_pickle=False, **arrays)  # type: ignore[arg-type, unused-ignore]
    with buffer.getbuffer() as held:  # given back before the buffer goes
        return write_bytes(Path(path), held)


def restore(path: str | Path, context: DaysContext) -> Simulation:
    """Return the simulation that was saved to ``path``, ready to go on.

    Parameters
    ----------
    context : DaysContext
        Made as for the run that was saved.

    Raises
    ------
    ResultsError
        The file is missing or damaged, or was saved on another context.
    """
    arrays = _read(Path(path))
    try:
        form, seed, replicate, start_day, day = (int(n) for n in arrays["numbers"])
        same_context = arrays["fingerprint"].tobytes().decode() == fingerprint(context)
        if form == FORMAT and same_context:
            if max(replicate, start_day, day) > MOST_NUMBER:
                raise ValueError(f"replicate {replicate}, day {day} from day {start_day}")
            sim = Simulation(context, seed=seed, replicate=replicate, start_day=start_day)
            sim.day = day
            _fill(sim, arrays)
            return sim
    except KeyError as bad:
        raise _damaged(path, f"it holds no {bad}") from None
    except (ValueError, TypeError, OverflowError) as bad:
        raise _damaged(path, str(bad)) from None
    raise ResultsError(
        "the checkpoint is of another landscape, species, movement model or version",
        where=path,
        remedy="restore it with the scenario that it was saved from",
    )


def _arrays(sim: Simulation) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield all arrays that change while a simulation runs, by name."""
    for key in sim.context.species:
        for group, record in (("animals", sim.animals[key]), ("tallies", sim.tallies[key])):
            for name, array in record._asdict().items():
                # between two calls the log is empty: what it held is counted
                if name != "transits":
                    yield f"{key}/{group}/{name}", array
        yield f"{key}/transits", sim.transits[key].rows
        yield f"{key}/start_xy", sim._start_xy[key]
        for i, mover in enumerate(sim.movers[key]):
            for name, kept in mover.state().items():
                yield f"{key}/mover{i}/{name}", kept


def _fill(sim: Simulation, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Put the arrays of a file into a fresh simulation."""

    def given(name: str, like: NDArray[Any], *, any_shape: bool = False) -> NDArray[Any]:
        found = arrays[name]
        if found.dtype != like.dtype or not (any_shape or found.shape == like.shape):
            raise ValueError(f"{name} is {found.dtype} {found.shape}")
        return found

    shape = sim.context.landscape.grid.shape
    for key in sim.context.species:
        fresh, counts = sim.animals[key], sim.tallies[key]
        sim.animals[key] = Animals(
            **{n: given(f"{key}/animals/{n}", a) for n, a in fresh._asdict().items()}
        )
        # how many tracks there are was settled when the run began
        sim.tallies[key] = Tallies(
            **{
                n: given(f"{key}/tallies/{n}", a, any_shape=n == "tracks")
                for n, a in counts._asdict().items()
                if n != "transits"
            },
            transits=counts.transits,
        )
        zones = sim.context.landscape.n_zones
        rows = given(f"{key}/transits", sim.transits[key].rows, any_shape=True)
        if rows.ndim != 2 or rows.shape[1] != 3 or (rows < 0).any() or (rows[:, :2] > zones).any():
            raise ValueError("transits are no pairs of core areas")
        sim.transits[key] = Pairs(rows)
        tracks = sim.tallies[key].tracks
        if tracks.ndim != 3:
            raise ValueError("tracks have no days")
        if tracks.shape[2] != 2 or len(tracks) > fresh.ident.size:
            raise ValueError(f"tracks are {tracks.shape}")
        _look(sim.animals[key], shape, sim.context.landscape.n_zones)
        sim._start_xy[key] = given(f"{key}/start_xy", sim._start_xy[key])
        for i, mover in enumerate(sim.movers[key]):
            at = f"{key}/mover{i}/"
            mover.restore({n.removeprefix(at): a for n, a in arrays.items() if n.startswith(at)})


def _look(animals: Animals, shape: tuple[int, int], n_zones: int) -> None:
    """Refuse animals that would lead a compiled kernel out of its arrays."""
    for names, end in ((("x", "roost_x"), shape[1]), (("y", "roost_y"), shape[0])):
        for name in names:
            at = getattr(animals, name)
            if not ((at >= 0) & (at < end)).all():
                raise ValueError(f"{name} leads out of the landscape")
    zones = (("natal_zone", n_zones + 1), ("last_zone", n_zones + 1), ("first_zone", n_zones + 1))
    for name, count in (("klass", len(CLASSES)), *zones):
        number = getattr(animals, name)
        if not ((number >= 0) & (number < count)).all():
            raise ValueError(f"there is no {name} {int(number.max())}")
    for name, values in animals._asdict().items():
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            raise ValueError(f"{name} is no finite number")


def _read(path: Path) -> Arrays:
    try:
        with archive(path, MAX_BYTES) as data:
            # stored as they are, arrays cannot be larger than the file
            if data.is_packed:
                raise Unfit("its arrays are packed")
            # what a simulation goes on with is written to
            return {name: data.array(name, None).copy() for name in data.names}
    except Unfit as bad:
        raise _damaged(path, str(bad)) from None


def _damaged(path: str | Path, why: str) -> ResultsError:
    return ResultsError(
        f"no checkpoint that can be read ({why})", where=path, remedy="begin the run again"
    )
