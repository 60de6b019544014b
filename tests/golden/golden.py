"""Digests of everything that the program writes, so that a change of the code keeps its results.

    python tests/golden/golden.py record [DIGESTS]     write them
    python tests/golden/golden.py check [DIGESTS]      compare with what was written
    python tests/golden/golden.py check --keep FOLDER  and keep what the program wrote

Small cases run through the command line alone, each command a process of its own, so that modules
may move. Files are digested by value, a column, an array or a key at a time, so that what differs
has a name. Left out are times, paths, versions and commands (``NOT_RESULTS``); of pages and
figures, only that they exist is kept.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[2]
DIGESTS = Path(__file__).with_name("digests.json")
PACKAGES = ["numpy", "scipy", "numba", "pandas", "rasterio", "pyproj", "shapely", "msprime"]
# results are the same bits within one series of these alone
DECISIVE = ["architecture", "numpy", "scipy", "numba"]

# What a file holds beside results, and why it is not one.
NOT_RESULTS: dict[str, dict[str, str]] = {
    "experiment.json": {
        "base_dir": "the folder of the settings file",
        "command": "holds the path of the results folder",
        "versions": "of python and packages, which are to be free to rise",
    },
    "plan.json": {
        "peak_bytes": "memory expected of this process, which depends on packages",
        "seconds": "measured on this machine",
    },
    "timings.tsv": {"*": "seconds, gigabytes and the machine's name of every run"},
}

Digests = dict[str, dict[str, str]]


def machine() -> dict[str, str]:
    """Return what results may depend on: architecture, C library and versions of packages."""
    return {
        "architecture": platform.machine(),
        "libc": " ".join(platform.libc_ver()),
        **{name: version(name) for name in PACKAGES},
    }


def differs(recorded: dict[str, str]) -> list[str]:
    """Return what of this machine makes other bits than that of the record, in words."""
    here = machine()
    series = {k: (recorded[k].split(".")[:2], here[k].split(".")[:2]) for k in DECISIVE}
    return [f"{k} {here[k]}, not {recorded[k]}" for k, (a, b) in series.items() if a != b]


def environment() -> dict[str, str]:
    """Return an environment in which every x86-64 processor computes the same bits.

    numpy, OpenBLAS and the C library choose among implementations by the processor; each is held
    to what all processors have.
    """
    # numpy's own record of what it can use is private; a renamed one must fail here, not pass
    from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

    names = {name for name in __cpu_dispatch__ if __cpu_features__[name]}
    names |= set(os.environ.get("NPY_DISABLE_CPU_FEATURES", "").replace(",", " ").split())
    return os.environ | {
        "NPY_DISABLE_CPU_FEATURES": " ".join(sorted(names)),
        "OPENBLAS_CORETYPE": "Nehalem",
        "OPENBLAS_NUM_THREADS": "1",
        "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX512F,-AVX2,-AVX2_Usable,-FMA,-FMA_Usable,-FMA4",
        "COLUMNS": "100",
    }


# ---- values --------------------------------------------------------------------------------------


def digest(*parts: object) -> str:
    """Return a digest of bytes, and of other values by their exact text."""
    total = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else repr(part).encode()
        total.update(len(data).to_bytes(8, "little") + data)
    return total.hexdigest()[:16]


def of_array(array: Any) -> str:
    """Return a digest of an array's type, shape and values."""
    array = np.asarray(array)
    if array.dtype == object or array.dtype.kind == "T":
        return digest("text", array.shape, array.ravel().tolist())
    return digest(array.dtype.str, array.shape, np.ascontiguousarray(array).tobytes())


def of_npz(path: Path) -> dict[str, str]:
    with np.load(path, allow_pickle=False) as arrays:
        return {name: of_array(arrays[name]) for name in arrays.files}


def of_parquet(path: Path) -> dict[str, str]:
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(path)
    found = {
        name: digest(str(table.schema.field(name).type), table.column(name).to_pylist())
        for name in table.column_names
    }
    return found | {"(columns)": digest(table.column_names)}


def of_csv(path: Path) -> dict[str, str]:
    import csv

    with path.open(encoding="utf-8-sig", newline="") as file:
        head, *rows = csv.reader(file)
    found = {name: digest([row[k] for row in rows]) for k, name in enumerate(head)}
    return found | {"(columns)": digest(head)}


def of_tif(path: Path) -> dict[str, str]:
    import rasterio

    with rasterio.open(path) as raster:
        found = {f"band {k}": of_array(raster.read(k)) for k in raster.indexes}
        for k, name in enumerate(raster.descriptions, start=1):
            found[f"band {k} means"] = digest(name, raster.tags(k))
        found["place"] = digest(tuple(raster.transform), raster.crs.to_epsg(), raster.shape)
        return found | {"no data": digest([repr(v) for v in raster.nodatavals])}


def of_netcdf(path: Path) -> dict[str, str]:
    import xarray

    with xarray.open_dataset(path, decode_cf=False, engine="h5netcdf") as data:
        found = {f"{name}": of_array(v.values) for name, v in data.variables.items()}
        for name, v in data.variables.items():
            said = {k: np.asarray(x).tolist() for k, x in v.attrs.items()}
            # how PROJ words a system of coordinates is its own affair; its code is kept
            said.pop("crs_wkt", None)
            found[f"{name} means"] = digest(v.dims, sorted(said.items()))
        return found | {"(attributes)": digest(sorted(data.attrs.items()))}


def of_gpkg(path: Path) -> dict[str, str]:
    import pyogrio

    found = {}
    for layer, kind in pyogrio.list_layers(path):
        if kind is None:
            continue  # styles for QGIS
        meta, _, shapes, columns = pyogrio.raw.read(path, layer=layer)
        found[f"{layer}: shapes"] = digest(kind, meta["crs"], [bytes(s) for s in shapes])
        for name, column in zip(meta["fields"], columns, strict=True):
            found[f"{layer}: {name}"] = of_array(column)
    return found


def of_trees(path: Path) -> dict[str, str]:
    import tskit

    trees = tskit.load(path)
    tables = dict(trees.tables.table_name_map.items())
    tables.pop("provenances")  # holds the time of writing and versions
    found = {
        f"{name}/{column}": of_array(getattr(table, column))
        for name, table in tables.items()
        for column in table.column_names
    }
    return found | {"length": digest(trees.sequence_length)}


def of_json(path: Path) -> dict[str, str]:
    left_out = NOT_RESULTS.get(path.name, {})
    content = json.loads(
        path.read_text(encoding="utf-8"),
        object_pairs_hook=lambda pairs: {k: v for k, v in pairs if k not in left_out},
    )
    content = content if isinstance(content, dict) else {"(all)": content}
    return {key: digest(json.dumps(value, sort_keys=True)) for key, value in content.items()}


def of_text(path: Path) -> dict[str, str]:
    return {"text": digest(path.read_bytes())}


READERS: dict[str, Callable[[Path], dict[str, str]]] = {
    ".npz": of_npz,
    ".parquet": of_parquet,
    ".csv": of_csv,
    ".tif": of_tif,
    ".nc": of_netcdf,
    ".gpkg": of_gpkg,
    ".trees": of_trees,
    ".json": of_json,
    ".asc": of_text,
    ".txt": of_text,
    ".toml": of_text,
}
# drawn by matplotlib, laid out by templates, styles for QGIS: no values, free to look otherwise
ONLY_THERE = {".html", ".png", ".qml", ".qgz"}


def of_folder(folder: Path) -> Digests:
    """Return the digests of all files of a folder that hold results."""
    found: Digests = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        if "*" in NOT_RESULTS.get(path.name, {}):
            continue
        name = path.relative_to(folder).as_posix()
        found[name] = {} if path.suffix in ONLY_THERE else READERS[path.suffix](path)
    return found


# ---- cases ---------------------------------------------------------------------------------------


def some_links(folder: Path) -> None:
    """Write ``links.toml``: those of the Andes that restore something on cells of 4 km."""
    text = (ROOT / "experiments" / "andes_links.toml").read_text(encoding="utf-8")
    head, *links = text.split("[[links.candidates]]")
    names = ["Sangay to Río Negro", "Podocarpus to Cerro Plateado", "Yacuri to "]
    kept = [link for link in links if any(f'name = "{name}' in link for name in names)]
    (folder / "links.toml").write_text("[[links.candidates]]".join([head, *kept]), encoding="utf-8")


def grids(folder: Path) -> None:
    """Write ``habitat.asc``, with a wall, a gap in it and ground without data, and points."""
    row, col = np.indices((18, 24))
    values = (1 + (row * 7 + col * 3) % 11).astype(str)
    values[2:15, 12] = "60"
    values[9, 12] = "2"
    values[:3, :4] = "-9999"
    head = "ncols 24\nnrows 18\nxllcorner 0\nyllcorner 0\ncellsize 10\nNODATA_value -9999\n"
    text = "".join(" ".join(line) + "\n" for line in values)
    (folder / "habitat.asc").write_text(head + text, encoding="utf-8")
    (folder / "points.txt").write_text("1 15 15\n2 225 25\n3 205 165\n", encoding="utf-8")
    (folder / "goal.txt").write_text("1 225 25\n", encoding="utf-8")


def own_maps(folder: Path) -> None:
    """Write ``own.toml`` with a user's maps: heights, land cover, a park each side and a road."""
    import pyogrio
    import rasterio
    import shapely

    row, col = np.indices((60, 60))
    heights = (3600 - col * 55 + (row * 13 + col * 7) % 23 * 9).astype(np.float32)
    cover = np.where((row // 6 + col // 5) % 4 == 0, 2, 1).astype(np.uint8)
    place = rasterio.Affine(1000, 0, 700_000, 0, -1000, 9_600_000)
    for name, values in {"heights": heights, "cover": cover}.items():
        with rasterio.open(
            folder / f"{name}.tif",
            "w",
            driver="GTiff",
            width=60,
            height=60,
            count=1,
            dtype=values.dtype,
            crs="EPSG:32717",
            transform=place,
        ) as file:
            file.write(values, 1)
    (folder / "codes.csv").write_text("code,cover\n1,by_elevation\n2,pasture\n", encoding="utf-8")
    west = shapely.box(702_000, 9_560_000, 715_000, 9_590_000)
    east = shapely.box(740_000, 9_550_000, 757_000, 9_580_000)
    road = shapely.LineString([(725_000, 9_540_500), (731_000, 9_570_000), (727_000, 9_599_500)])
    shapes = {
        "parks": ([west, east], "Polygon", ["West", "East"], "name"),
        "roads": ([road], "LineString", [2], "class"),
    }
    for name, (these, kind, values, field) in shapes.items():
        pyogrio.raw.write(
            folder / f"{name}.gpkg",
            np.array([s.wkb for s in these], dtype=object),
            [np.array(values, dtype=object if field == "name" else np.int32)],
            [field],
            geometry_type=kind,
            crs="EPSG:32717",
            layer=name,
        )
    (folder / "own.toml").write_text(
        'name = "Own maps"\ndays = 30\nreplicates = 2\nseed = 7\ntracks = 3\n\n[landscape]\n'
        'elevation = "heights.tif"\nland_cover = "cover.tif"\nland_cover_codes = "codes.csv"\n'
        'protected_areas = "parks.gpkg"\nprotected_name_field = "name"\nroads = "roads.gpkg"\n'
        'road_class_field = "class"\n\n[species.andean_bear]\n[species.mountain_tapir]\n',
        encoding="utf-8",
    )


def nothing(folder: Path) -> None:
    """Write nothing: the case's files lie in the project."""


def command(text: str, **settings: object) -> list[str]:
    """Return the arguments of a command, the settings as its ``--set``."""
    told = [f"{name.replace('__', '.')}={value}" for name, value in settings.items()]
    return [*text.split(), *(word for one in told for word in ("--set", one))]


ALONE = "--workers 1 --quiet --out out"
# what is made before, and the commands, run in the folder of the case; PROJECT is the checkout
CASES: dict[str, tuple[Callable[[Path], None], list[list[str]]]] = {
    "run": (
        nothing,
        [
            command(
                f"run PROJECT/scenarios/baseline.toml {ALONE}",
                landscape__cell_m=8000,
                days=30,
                replicates=2,
                tracks=3,
            ),
            command("export out --format csv,parquet,netcdf --quiet --out out/export"),
        ],
    ),
    "compare": (
        nothing,
        [
            command(
                f"compare PROJECT/experiments/fragmentation_and_climate.toml {ALONE}",
                base__landscape__cell_m=10_000,
                base__days=10,
                base__replicates=2,
                base__tracks=2,
            )
        ],
    ),
    "decades": (
        nothing,
        [
            command(
                f"compare PROJECT/experiments/corridor_2075.toml {ALONE}",
                base__landscape__cell_m=10_000,
                base__years=6,
                base__replicates=2,
                base__species="{jaguar={},andean_condor={}}",
                base__life_cycle__days_per_season=3,
                base__life_cycle__burn_in__at_most_y=20,
                base__life_cycle__capacity_scale=0.3,
                base__life_cycle__genes__loci=50,
            )
        ],
    ),
    "sweep": (
        nothing,
        [
            command(
                f"sweep PROJECT/experiments/sweep_warming.toml {ALONE}",
                base__landscape__cell_m=10_000,
                base__days=10,
                base__replicates=2,
            )
        ],
    ),
    "sensitivity": (
        nothing,
        [
            command(
                f"sensitivity PROJECT/experiments/sensitivity_jaguar.toml {ALONE}",
                base__landscape__cell_m=10_000,
                base__days=10,
                sensitivity__n=2,
            )
        ],
    ),
    "links": (
        some_links,
        [
            command(
                f"links rank links.toml {ALONE}",
                base__landscape__cell_m=4000,
                base__days=20,
                base__species="{andean_bear={sampling=0.02,disperser_sampling=20.0},"
                "mountain_tapir={sampling=0.02,disperser_sampling=20.0}}",
                links__budget=30,
                links__procedure__target='"order"',
                links__procedure__indifference=0.005,
                links__procedure__budget_runs=40,
                links__procedure__pairs_runs=10,
                links__procedure__confirm_replicates=4,
                links__procedure__first_replicates=5,
            )
        ],
    ),
    "links_set": (
        some_links,
        [
            command(
                f"links rank links.toml {ALONE}",
                base__landscape__cell_m=4000,
                base__days=20,
                base__species="{andean_bear={sampling=0.02,disperser_sampling=20.0},"
                "mountain_tapir={sampling=0.02,disperser_sampling=20.0}}",
                links__budget=30,
                links__procedure__indifference=0.005,
                links__procedure__budget_runs=80,
                links__procedure__pairs_runs=20,
                links__procedure__confirm_replicates=4,
                links__procedure__first_replicates=5,
            )
        ],
    ),
    "theory": (
        grids,
        [
            command("theory resistance habitat.asc points.txt --out out/resistances.txt"),
            command("theory current habitat.asc points.txt --out out/current.asc"),
            command("theory passage habitat.asc goal.txt --out out/steps.asc"),
            command(
                "theory passage habitat.asc goal.txt --what probability --mortality 0.001"
                " --out out/reach.asc"
            ),
        ],
    ),
    "landscape": (
        nothing,
        [command("landscape export --format tif,nc,gpkg --out out", landscape__cell_m=10_000)],
    ),
    "own maps": (own_maps, [command(f"run own.toml {ALONE}")]),
}


def of_case(name: str, folder: Path) -> Digests:
    """Run a case in an empty folder and return the digests of what it wrote.

    Raises
    ------
    RuntimeError
        A command failed; the message holds what it said.
    """
    prepare, commands = CASES[name]
    prepare(folder)
    (folder / "out").mkdir()
    for words in commands:
        told = [word.replace("PROJECT", str(ROOT)) for word in words]
        done = subprocess.run(
            [sys.executable, "-m", "corridor_sim", *told],
            cwd=folder,
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(words)}: exit code {done.returncode}\n{done.stderr}")
    return of_folder(folder / "out")


def changes(before: Digests, now: Digests) -> list[str]:
    """Return a line for every file, column, array or key that is not as it was."""
    lines = [f"{file}: no longer written" for file in sorted(before.keys() - now.keys())]
    lines += [f"{file}: new" for file in sorted(now.keys() - before.keys())]
    for file in sorted(before.keys() & now.keys()):
        old, new = before[file], now[file]
        for item in sorted(old.keys() | new.keys()):
            if old.get(item) != new.get(item):
                how = "new" if item not in old else "gone" if item not in new else "other values"
                lines.append(f"{file}: {item}: {how}")
    return lines


def text(cases: dict[str, Digests]) -> str:
    """Return the digests as JSON, a line for each file, so that a change of one is a line."""
    lines = ["{", f'"machine": {json.dumps(machine())},', '"cases": {']
    for name, files in cases.items():
        lines += [f'"{name}": {{']
        lines += [f"{json.dumps(file)}: {json.dumps(items)}," for file, items in files.items()]
        lines[-1] = lines[-1].removesuffix(",")
        lines += ["},"]
    lines[-1] = "}"
    return "\n".join([*lines, "}", "}", ""])


def main() -> int:
    """Record or check, as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("action", choices=["record", "check"])
    parser.add_argument("digests", nargs="?", type=Path, default=DIGESTS, metavar="DIGESTS")
    parser.add_argument("--case", action="append", choices=list(CASES), help="only this one")
    parser.add_argument("--keep", type=Path, help="keep what the program wrote in this folder")
    asked = parser.parse_args()
    if asked.action == "check" and not asked.digests.exists():
        parser.error(f"{asked.digests}: is not there; record it first")
    stored = json.loads(asked.digests.read_text("utf-8")) if asked.digests.exists() else {}
    found, wrong = dict(stored.get("cases", {})), 0
    if asked.action == "check":
        print(*differs(stored["machine"]), sep="\n")
    for name in asked.case or CASES:
        start, used = time.perf_counter(), sum(os.times()[2:4])
        with tempfile.TemporaryDirectory() as temporary:
            folder = (asked.keep or Path(temporary)) / name
            folder.mkdir(parents=True)
            now = of_case(name, folder)
        said = changes(found.get(name, {}), now) if asked.action == "check" else []
        took = f"{time.perf_counter() - start:.1f} s, {sum(os.times()[2:4]) - used:.1f} s of cores"
        print(f"{name}: {len(now)} files in {took}", *said, sep="\n  ", flush=True)
        wrong += len(said)
        found[name] = now
    if asked.action == "record":
        asked.digests.write_text(text({name: found[name] for name in CASES if name in found}))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
