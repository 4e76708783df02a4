"""XML as stores answer it, read without what makes XML dangerous."""

from typing import Final
from xml.etree.ElementTree import Element, ParseError, XMLParser

_DECLARATION: Final = b"<!"
"""Begins what defines entities, which no store sends."""


def parse_xml(content: bytes) -> Element:
    """The root, its names without their namespaces; an empty one where there is none."""
    if _DECLARATION in content:
        return Element("none")
    try:
        parser = XMLParser(encoding="utf-8")  # noqa: S314 # nothing can be declared in what comes here
        parser.feed(content)
        root = parser.close()
    except (ParseError, ValueError, LookupError):
        return Element("none")
    for one in root.iter():
        one.tag = one.tag.rpartition("}")[2]
    return root
