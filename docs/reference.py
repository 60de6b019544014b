"""What the package says of itself, as text of the site's reference pages.

Each function of ``PAGES`` returns the part of one page that is made when the site is built, so that
it cannot fall behind the package: the public names, every command, every key of a settings file.
"""

from __future__ import annotations

import argparse
import inspect
import json
import re
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import corridor_sim
from corridor_sim.cli.main import build_parser
from corridor_sim.config.schemas import KINDS, schema


def python() -> str:
    """Return the reference of every name of ``corridor_sim.__all__``, modules last."""
    public = {name: getattr(corridor_sim, name) for name in corridor_sim.__all__}
    public.pop("__version__", None)
    modules = {name: one for name, one in public.items() if isinstance(one, ModuleType)}
    parts = {
        "Functions": {k: v for k, v in public.items() if inspect.isroutine(v)},
        "Classes": {k: v for k, v in public.items() if inspect.isclass(v)},
    }
    told = {*modules, *parts["Functions"], *parts["Classes"]}
    parts["Values"] = {k: v for k, v in public.items() if k not in told}
    lines = []
    for title, names in parts.items():
        if names:
            lines.append(f"## {title}\n")
        for name, one in names.items():
            lines += [f"### {name}\n", automatic(f"corridor_sim.{name}", one)]
    for name, module in modules.items():
        lines += [f"## {name}\n", *of_module(f"corridor_sim.{name}", module)]
    return "\n".join(lines)


def of_module(path: str, module: ModuleType) -> Iterator[str]:
    """Yield a module's own text and that of every public name it has."""
    yield f"```{{eval-rst}}\n.. automodule:: {path}\n   :no-index:\n```\n"
    home = module.__name__
    own = [k for k, v in vars(module).items() if getattr(v, "__module__", "").startswith(home)]
    for name in getattr(module, "__all__", own):
        if not name.startswith("_"):
            yield automatic(f"{path}.{name}", getattr(module, name))


def automatic(path: str, one: Any) -> str:
    """Return the directive that prints the docstrings of one name."""
    if inspect.isclass(one):
        kind, options = "autoclass", ["   :members:", "   :exclude-members: model_config"]
    elif inspect.isroutine(one):
        kind, options = "autofunction", []
    else:  # its docstring would be that of its type
        kind, home, path = "py:data", *path.rsplit(".", 1)
        options = [f"   :module: {home}", f"   :type: {type(one).__name__}"]
    return "\n".join(["```{eval-rst}", f".. {kind}:: {path}", *options, "```", ""])


def commands() -> str:
    """Return the help of every command, as the terminal prints it."""
    return "\n".join(
        f"## {name}\n\n```text\n{one.format_help().strip()}\n```\n"
        for name, one in parsers(build_parser(), "corridor-sim")
    )


def parsers(
    parser: argparse.ArgumentParser, name: str
) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Yield the names and parsers of a command and of all below it."""
    yield name, parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for word, one in action.choices.items():
                yield from parsers(one, f"{name} {word}")


def files() -> str:
    """Return tables of every key that a settings file or an edit takes."""
    tables: dict[str, dict[str, Any]] = {}
    for kind in KINDS:
        one = schema(kind)
        tables |= {kind: one, **one.get("$defs", {})}
    tables.pop("Scenario", None)  # the first table
    return "\n".join(table(name, one) for name, one in tables.items())


def table(name: str, schema: dict[str, Any]) -> str:
    """Return the heading, text and table of keys of one schema."""
    said = ROLE.sub(r"`\1`", inspect.cleandoc(schema.get("description", "")))
    text, _, rest = said.partition(ATTRIBUTES)
    means = dict(attributes(rest))
    lines = [f"## {name}\n", f"{text.strip()}\n"]
    keys = schema.get("properties", {})
    if keys:
        lines += ["| key | takes | where not given | means |", "|---|---|---|---|"]
    instead = either(schema)
    for key, one in keys.items():
        needed = key in schema.get("required", ())
        default = "must be given" if needed else shown(one.get("default"))
        default = f"give `{instead[key]}`" if key in instead else default
        said = means.get(key, one.get("description", "")).replace("|", "\\|")
        lines.append(f"| `{key}` | {takes(one)} | {default} | {said} |")
    return "\n".join([*lines, ""])


def either(schema: dict[str, Any]) -> dict[str, str]:
    """Return the keys of which one or the other must be given, each with the other."""
    pairs = [[way["required"][0] for way in one["anyOf"]] for one in schema.get("allOf", ())]
    return {key: other for pair in pairs for key, other in (pair, pair[::-1])}


def attributes(text: str) -> Iterator[tuple[str, str]]:
    """Yield the names of a numpydoc section of attributes, each with what is said of it."""
    for names, said in re.findall(r"^(\S.*)\n((?:[ ]+.*(?:\n|$))*)", text, re.MULTILINE):
        for name in names.partition(" : ")[0].split(","):
            yield name.strip(), " ".join(said.split())


def shown(value: Any) -> str:
    """Return a default as a settings file would have it."""
    if value is None or value == "":
        return "nothing"
    if isinstance(value, dict):
        return "as its keys say"
    return f"`{json.dumps(value, ensure_ascii=False)}`".replace("|", "\\|")


def takes(schema: dict[str, Any]) -> str:
    """Return in words what one key takes."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return f"[{name}](#{name.lower()})"
    for word in ("anyOf", "oneOf"):
        if word in schema:
            kinds = [takes(one) for one in schema[word] if one.get("type") != "null"]
            return " or ".join(dict.fromkeys(kinds))
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return ", ".join(f"`{one}`" for one in schema["enum"])
    if schema.get("type") == "array":
        inner = schema.get("items") or (schema.get("prefixItems") or [{}])[0]
        return f"list of {takes(inner)}"
    if schema.get("type") == "object":
        inner = schema.get("additionalProperties")
        return f"table of {takes(inner)}" if isinstance(inner, dict) else "table"
    return " ".join([WORDS.get(schema.get("type", ""), "any value"), *limits(schema)])


def limits(schema: dict[str, Any]) -> Iterator[str]:
    """Yield the bounds of a number."""
    for key, word in BOUNDS.items():
        if key in schema:
            value = schema[key]
            yield f"{word} {int(value) if value == int(value) else value}"


ROLE = re.compile(r":[a-z]+:`~?([^`]+)`")
ATTRIBUTES = "Attributes\n----------\n"
WORDS = {
    "integer": "whole number",
    "number": "number",
    "string": "text",
    "boolean": "true or false",
}
BOUNDS = {
    "minimum": "from",
    "exclusiveMinimum": "above",
    "maximum": "to",
    "exclusiveMaximum": "below",
}


def odd() -> str:
    """Return the description of the model that ships with the package."""
    from corridor_sim.report.text.odd import odd_markdown

    return odd_markdown()


PAGES: dict[str, Callable[[], str]] = {
    "reference-python": python,
    "reference-commands": commands,
    "reference-files": files,
    "odd": odd,
}
