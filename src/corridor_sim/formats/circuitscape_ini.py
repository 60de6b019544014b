"""The options of a Circuitscape run: what each is called, may be, and is where it is not given.

Options that say how it is solved, and not what, are read and have no say here. Defaults are those
of Circuitscape 5 (Anantharaman et al. 2020, Proc. JuliaCon Conferences 1:58; its user guide).
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from corridor_sim.errors import LandscapeError, nearest, shown
from corridor_sim.formats.tables import text_of

MODES = ("pairwise", "one-to-all", "all-to-one", "advanced")
# what happens where a node is a source and a ground, by its word and by ours
CONFLICTS = {"keepall": "keep", "rmvsrc": "remove_source", "rmvgnd": "remove_ground"}
SWITCHES = {
    "connect_four_neighbors_only": False,
    "connect_using_avg_resistances": False,
    "use_polygons": False,
    "ground_file_is_resistances": True,
    "use_unit_currents": False,
    "use_direct_grounds": False,
    "use_mask": False,
    "use_variable_source_strengths": False,
    "write_cum_cur_map_only": False,
    "write_max_cur_maps": False,
    "compress_grids": False,
    "write_volt_maps": False,
    "write_cur_maps": False,
    "habitat_map_is_resistances": True,
    "use_included_pairs": False,
    "write_as_tif": False,
    # these ask for what is not made here
    "log_transform_maps": False,
    "set_focal_node_currents_to_zero": False,
    "use_reclass_table": False,
}
REFUSED = ("log_transform_maps", "set_focal_node_currents_to_zero", "use_reclass_table")
FILES = (
    "habitat_file",
    "polygon_file",
    "source_file",
    "ground_file",
    "mask_file",
    "variable_source_file",
    "point_file",
    "included_pairs_file",
)
# how it is solved and told, where nodata stands, and files that only the switches above ask for
NO_SAY = (
    "version",
    "solver",
    "precision",
    "parallelize",
    "max_parallel",
    "low_memory_mode",
    "preemptive_memory_release",
    "print_timings",
    "print_rusages",
    "profiler_log_file",
    "log_file",
    "log_level",
    "screenprint_log",
    "suppress_messages",
    "cholmod_batch_size",
    "use_64bit_indexing",
    "set_null_currents_to_nodata",
    "set_null_voltages_to_nodata",
    "reclass_file",
    "output_file",
)
WORDS = ("data_type", "scenario", "remove_src_or_gnd")


@dataclass(frozen=True)
class Options:
    """What a file asks for.

    Attributes
    ----------
    path : Path
    mode : str
        One of :data:`MODES`.
    on : mapping of str to bool
        Every switch.
    files : mapping of str to str
        Files that are named.
    conflicts : str
        In our words.
    """

    path: Path
    mode: str
    on: dict[str, bool]
    files: dict[str, str]
    conflicts: str = "keep"
    lines: dict[str, int] = field(default_factory=dict, repr=False)

    def file(self, key: str) -> Path:
        """Return a file that is needed: beside the options, else from the current folder.

        Circuitscape looks from the folder in which it is started.

        Raises
        ------
        LandscapeError
            It is not named.
        """
        name = self.files.get(key, "").replace("\\", "/")
        if not name:
            raise LandscapeError(f"names no {key}", where=self.path, remedy=f"add {key} = FILE")
        near = self.path.parent / name
        # os.path knows that no file has a name that none can have
        return Path(name) if os.path.exists(name) and not os.path.exists(near) else near


def read_options(path: Path) -> Options:
    """Read the options of a run.

    Raises
    ------
    LandscapeError
        In one line, with its number: a key that is not known, comes twice or asks for what is not
        made here, or a value that is none of those it may be.
    """
    given: dict[str, str] = {}
    lines: dict[str, int] = {}
    for number, line in enumerate(text_of(path).splitlines(), 1):
        text = line.strip()
        if not text or text[0] in "[#;":
            continue
        key, equals, value = (part.strip() for part in text.partition("="))
        known = (*SWITCHES, *FILES, *WORDS, *NO_SAY)
        problem = None
        if not equals:
            problem = f"no option: {shown(text)}", "write: option = value"
        elif key not in known:
            problem = f"unknown option {shown(key)}", nearest(key[:60], known)
        elif key in given:
            problem = f"{key} comes twice", "keep one"
        if problem is not None:
            raise LandscapeError(problem[0], where=f"{path}:{number}", remedy=problem[1])
        given[key], lines[key] = value, number
    mode = _word(given, lines, path, "scenario", "", MODES)
    _word(given, lines, path, "data_type", "raster", ("raster",))
    said = _word(given, lines, path, "remove_src_or_gnd", "keepall", tuple(CONFLICTS))
    on = {key: _switch(given, lines, path, key) for key in SWITCHES}
    refused = [key for key in REFUSED if on[key]]
    if on["write_volt_maps"] and mode != "advanced":
        refused.append("write_volt_maps")
    if refused:
        raise LandscapeError(
            f"{refused[0]} is not offered" + (f" with {mode}" if "volt" in refused[0] else ""),
            where=f"{path}:{lines[refused[0]]}",
            remedy="set it to False",
        )
    files = {key: given[key] for key in FILES if key in given and _is_named(given[key])}
    return Options(path, mode, on, files, CONFLICTS[said], lines)


def _is_named(value: str) -> bool:
    """Whether a file is named: what stands there before anybody chose one is in brackets."""
    return value.lower() not in ("", "none") and not value.startswith("(")


def _word(
    given: dict[str, str],
    lines: dict[str, int],
    path: Path,
    key: str,
    default: str,
    allowed: tuple[str, ...],
) -> str:
    value = given.get(key, default)
    if value not in allowed:
        where = f"{path}:{lines[key]}" if key in lines else path
        what = f"{key} = {shown(value)} is not offered" if value else f"has no {key}"
        raise LandscapeError(what, where=where, remedy=f"allowed: {', '.join(allowed)}")
    return value


def _switch(given: dict[str, str], lines: dict[str, int], path: Path, key: str) -> bool:
    value = given.get(key)
    if value is None:
        return SWITCHES[key]
    if value.lower() not in ("true", "false", "1", "0"):
        raise LandscapeError(
            f"{key} = {shown(value)}", where=f"{path}:{lines[key]}", remedy="give True or False"
        )
    return value.lower() in ("true", "1")
