"""Whoever sends a line that is no message is told so, and the server goes on."""

import json
from collections.abc import Iterator

import pytest
from mcp_types import jsonrpc_message_adapter
from pydantic import ValidationError

from clickpipes_mcp.unreadable_lines import refuse_line
from tests.faults.processes import INITIALIZE, MODERN, Program, StdioProcess
from tests.hostile import nested


@pytest.fixture(scope="module")
def served() -> Iterator[StdioProcess]:
    with StdioProcess(CLICKPIPES_SIMULATOR="1") as server:
        yield server


OPENINGS = {
    era: json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
    for era, method, params in (
        ("legacy", "initialize", INITIALIZE),
        ("modern", "tools/list", {"_meta": MODERN}),
    )
}


def request(number: object, argument: str) -> str:
    call = {"name": "list_services", "arguments": {"x": "HERE"}}
    message = {"jsonrpc": "2.0", "method": "tools/call", "params": call, "id": number}
    return json.dumps(message).replace('"HERE"', argument)


NO_JSON, NO_MESSAGE = -32700, -32600
ODD = [
    (request(7, r'"\ud800"'), NO_JSON, 7),
    (request("seven", r'"\udfff"'), NO_JSON, "seven"),
    (request(7, "9" * 5_000), NO_JSON, 7),
    (request(7, json.dumps(nested(400))), NO_JSON, 7),
    (request(7, '{"a":' * 20_000 + "1" + "}" * 20_000), NO_JSON, None),
    ('{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"a\tb"}}', NO_JSON, 7),
    ('{"jsonrpc":"2.0","method":"tools/call","params":{"name":"a\tb"},"id":7}', NO_JSON, 7),
    ('{"jsonrpc":"2.0","id":7,"method":"tools/list",}', NO_JSON, 7),
    ("\ufeff" + '{"jsonrpc":"2.0","id":7,"method":"tools/list"}', NO_JSON, 7),
    ('{"jsonrpc":"2.0","id":7,"result":{"action":"\\ud800"}}', NO_JSON, None),
    ('{"jsonrpc":"2.0","id":"\\ud800","method":"tools/call"}', NO_JSON, None),
    ("{'jsonrpc':'2.0','id':7,'method':'tools/list'}", NO_JSON, None),
    ("nonsense", NO_JSON, None),
    ("\0", NO_JSON, None),
    ('{"jsonrpc":"2.0","id":7,"method":"tools/call","params":[]}', NO_MESSAGE, 7),
    ('{"id":7,"method":"tools/list"}', NO_MESSAGE, 7),
    ('{"jsonrpc":"1.0","id":7,"method":"tools/list"}', NO_MESSAGE, 7),
    ('{"jsonrpc":2.0,"id":"seven","method":"tools/list"}', NO_MESSAGE, "seven"),
    ('{"jsonrpc":"2.0","id":7}', NO_MESSAGE, 7),
    ('{"jsonrpc":"2.0","id":7,"method":5}', NO_MESSAGE, 7),
    ('{"jsonrpc":"2.0","id":null,"method":"tools/list"}', NO_MESSAGE, None),
    ('{"jsonrpc":"2.0","id":7.5,"method":"tools/list"}', NO_MESSAGE, None),
    ('{"jsonrpc":"2.0","method":"tools/list"}', NO_MESSAGE, None),
    ('{"jsonrpc":"2.0","id":7,"error":{"code":"x"}}', NO_MESSAGE, None),
    ("5", NO_MESSAGE, None),
    ("[]", NO_MESSAGE, None),
    ('[{"jsonrpc":"2.0","id":7,"method":"tools/list"}]', NO_MESSAGE, None),
]
MARK = "\ufeff"


@pytest.mark.parametrize(("line", "code", "number"), ODD, ids=range(len(ODD)))
def test_an_unreadable_line_is_answered_and_the_next_one_served(served, line, code, number) -> None:
    served.say(line)
    told = served.message()
    assert (told["error"]["code"], told["id"]) == (code, number)
    assert told["error"]["message"].endswith("Correct it and send it again.")

    assert served.call("list_services", {})["isError"] is False


@pytest.mark.slow
@pytest.mark.parametrize("era", ["legacy", "modern"])
def test_odd_lines_before_the_first_message_are_answered_in_both_eras(era) -> None:
    """A process that nobody has greeted yet."""
    opening = OPENINGS[era]
    with Program(CLICKPIPES_SIMULATOR="1") as program:
        assert program.process.stdin is not None
        assert program.process.stdout is not None
        for line in (MARK + opening, *(line for line, _, _ in ODD), opening):
            program.process.stdin.write(line + "\n")
        program.process.stdin.flush()
        answers = [json.loads(program.process.stdout.readline()) for _ in range(len(ODD) + 2)]

    told = sorted((answer["error"]["code"], str(answer["id"])) for answer in answers[:-1])
    expected = [(code, str(number)) for _, code, number in ODD]
    assert told == sorted([*expected, (NO_JSON, "1")])
    assert "byte order mark" in answers[0]["error"]["message"]
    assert answers[-1]["result"]


def test_a_notification_needs_no_id(served) -> None:
    served.say('{"jsonrpc":"2.0","method":"notifications/roots/list_changed"}')

    assert served.call("list_services", {})["isError"] is False


@pytest.mark.parametrize("depth", [20, 150, 190])
def test_a_readable_line_that_goes_too_deep_is_an_error_of_the_call(served, depth) -> None:
    served.ask("tools/call", {"name": "get_clickpipe", "arguments": {"clickpipe": nested(depth)}})
    result = served.result()
    assert result["structuredContent"]["code"] == "invalid_arguments"


def test_what_the_transport_says_of_itself_has_no_id() -> None:
    assert refuse_line(OSError("gone")).id is None


def test_a_line_is_not_repeated_to_whoever_reads_the_answer() -> None:
    with pytest.raises(ValidationError) as caught:
        jsonrpc_message_adapter.validate_json('{"password": "QuietCanary4711\\ud800"}')
    assert "QuietCanary4711" not in refuse_line(caught.value).model_dump_json()
