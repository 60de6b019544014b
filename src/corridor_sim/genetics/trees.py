"""Tree-sequence tables of a pedigree, their metadata and provenance, and the file they become."""

from __future__ import annotations

import hashlib
import json
import math
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.files import written_beside
from corridor_sim.genetics.pedigree import Pedigree

if TYPE_CHECKING:
    import tskit


def write_trees(tree: tskit.TreeSequence, path: Path) -> Path:
    """Write a ``.trees`` file whole or not at all; the same tables give the same bytes.

    tskit names every file by a random UUID; here it is made from the contents.
    """
    import tskit

    path = Path(path)
    with written_beside(path) as part:
        tree.dump(part)
        # through a stream: the library would hold the file open
        with part.open("rb") as stream:
            given = tskit.load(stream).file_uuid.encode()
        data = part.read_bytes()
        if data.count(given) == 1:
            blank = data.replace(given, b"0" * len(given))
            name = str(uuid.UUID(bytes=hashlib.sha256(blank).digest()[:16])).encode()
            part.write_bytes(data.replace(given, name))
    return path


def pedigree_tables(
    kin: Pedigree,
    wanted: NDArray[np.int64],
    end: float,
    length_bp: int,
    names: list[str],
    species: str,
) -> tskit.TableCollection:
    """Return the pedigree as msprime wants it: individuals, two nodes for each, no edges."""
    import tskit

    tables = tskit.TableCollection(sequence_length=float(length_bp))
    tables.time_units = "generations"  # msprime's only unit; the caller names the true one
    tables.metadata_schema = tables.populations.metadata_schema = tskit.MetadataSchema(
        {"codec": "json"}
    )
    for i, name in enumerate(names):
        label = "ancestral" if i == len(names) - 1 else f"zone_{i}"
        tables.populations.add_row({"name": label, "description": name, "zone": i})
    tables.individuals.metadata_schema = _individual_schema()
    metadata = [
        json.dumps(
            {
                "ident": int(kin.ident[i]),
                "sex": "M" if kin.male[i] else "F",
                "species": species,
                "birth_year": _number(kin.birth_year[i]),
                "death_year": _number(kin.death_year[i]),
                "birth_x_m": _number(kin.birth_x_m[i]),
                "birth_y_m": _number(kin.birth_y_m[i]),
                "birth_zone": int(kin.birth_zone[i]),
                "zone": int(kin.zone[i]),
            }
        ).encode()
        for i in range(kin.n)
    ]
    n = kin.n
    two = np.arange(n + 1, dtype=np.uint64) * 2
    tables.individuals.set_columns(
        flags=np.zeros(n, np.uint32),
        location=np.stack([kin.x_m, kin.y_m], axis=1).astype(np.float64).reshape(-1),
        location_offset=two,
        parents=np.stack([kin.mother, kin.father], axis=1).reshape(-1),
        parents_offset=two,
        metadata=np.frombuffer(b"".join(metadata), np.int8),
        metadata_offset=np.cumsum([0, *map(len, metadata)]).astype(np.uint64),
    )
    flags = np.zeros(n, np.uint32)
    flags[wanted] = tskit.NODE_IS_SAMPLE
    tables.nodes.set_columns(
        flags=np.repeat(flags, 2),
        time=np.repeat(end - kin.birth_year.astype(np.float64), 2),
        population=np.repeat(kin.birth_zone.astype(np.int32), 2),
        individual=np.repeat(np.arange(n, dtype=np.int32), 2),
    )
    return tables


def _number(value: Any) -> float | None:
    """JSON knows no NaN."""
    return float(value) if math.isfinite(value) else None


def _individual_schema() -> tskit.MetadataSchema:
    import tskit

    maybe = {"type": ["number", "null"]}
    return tskit.MetadataSchema(
        {
            "codec": "json",
            "type": "object",
            "properties": {
                "ident": {"type": "integer", "description": "unique within a replicate"},
                "sex": {"type": "string", "enum": ["F", "M"]},
                "species": {"type": "string"},
                "birth_year": {"type": "number", "description": "years since the start"},
                "death_year": {**maybe, "description": "null: alive at the end"},
                "birth_x_m": maybe,
                "birth_y_m": maybe,
                "birth_zone": {"type": "integer", "description": "core area, 0 outside"},
                "zone": {"type": "integer", "description": "core area of the last home"},
            },
            "required": ["ident", "sex", "birth_zone", "zone"],
            "additionalProperties": False,
        }
    )


def name_homes(tables: tskit.TableCollection) -> None:
    """Let the population of an animal's nodes be where it lives, which is how samples are taken.

    Until here it was the founders' place of birth, which the coalescent of the founders needs.
    """
    home = np.array([i.metadata["zone"] for i in tables.individuals], np.int32)
    population = tables.nodes.population.copy()
    owned = tables.nodes.individual >= 0
    population[owned] = home[tables.nodes.individual[owned]]
    tables.nodes.population = population


def add_provenance(tables: tskit.TableCollection, parameters: dict[str, Any]) -> None:
    """Say how the file was made, without the time of day: the same run is the same file."""
    import msprime
    import tskit

    from corridor_sim import __version__

    record = {
        "schema_version": "1.0.0",
        "software": {"name": "corridor_sim", "version": __version__},
        "parameters": parameters,
        "environment": {
            "libraries": {
                "msprime": {"version": msprime.__version__},
                "tskit": {"version": tskit.__version__},
            }
        },
    }
    tskit.validate_provenance(record)
    tables.provenances.add_row(record=json.dumps(record), timestamp="")
