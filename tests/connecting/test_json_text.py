"""Files of assistants in JSON: one member changes, everything else stays to the byte."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickpipes_mcp.connecting import json_text
from clickpipes_mcp.connecting.text import NotEditable

AT = ("mcpServers", "clickpipes")
ENTRY = {"command": "/bin/clickpipes-mcp", "args": []}

ZED = """// Zed settings
{
\t"theme": "One Dark", // mine
\t/* servers */
\t"mcpServers": {
\t\t"other": { "command": "x", "args": ["a", "// no comment"], },
\t},
\t"last": true,
}
"""
ZED_WITH = ZED.replace(
    """, },
\t},
""",
    """, },
\t\t"clickpipes": {
\t\t\t"command": "/bin/clickpipes-mcp",
\t\t\t"args": []
\t\t}
\t},
""",
)
CURSOR = '{\n  "mcpServers": {\n    "other": {"command": "x"}\n  }\n}\n'
CURSOR_WITH = (
    '{\n  "mcpServers": {\n    "other": {"command": "x"},\n    "clickpipes": {\n'
    '      "command": "/bin/clickpipes-mcp",\n      "args": []\n    }\n  }\n}\n'
)
NEW = (
    '{\n  "mcpServers": {\n    "clickpipes": {\n      "command": "/bin/clickpipes-mcp",\n'
    '      "args": []\n    }\n  }\n}\n'
)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", NEW),
        ("{}\n", NEW),
        (CURSOR, CURSOR_WITH),
        (CURSOR.replace("\n", "\r\n"), CURSOR_WITH.replace("\n", "\r\n")),
        (ZED, ZED_WITH),
    ],
    ids=["no file", "empty object", "another server", "CRLF", "comments, tabs, trailing commas"],
)
def test_a_server_is_put_in_and_nothing_else_changes(before, after) -> None:
    assert json_text.having(before, AT, ENTRY) == after
    assert json_text.having(after, AT, ENTRY) == after


@pytest.mark.parametrize("before", [CURSOR, CURSOR.replace("\n", "\r\n"), "{}\n", '{"a": 1}\n'])
def test_what_was_put_in_can_be_taken_out(before) -> None:
    with_it = json_text.having(before, AT, ENTRY)

    left = json_text.without(with_it, AT)

    assert json_text.without(left, AT) == left
    assert "clickpipes" not in left
    assert json.loads(left) == {"mcpServers": {}} | json.loads(before)


def test_a_file_with_comments_loses_the_server_alone() -> None:
    left = json_text.without(ZED_WITH, AT)

    assert [line for line in ZED.splitlines() if line not in left.splitlines()] == [
        '\t\t"other": { "command": "x", "args": ["a", "// no comment"], },'
    ]
    assert json_text.without(json_text.having(left, AT, ENTRY), AT) == left


def test_what_a_person_added_beside_the_command_stays() -> None:
    env = json_text.having(CURSOR, AT, {**ENTRY, "command": "old", "env": {"A": "1"}})

    updated = json.loads(json_text.having(env, AT, ENTRY))["mcpServers"]["clickpipes"]

    assert updated == {**ENTRY, "env": {"A": "1"}}
    assert json_text.having(json.dumps({"mcpServers": {"clickpipes": updated}}), AT, ENTRY)


@pytest.mark.parametrize(
    "text",
    [
        "{",
        '{"a": }',
        '{"a" 1}',
        '{"a": 1 "b": 2}',
        "{} {}",
        "[1, 2",
        '{"a": tru}',
        '{"mcpServers": []}',
        '{"mcpServers": {"clickpipes": 1}, "mcpServers": {}}',
        '{"a": "x',
        "{1: 2}",
        "[" * 5000,
        '"text"',
        "nonsense",
        '{"a": {"b" 2}}',
        '{"a": [1 2]}',
    ],
)
def test_what_is_no_such_file_is_left_alone(text) -> None:
    for edit in (lambda: json_text.having(text, AT, ENTRY), lambda: json_text.without(text, AT)):
        with pytest.raises(NotEditable):
            edit()


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(
    st.dictionaries(st.text(max_size=6), VALUES, max_size=4),
    st.dictionaries(st.text(max_size=6), VALUES, max_size=3),
    st.sampled_from([None, 2, 4, "\t"]),
)
def test_any_file_keeps_all_it_held(rest, servers, indent) -> None:
    held = {**rest, "mcpServers": servers}
    text = json.dumps(held, indent=indent)

    with_it = json_text.having(text, AT, ENTRY)
    left = json_text.without(with_it, AT)

    before = servers.get("clickpipes")
    entry = {**before, **ENTRY} if isinstance(before, dict) else ENTRY
    assert json.loads(with_it) == {**held, "mcpServers": {**servers, "clickpipes": entry}}
    assert json.loads(left) == {
        **held,
        "mcpServers": {k: v for k, v in servers.items() if k != "clickpipes"},
    }
