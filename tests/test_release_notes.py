"""What changed in the tools between two versions, as users are told."""

import copy
import json
from typing import Any

import pytest

from tests.release_notes import in_folder, main, release_notes

TOOL: dict[str, Any] = {
    "name": "feed_cat",
    "description": "Feed a cat. It likes fish.",
    "toolset": "pets",
    "annotations": {"readOnlyHint": False},
    "inputSchema": {
        "type": "object",
        "properties": {
            "cat": {"type": "string"},
            "dish": {"type": "string", "enum": ["fish", "meat"]},
            "portions": {"type": "integer", "maximum": 3},
            "bowl": {"type": "object", "properties": {"colour": {"type": "string"}}},
            "guests": {
                "type": "array",
                "items": {"type": "object", "properties": {"name": {"type": "string"}}},
            },
        },
        "required": ["cat"],
    },
    "outputSchema": {"properties": {"summary": {"type": "string"}}},
}


def changed(change) -> list[str]:
    """What the notes say of the tool after a change to it."""
    after = copy.deepcopy(TOOL)
    change(after)
    lines = release_notes({"feed_cat": TOOL}, {"feed_cat": after}).splitlines()
    assert lines[0] == "- `feed_cat`"
    return [line.removeprefix("  - ") for line in lines[1:]]


def arguments(tool) -> dict[str, Any]:
    return tool["inputSchema"]["properties"]


CHANGES = {
    "a field more": (
        lambda tool: arguments(tool).update(hour={"type": "integer"}),
        "takes `hour` (integer)",
    ),
    "a whole object more": (
        lambda tool: arguments(tool).update(
            toy={"type": "object", "properties": {"name": {"type": "string"}}}
        ),
        "takes `toy` (object)",
    ),
    "a field less": (lambda tool: arguments(tool).pop("bowl"), "**breaks** takes no `bowl`"),
    "an inner field less": (
        lambda tool: arguments(tool)["bowl"]["properties"].clear(),
        "**breaks** takes no `bowl.colour`",
    ),
    "a field of items less": (
        lambda tool: arguments(tool)["guests"]["items"]["properties"].clear(),
        "**breaks** takes no `guests[].name`",
    ),
    "a value more": (
        lambda tool: arguments(tool)["dish"]["enum"].append("milk"),
        "`dish` takes `milk` too",
    ),
    "a value less": (
        lambda tool: arguments(tool)["dish"]["enum"].remove("fish"),
        "**breaks** `dish` takes no `fish`",
    ),
    "any value": (lambda tool: arguments(tool)["dish"].pop("enum"), "`dish` takes any value"),
    "few values": (
        lambda tool: arguments(tool)["cat"].update(enum=["Tom"]),
        "**breaks** `cat` takes `Tom` alone",
    ),
    "another type": (
        lambda tool: arguments(tool)["cat"].update(type="integer"),
        '**breaks** `cat`: type is "integer", was "string"',
    ),
    "another range": (
        lambda tool: arguments(tool)["portions"].pop("maximum"),
        "`portions`: maximum is not set, was 3",
    ),
    "needed now": (
        lambda tool: tool["inputSchema"]["required"].append("dish"),
        "**breaks** `dish` has to be given",
    ),
    "not needed now": (
        lambda tool: tool["inputSchema"].pop("required"),
        "`cat` need not be given",
    ),
    "another hint": (
        lambda tool: tool["annotations"].update(readOnlyHint=True),
        "`readOnlyHint` is true, was false",
    ),
    "another toolset": (
        lambda tool: tool.update(toolset="zoo"),
        "**breaks** is in toolset `zoo`, was in `pets`",
    ),
    "other words": (
        lambda tool: tool.update(description="Feed it."),
        "is described in other words",
    ),
    "an answer more": (
        lambda tool: tool["outputSchema"]["properties"].update(mood={"type": "string"}),
        "answers `mood` too",
    ),
    "an answer less": (
        lambda tool: tool["outputSchema"]["properties"].clear(),
        "**breaks** answers no `summary`",
    ),
}


@pytest.mark.parametrize(("change", "told"), CHANGES.values(), ids=CHANGES)
def test_a_change_is_one_line(change, told):
    assert changed(change) == [told]


def test_a_new_field_that_has_to_be_given_breaks_callers():
    def demand(tool) -> None:
        arguments(tool).update(hour={"type": "integer"})
        tool["inputSchema"]["required"].append("hour")

    assert changed(demand) == ["**breaks** takes `hour` (integer), which has to be given"]


def test_tools_that_come_and_go_are_told_first():
    told = release_notes({"wash_cat": TOOL}, {"feed_cat": TOOL})
    assert told.splitlines() == [
        "- **breaks** `wash_cat` is gone.",
        "- New tool `feed_cat`: Feed a cat.",
    ]


def test_what_changed_in_many_tools_is_said_once():
    after = {**TOOL, "description": "Other."}
    names = ("a", "b", "c", "d")
    told = release_notes(dict.fromkeys(names, TOOL), dict.fromkeys(names, after))
    assert told == "- is described in other words: `a`, `b`, `c`, `d`"


def test_the_command_compares_two_folders(tmp_path, capsys):
    for version, names in (("before", ["a"]), ("after", ["a", "b"])):
        folder = tmp_path / version
        folder.mkdir()
        for name in names:
            (folder / f"{name}.json").write_text(json.dumps({**TOOL, "name": name}))
    main(str(tmp_path / "before"), str(tmp_path / "after"))
    assert capsys.readouterr().out == "- New tool `b`: Feed a cat.\n"
    assert in_folder(tmp_path / "before") == {"a": {**TOOL, "name": "a"}}


def test_a_revision_that_does_not_exist_is_said(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match=r"not a git repository|Not a valid object name"):
        main("no-such-version")
