"""What is held on purpose against the document: every line has a reason, and still holds."""

from dataclasses import replace

import pytest

from clickpipes_mcp.drift.comparison import differences
from clickpipes_mcp.drift.document import Document
from clickpipes_mcp.drift.known import OTHER_DIFFERENCES, in_operations, known_lines, newer_sources
from clickpipes_mcp.drift.own_document import own_document
from clickpipes_mcp.simulator.http.openapi import openapi_document
from clickpipes_mcp.sources import SOURCES, source_named
from clickpipes_mcp.sources.known_differences import SOURCE_DIFFERENCES

OWN = dict(Document(own_document()))
WRITTEN = [(line,) for known in OTHER_DIFFERENCES for line in known.lines] + [
    tuple(in_operations(arm, line))
    for arm, differences in SOURCE_DIFFERENCES.items()
    for known in differences
    for line in known.lines
]
"""Every line as it is written, by what it is printed as."""


def lines(content):
    return {one.line for one in differences(Document(content), OWN)}


def test_no_reason_is_left_for_a_difference_that_is_gone(published):
    met = lines(published) | lines(openapi_document())
    assert [printed for printed in WRITTEN if not met & set(printed)] == []


def test_every_known_difference_has_a_reason_and_a_source():
    assert all(known.reason and known.source for known in known_lines().values())


def test_the_rules_that_are_named_exist():
    named = {known.source for known in known_lines().values() if known.source.startswith("rule ")}
    ids = {rule.id for source in SOURCES for rule in (*source.rules, *source.update_rules)}
    assert {name.removeprefix("rule ") for name in named} <= ids


def test_nothing_is_written_down_twice():
    printed = [line for lines in WRITTEN for line in lines]
    assert len(printed) == len(set(printed))


def test_a_source_that_the_document_does_not_know_says_so_itself():
    newer = replace(source_named("kafka"), arm="telegraph", known_from="a manual")
    found = newer_sources([source_named("kafka"), newer, replace(newer, arm="drum", update=None)])
    assert set(found) == {
        "create_pipe source.telegraph: only ours",
        "update_pipe source.telegraph: only ours",
        "discover_schema source.telegraph: only ours",
        "create_pipe source.drum: only ours",
        "discover_schema source.drum: only ours",
    }
    assert {known.source for known in found.values()} == {"a manual"}


def test_the_arms_of_known_differences_exist():
    assert set(SOURCE_DIFFERENCES) <= {source.arm for source in SOURCES}


@pytest.mark.parametrize(
    ("arm", "line", "printed"),
    [
        (
            "kafka",
            "create x: only ours",
            ["create_pipe source.kafka.x: only ours", "discover_schema source.kafka.x: only ours"],
        ),
        ("mysql", "create x: only ours", ["create_pipe source.mysql.x: only ours"]),
        ("kafka", "update x: only ours", ["update_pipe source.kafka.x: only ours"]),
        ("pubsub", "discover: only ours", ["discover_schema source.pubsub: only ours"]),
    ],
)
def test_a_line_of_a_source_is_printed_for_what_takes_that_part_of_it(arm, line, printed):
    assert list(in_operations(arm, line)) == printed
