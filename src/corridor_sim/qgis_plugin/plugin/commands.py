"""What is asked for as words of the command line; nothing of QGIS is needed here."""

from __future__ import annotations

import json
import os
import re

from .words import ENGLISH

# fields of files of layers, as the program reads them
NAME, CLASS, WIDTH, PEOPLE = "name", "class", "width_m", "population"
# how the keys of [landscape] with the fields of a layer are called
OF_FIELDS = {
    ("protected_areas", NAME): "protected_name_field",
    ("roads", CLASS): "road_class_field",
    ("rivers", WIDTH): "river_width_field_m",
}


def toml(value):
    """Return a text, number, list or table as TOML on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml(one)}" for key, one in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(toml(one) for one in value) + "]"
    # DEL is the one character that JSON lets stand and TOML does not
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def settings(given):
    """Return ``--set`` for every key of a mapping whose value is there."""
    words = []
    for key, value in given.items():
        if value is not None and value != "":
            words += ["--set", f"{key}={toml(value)}"]
    return words


def further(text):
    """Return ``--set`` for lines of KEY=VALUE; empty lines and comments say nothing."""
    words = []
    for line in (text or "").splitlines():
        if line.strip() and not line.strip().startswith("#"):
            words += ["--set", line.strip()]
    return words


def listed(text):
    """Return the words of a list with commas, semicolons or blanks."""
    return [word for word in re.split(r"[,;\s]+", text or "") if word]


def in_language(code):
    """Return the words that ask for a language."""
    return [] if code == ENGLISH else ["--lang", code]


def key_of_species(path):
    """Return the key that a species file gives itself, else one made of its name."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            found = re.search(r'(?m)^key\s*=\s*"([a-z0-9_]+)"', file.read(100_000))
    except OSError:
        found = None
    if found:
        return found.group(1)
    stem = os.path.splitext(os.path.basename(path))[0].lower()
    return re.sub(r"[^a-z0-9_]+", "_", stem).strip("_") or "species"


def species(keys, files):
    """Return the settings of species: keys that ship with the program, and files of one's own."""
    given = {f"species.{key}": {} for key in keys}
    given.update({f"species.{key_of_species(path)}.file": path for path in files})
    return given


def table_key(path):
    """Tell a table of classes from one that translates codes, by its first line."""
    try:
        with open(path, encoding="utf-8-sig", errors="replace") as file:
            head = file.readline(10_000).lower()
    except OSError:
        head = ""
    columns = {one.strip().strip('"') for one in re.split("[,;]", head)}
    return "land_cover_codes" if {"code", "cover"} <= columns else "cover_classes"


def landscape(layers, fields, given, more, out, code):
    """Return the words that make a landscape of files.

    Parameters
    ----------
    layers : dict
        Files by the key of ``[landscape]``.
    fields : set of (key, field)
        Fields that the files of layers have.
    given : dict
        Further settings by their dotted names.
    more : str
        Lines of KEY=VALUE.
    """
    named = {f"landscape.{key}": path for key, path in layers.items()}
    named.update({f"landscape.{OF_FIELDS[one]}": one[1] for one in sorted(fields & set(OF_FIELDS))})
    return [
        *("landscape", "export"),
        *settings(named),
        *settings(given),
        *further(more),
        *("--out", out, "--format", "tif,gpkg", "--with-settings"),
        *in_language(code),
    ]


def propose(scenario, keys, width_m, most, more, out, code):
    """Return the words that propose links."""
    words = ["links", "propose", *([scenario] if scenario else [])]
    for key in keys:
        words += ["--species", key]
    words += ["--width", repr(float(width_m)), "--most", str(int(most)), "--out", out]
    return [*words, *further(more), *in_language(code)]


def rank(links, scenario, given, more, out, code):
    """Return the words that rank links; without a scenario ``links`` is a links file."""
    words = ["links", "rank", links, *(["--scenario", scenario] if scenario else [])]
    return [*words, "--out", out, *settings(given), *further(more), *in_language(code)]


def compare(file, beside, replicates, more, out, code):
    """Return the words that compare scenarios: ``beside`` are edits by the scenario's name."""
    words = ["compare", file]
    for name, edits in beside.items():
        # an equals sign ends the name
        words += ["--beside", f"{name.replace('=', '-')}={toml(edits)}"]
    words += ["--replicates", str(int(replicates))] if replicates else []
    return [*words, "--out", out, *further(more), *in_language(code)]


def export(folder, form, out, code):
    """Return the words that write a study in another form."""
    return ["export", folder, "--format", form, "--out", out, *in_language(code)]


def report(folder, code):
    """Return the words that write maps and report of a study again."""
    return ["report", folder, *in_language(code)]
