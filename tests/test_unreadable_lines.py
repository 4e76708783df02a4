"""Whoever sends a line that is no message is told so, and the server goes on."""

import json
from collections.abc import Iterator

import pytest
from mcp_types import jsonrpc_message_adapter
from pydantic import ValidationError

from clickpipes_mcp.unreadable_lines import refuse_line
from tests.faults.processes import StdioProcess
from tests.hostile import nested


@pytest.fixture(scope="module")
def served() -> Iterator[StdioProcess]:
    with StdioProcess(CLICKPIPES_SIMULATOR="1") as server:
        yield server


def request(number: object, argument: str) -> str:
    call = {"name": "list_services", "arguments": {"x": "HERE"}}
    message = {"jsonrpc": "2.0", "method": "tools/call", "params": call, "id": number}
    return json.dumps(message).replace('"HERE"', argument)


@pytest.mark.parametrize(
    ("line", "number"),
    [
        (request(7, r'"\ud800"'), 7),
        (request("seven", r'"\udfff"'), "seven"),
        (request(7, "9" * 5_000), 7),
        (request(7, json.dumps(nested(400))), 7),
        (request(7, '{"a":' * 20_000 + "1" + "}" * 20_000), None),
        ('{"jsonrpc":"2.0","id":7,"method":"tools/call","params":[]}', 7),
        ('{"jsonrpc":"2.0","id":7,"result":{"action":"\\ud800"}}', None),
        ('{"jsonrpc":"2.0","id":"\\ud800","method":"tools/call"}', None),
        ("nonsense", None),
        ("5", None),
        ("[]", None),
        ("\0", None),
    ],
    ids=range(12),
)
def test_an_unreadable_line_is_answered_and_the_next_one_served(served, line, number) -> None:
    served.say(line)
    told = served.message()
    assert told["id"] == number
    assert told["error"]["message"].endswith("Correct it and send it again.")

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
