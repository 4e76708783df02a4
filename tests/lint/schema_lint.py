"""What every MCP client accepts, as plain functions from a published tool to complaints.

Sources: the MCP specification on tools (SEP-986 for names), the public issue threads of Claude
Code, VS Code, Cursor, Codex, Gemini CLI and Zed on tool schemas, and the schema pages of the
Anthropic, OpenAI and Gemini function-calling documentation.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from mcp_types import Tool

Schema = dict[str, Any]
Complaints = Iterator[str]

SERVER = "clickpipes"
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
LONGEST_TOGETHER = 52
LONGEST_DESCRIPTION = 1_000
LONGEST_PARAMETER = 300
DEEPEST = 5
MOST_PROPERTIES = 100
KEYWORDS = frozenset(
    {
        "type",
        "properties",
        "required",
        "description",
        "enum",
        "items",
        "minimum",
        "maximum",
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "pattern",
        "default",
    }
)
TYPES = frozenset({"string", "integer", "number", "boolean", "array", "object"})
SHOUTING = re.compile(r"\b(?:ALWAYS|CRITICAL|IMPORTANT|MUST|NEVER|WARNING)\b")
SAID_IN_WORDS = ("minimum", "maximum", "pattern", "default")
"""Constraints that some clients take out of schemas, so the description has to repeat them."""

GOES_WITHOUT_SAYING: dict[str, frozenset[object]] = {
    "minimum": frozenset({0, 1}),
    "maximum": frozenset({2**32 - 1}),
    "default": frozenset({False}),
}
FOLLOWS = ("replica_memory_gb",)
"""Their range follows from that of another property, and their description says how."""


def lint_tool(tool: Tool) -> list[str]:
    """Everything some client would trip over."""
    return [f"{tool.name}: {complaint}" for rule in RULES for complaint in rule(tool)]


def has_a_portable_name(tool: Tool) -> Complaints:
    if not NAME.fullmatch(tool.name):
        yield "name is not 1-40 characters of a-z, 0-9 and _"
    if len(SERVER) + len(tool.name) > LONGEST_TOGETHER:
        yield f"name and server name together exceed {LONGEST_TOGETHER} characters"


def has_a_title_and_all_hints(tool: Tool) -> Complaints:
    if not tool.title:
        yield "no title"
    hints = tool.annotations
    if hints is None:
        yield "no annotations"
        return
    for hint in ("read_only_hint", "destructive_hint", "idempotent_hint", "open_world_hint"):
        if getattr(hints, hint) is None:
            yield f"{hint} is not said"
    if hints.read_only_hint and hints.destructive_hint:
        yield "read-only and destructive at once"


def has_a_short_description(tool: Tool) -> Complaints:
    description = tool.description or ""
    if not description:
        yield "no description"
    if len(description) > LONGEST_DESCRIPTION:
        yield f"description exceeds {LONGEST_DESCRIPTION} characters"
    if SHOUTING.search(description):
        yield "description shouts"


def has_an_object_at_the_root(tool: Tool) -> Complaints:
    for which, schema in (("input", tool.input_schema), ("output", tool.output_schema)):
        if schema is None:
            yield f"{which} schema is missing"
            continue
        if schema.get("type") != "object":
            yield f"{which} root is not an object"
        if not isinstance(schema.get("properties"), dict):
            yield f"{which} root has no properties"


def uses_known_keywords_only(tool: Tool) -> Complaints:
    for where, node in nodes(tool.input_schema):
        for keyword in node.keys() - KEYWORDS:
            yield f"{where}: {keyword} is not understood everywhere"


def types_everything(tool: Tool) -> Complaints:
    for where, node in nodes(tool.input_schema):
        if node.get("type") not in TYPES:
            yield f"{where}: type is {node.get('type')!r}"
        if node.get("type") == "array" and not node.get("items", {}).get("type"):
            yield f"{where}: array without typed items"
        if where and node.get("type") == "object" and not node.get("properties"):
            yield f"{where}: object without properties"
        if node.get("type") != "object" and {"properties", "required"} & node.keys():
            yield f"{where}: properties on something that is no object"
        for name in node.get("required", ()):
            if name not in node.get("properties", {}):
                yield f"{where}: requires {name}, which it does not have"


def enumerates_strings(tool: Tool) -> Complaints:
    for where, node in nodes(tool.input_schema):
        if "enum" not in node:
            continue
        values = node["enum"]
        if node["type"] != "string" or not values or not all(isinstance(v, str) for v in values):
            yield f"{where}: enum of something else than strings"
        if len(set(values)) != len(values):
            yield f"{where}: enum repeats itself"


def describes_every_property(tool: Tool) -> Complaints:
    for where, node in nodes(tool.input_schema):
        if not where or where.endswith("[]"):
            continue
        description = node.get("description", "")
        if not description.strip():
            yield f"{where}: no description"
        if len(description) > LONGEST_PARAMETER:
            yield f"{where}: description exceeds {LONGEST_PARAMETER} characters"
        if where.endswith(FOLLOWS):
            continue
        for keyword in SAID_IN_WORDS:
            if keyword in node and not _is_said(keyword, node[keyword], description):
                yield f"{where}: description does not say {keyword} {node[keyword]!r}"


def _is_said(keyword: str, value: Any, description: str) -> bool:
    shown = f"{value:g}" if isinstance(value, float) else str(value)
    return value in GOES_WITHOUT_SAYING.get(keyword, ()) or shown in description


def stays_shallow_and_small(tool: Tool) -> Complaints:
    if depth(tool.input_schema) > DEEPEST:
        yield f"deeper than {DEEPEST} objects"
    if sum(len(node.get("properties", {})) for _, node in nodes(tool.input_schema)) > (
        MOST_PROPERTIES
    ):
        yield f"more than {MOST_PROPERTIES} properties"


def answers_without_references(tool: Tool) -> Complaints:
    for where, node in nodes(tool.output_schema or {}):
        for keyword in node.keys() & {"$ref", "$defs", "anyOf", "oneOf", "allOf", "const", "title"}:
            yield f"output {where}: {keyword}"
        if node.get("type") not in TYPES:
            yield f"output {where}: type is {node.get('type')!r}"
        if "description" in node:
            yield f"output {where}: prose"


RULES: tuple[Callable[[Tool], Complaints], ...] = (
    has_a_portable_name,
    has_a_title_and_all_hints,
    has_a_short_description,
    has_an_object_at_the_root,
    uses_known_keywords_only,
    types_everything,
    enumerates_strings,
    describes_every_property,
    stays_shallow_and_small,
    answers_without_references,
)


def nodes(schema: Schema, where: str = "") -> Iterator[tuple[str, Schema]]:
    """Every schema within a schema, with its place; the root's is empty."""
    yield where, schema
    for name, inner in schema.get("properties", {}).items():
        yield from nodes(inner, f"{where}.{name}" if where else name)
    if isinstance(schema.get("items"), dict):
        yield from nodes(schema["items"], f"{where}[]")


def depth(schema: Schema) -> int:
    """How many objects stand within each other, the root included."""
    within = [*schema.get("properties", {}).values(), schema.get("items", {})]
    deepest = max((depth(inner) for inner in within if inner), default=0)
    return deepest + (schema.get("type") == "object")
