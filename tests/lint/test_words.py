"""No telegram style where a person or a model reads, as far as a test can tell."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from clickpipes_mcp.diagnosis import ADVICE, RULES
from clickpipes_mcp.guides import written
from clickpipes_mcp.instructions import instructions
from clickpipes_mcp.prompts import PROMPTS, review, set_up, troubleshoot
from clickpipes_mcp.rules_page import entries
from clickpipes_mcp.schema_shape import full_schema
from clickpipes_mcp.settings import documented_settings, load_settings
from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.tools import TOOLS
from clickpipes_mcp.tools.insight.guide import section
from tests.lint.plain_words import find_flaws, find_fragments
from tests.lint.test_budgets import SETTINGS


def only_filled(by_place: Mapping[str, list[str]]) -> dict[str, list[str]]:
    return {place: found for place, found in by_place.items() if found}


def _described(schema: Mapping[str, Any], path: str) -> Iterator[tuple[str, str]]:
    for name, inner in schema.get("properties", {}).items():
        place = f"{path}.{name}"
        yield place, inner.get("description", "")
        yield from _described(inner, place)
        yield from _described(inner.get("items", {}), f"{place}[]")


def argument_texts() -> dict[str, str]:
    """The descriptions of all arguments, those that are not published too."""
    found = [
        place for tool in TOOLS for place in _described(full_schema(tool.arguments), tool.name)
    ]
    for source in SOURCES:
        for model in (source.create, source.update, source.settings):
            if model is not None:
                found += _described(full_schema(model), f"{source.key}.{model.__name__}")
    return {text: place for place, text in found if text}


def test_the_description_of_an_argument_is_a_whole_phrase() -> None:
    flaws = {f"{place}: {text}": list(find_flaws(text)) for text, place in argument_texts().items()}

    assert only_filled(flaws) == {}


PROSE = {
    **{f"tool {tool.name}": tool.description for tool in TOOLS},
    **{f"source {spec.key}": spec.description for spec in SOURCES},
    **{f"rule {one.rule.id}": one.rule.summary for one in entries()},
    **{f"prompt {spec.name}": spec.description for spec in PROMPTS},
    "prompt set_up": set_up("kafka", "what we want is here"),
    "prompt troubleshoot": troubleshoot("orders", "what we see is this"),
    "prompt review": review("orders"),
    **{
        f"instructions {json.dumps(chosen)}": instructions(
            load_settings({}, **chosen), {tool.name for tool in TOOLS}
        )
        for chosen in SETTINGS
    },
    **{
        f"guide {spec.key} {topic}": text
        for spec in SOURCES
        for topic, text in written(spec.key).items()
    },
    **{
        f"guide {spec.key} network": re.sub(r"(?m)^ *- [a-z0-9-]+: [\d., ]+$", "", text)
        for spec in SOURCES
        for text in [section(spec, "network")]
    },
}


def test_prose_is_made_of_sentences() -> None:
    flaws = {place: list(find_flaws(text)) for place, text in PROSE.items()}
    fragments = {place: list(find_fragments(text)) for place, text in PROSE.items()}

    assert only_filled(flaws) == {}
    assert only_filled(fragments) == {}, "write sentences, or add their verbs to VERBS"


def test_a_finding_is_told_in_sentences_that_stand_alone() -> None:
    flaws = {
        f"{entry.id}: {text}": [
            flaw for flaw in find_flaws(text) if not flaw.startswith("does not end")
        ]
        for entry in (*RULES, *ADVICE)
        for text in (entry.cause, *(step.text for step in entry.fix))
    }

    assert only_filled(flaws) == {}


def test_the_description_of_a_setting_is_a_whole_phrase() -> None:
    flaws = {doc.variables[0]: list(find_flaws(doc.description)) for doc in documented_settings()}

    assert only_filled(flaws) == {}


@pytest.mark.parametrize(
    ("telegram", "flaw"),
    [
        ("IAM_ROLE: ARN.", "is a label"),
        ("Default: auto.", "is a label"),
        ("username+password for PLAIN.", "is shorthand"),
        ("Topics; default all.", "is shorthand"),
        ("UUIDs.", "is a single word"),
        ("an idle service answers none.", "begins in lower case"),
        ("And read it.", "hangs on"),
        ("Needs a pipe", "does not end"),
    ],
)
def test_a_telegram_is_noticed(telegram, flaw) -> None:
    assert any(flaw in found for found in find_flaws(telegram))


def test_a_sentence_without_a_verb_is_noticed() -> None:
    text = "Logical replication with its parameters. It needs a restart."

    assert list(find_fragments(text)) == ["Logical replication with its parameters."]
