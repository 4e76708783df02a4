"""A line is answered early only if it is known to the last field."""

import json

from clickpipes_mcp.front.messages import Message, understood
from tests.faults.processes import INITIALIZE, MODERN
from tests.hostile import nested
from tests.test_unreadable_lines import ODD
from tests.wire import line

PREFIX = "io.modelcontextprotocol/"


def shaking(**changed: object) -> bytes:
    return line("initialize", 1, {**INITIALIZE, **changed})


def enveloped(**changed: object) -> bytes:
    meta = {**MODERN, **{f"{PREFIX}{name}": one for name, one in changed.items()}}
    return line("tools/list", 1, {"_meta": meta})


LEFT = [
    *(odd.encode("utf-8", errors="surrogatepass") for odd, _, _ in ODD),
    b"",
    b"\xff",
    b'{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}',
    b'{"jsonrpc":"2.0","id":1,\r"method":"ping"}',
    b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":{"progressToken":NaN}}}',
    b'{"jsonrpc":"2.0","id":1.0,"method":"ping"}',
    b'{"jsonrpc":"2.0","id":true,"method":"ping"}',
    b'{"jsonrpc":"2.0","id":1,"method":"ping","params":null}',
    b'{"jsonrpc":"2.0","id":1,"method":"ping","more":1}',
    b'{"jsonrpc":"2.0","id":1,"method":"ping"}' + b" " * 70_000,
    line("ping", 2**60),
    line("ping", "a\nb"),
    line("ping", ""),
    line("ping"),
    line("notifications/initialized", 1),
    line("notifications/initialized", None, {"_meta": {"a": 1}}),
    line("notifications/cancelled", None, {"requestId": 1}),
    line("tools/call", 1, {"name": "list_services"}),
    line("prompts/get", 1, {"name": "set_up_clickpipe"}),
    line("resources/read", 1, {"uri": "clickpipes://guide/kafka"}),
    line("logging/setLevel", 1, {"level": "debug"}),
    line("skills/list", 1),
    line("server/discover", 1),
    line("tools/list", 1, {"cursor": "a"}),
    line("tools/list", 1, {"_meta": {"progressToken": True}}),
    line("tools/list", 1, {"_meta": {f"{PREFIX}protocolVersion": "2026-07-28"}}),
    line("ping", 1, {"_meta": MODERN}),
    shaking(protocolVersion="2099-01-01"),
    shaking(protocolVersion="2026-07-28"),
    shaking(capabilities=None),
    shaking(capabilities={"roots": {"listChanged": "yes"}}),
    shaking(capabilities={"unheard": {}}),
    shaking(capabilities={"experimental": {"a": 1}}),
    shaking(capabilities={"experimental": {"a": nested(120)}}),
    shaking(clientInfo={"name": "a client"}),
    shaking(clientInfo={"name": "a client", "version": 1}),
    shaking(clientInfo={"name": "a client", "version": "1", "icons": [{}]}),
    shaking(more=1),
    enveloped(protocolVersion="2099-01-01"),
    enveloped(clientInfo=None),
    enveloped(logLevel="debug"),
]


def test_what_is_not_known_is_left_to_the_server() -> None:
    assert [said for said in LEFT if understood(said) is not None] == []


def test_what_is_known_is_understood() -> None:
    assert understood(line("ping", "a-1")) == Message("ping", "a-1", None)
    assert understood(line("ping", 1) + b"\r") == Message("ping", 1, None)
    assert understood(shaking()) == Message("initialize", 1, "2025-11-25")
    assert understood(enveloped()) == Message("tools/list", 1, "2026-07-28")
    assert understood(json.dumps(json.loads(enveloped()), indent=1).replace("\n", "").encode())
