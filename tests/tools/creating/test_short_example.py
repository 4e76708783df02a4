"""What a description shows of an object stands alone: clients may show nothing else of it."""

import re
from typing import Any

import pytest
import yaml

from clickpipes_mcp.schema_export import published
from clickpipes_mcp.schema_shape import input_schema
from clickpipes_mcp.sources import SOURCES

TOOLS = {tool.name: tool for tool in published()}


def missing(shown: Any, schema: dict[str, Any], path: str) -> list[str]:
    """Fields that are required, or unknown, in what is shown."""
    if isinstance(shown, list):
        return [one for item in shown for one in missing(item, schema["items"], f"{path}[]")]
    if not isinstance(shown, dict):
        words = schema.get("enum", [shown])
        return [] if shown in words else [f"{path}: {shown}"]
    wrong = [f"{path}.{name}" for name in schema.get("required", ()) if name not in shown]
    wrong += [f"{path}.{name}" for name in shown if name not in schema["properties"]]
    for name, value in shown.items():
        wrong += missing(value, schema["properties"].get(name, {}), f"{path}.{name}")
    return wrong


@pytest.mark.parametrize("spec", SOURCES, ids=lambda spec: spec.key)
def test_the_descriptions_of_a_create_show_what_it_needs(spec) -> None:
    properties = TOOLS[f"create_{spec.key}_clickpipe"].input_schema["properties"]
    for part in ("source", "destination"):
        described = properties[part]["description"]
        (text,) = re.findall(r"^[^{]+: at least (\{.+\})\.$", described)
        shown = yaml.safe_load(text)

        assert missing(shown, input_schema(spec.create)["properties"][part], part) == []
        assert "${" not in text
        assert len(shown) > 1 or spec.example[part].keys() == shown.keys()
