"""The XML of QGIS, the same bytes for the same style."""

from __future__ import annotations

import re
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

HEAD = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
# the oldest QGIS that opens all of it
VERSION = "3.22.0"
# what XML 1.0 cannot hold, whatever a name in a file holds
UNFIT = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


# titles and legends of QGIS run what stands between these and ``%]`` as an expression
EXPRESSION = "[%"


def text_of(value: object) -> str:
    """Return a value as XML can hold it and QGIS shows it; numbers as Python writes them."""
    if isinstance(value, bool):
        return "1" if value else "0"
    return UNFIT.sub("", str(value)).replace(EXPRESSION, "[ %")


def node(tag: str, /, *inside: Element, text: object = "", **attributes: object) -> Element:
    """Return an element with its attributes in the order given; ``class_`` stands for class."""
    made = Element(tag, {key.rstrip("_"): text_of(v) for key, v in attributes.items()})
    if text != "":
        made.text = text_of(text)
    made.extend(inside)
    return made


def option(name: str, value: object) -> Element:
    """Return an element ``Option`` as QGIS writes settings."""
    kind = "bool" if isinstance(value, bool) else "int" if isinstance(value, int) else "QString"
    shown = str(value).lower() if isinstance(value, bool) else value
    return node("Option", type=kind, name=name, value=shown)


def document(root: Element) -> str:
    """Return a whole file, head included, indented for people who look into it."""
    ElementTree.indent(root, " ")
    return HEAD + ElementTree.tostring(root, "unicode") + "\n"


def style(*parts: Element, comment: str = "", **attributes: object) -> Element:
    """Return a style file's root around what it holds."""
    root = node(
        "qgis", version=VERSION, styleCategories="Symbology|Labeling|Rendering", **attributes
    )
    if comment:
        # two dashes would end a comment
        said = re.sub("-(?=-)", "- ", text_of(comment)).rstrip("-")
        root.append(ElementTree.Comment(f" {said} "))
    root.extend(parts)
    return root
