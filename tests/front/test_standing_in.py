"""The front reads and writes until the server is there, and loses nothing on the way."""

import os
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from clickpipes_mcp.front import Answers, Conversation, HandedOver, standing_in
from clickpipes_mcp.front.standing_in import stand_in
from tests.faults.processes import INITIALIZE
from tests.wire import chosen, line

HANDS = line("initialize", 1, INITIALIZE)
TOOLS = line("tools/list", 2)
CALL = line("tools/call", 3, {"name": "list_services"})

FEW = {"CLICKPIPES_TOOLSETS": "tuning"}
"""Their list fits into a pipe that nobody reads."""

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the front stands aside there")


class Client:
    """Both ends of a client's pipes; `stands_in` is the front's part."""

    def __init__(self) -> None:
        self.reads, self.to_server = os.pipe()
        self.from_server, self.writes = os.pipe()
        self.made = threading.Event()

    def say(self, octets: bytes) -> None:
        os.write(self.to_server, octets)

    def leave(self) -> None:
        os.close(self.to_server)

    def hear(self) -> bytes:
        return os.read(self.from_server, 1_000_000)

    def stands_in(self, make: Callable[[], str] | None = None) -> HandedOver[str] | None:
        front = Conversation(Answers(*chosen(FEW)))
        return stand_in(front, make or self._make, self.reads, self.writes)

    def _make(self) -> str:
        self.made.set()
        return "a server"


@pytest.fixture
def client() -> Iterator[Client]:
    client = Client()
    yield client
    for end in (client.reads, client.from_server, client.writes):
        os.close(end)


def test_a_call_is_left_to_the_server_with_all_that_follows(client) -> None:
    client.say(HANDS + b"\n" + CALL + b"\n" + TOOLS + b"\n" + b'{"half')
    threading.Timer(0.2, client.say, [b'":1}\n']).start()

    session = client.stands_in()

    assert client.hear().startswith(b'{"jsonrpc":"2.0","id":1,"result"')
    assert session.heard == (HANDS,)
    assert session.waiting == (CALL, TOOLS, b'{"half":1}')
    assert session.made() == "a server"


def test_a_client_that_leaves_and_reads_no_answer_is_no_error() -> None:
    client, server = socket.socketpair()
    front = Conversation(Answers(*chosen(FEW)))
    client.sendall(HANDS + b"\n")
    threading.Timer(0.2, client.close).start()

    with server:
        assert stand_in(front, lambda: "a server", server.fileno(), server.fileno()) is None


def test_a_server_that_is_waited_for_is_made_where_it_is_used(client) -> None:
    client.say(CALL + b"\n")

    session = client.stands_in(lambda: threading.current_thread().name)

    assert session.made() == threading.current_thread().name


def test_a_client_that_left_gets_no_server(client) -> None:
    client.say(HANDS + b"\n")
    client.leave()

    assert client.stands_in() is None
    assert not client.made.is_set()


def test_a_last_line_without_an_end_is_left_to_the_server(client) -> None:
    client.say(HANDS)
    client.leave()

    session = client.stands_in()

    assert (session.heard, session.waiting) == ((), (HANDS,))


def test_the_session_is_handed_over_when_the_server_is_there(client, monkeypatch) -> None:
    monkeypatch.setattr(standing_in, "QUIET_S", 0)
    monkeypatch.setattr(standing_in, "QUIET_AFTER_TOOLS_S", 0)
    client.say(HANDS + b"\n" + TOOLS + b"\n")

    session = client.stands_in()

    assert session.heard == (HANDS, TOOLS)
    assert session.waiting == ()


def test_half_a_line_is_waited_for_and_still_answered(client, monkeypatch) -> None:
    monkeypatch.setattr(standing_in, "QUIET_S", 0)
    client.say(HANDS[:9])

    def go_on() -> str:
        client.say(HANDS[9:] + b"\n")
        return "a server"

    session = client.stands_in(go_on)

    assert session.heard == (HANDS,)
    assert client.hear().endswith(b"}\n")


def test_what_making_the_server_raised_is_raised_where_it_is_wanted(client) -> None:
    def fail() -> str:
        raise ValueError("no server")

    client.say(CALL + b"\n")
    session = client.stands_in(fail)

    with pytest.raises(ValueError, match="no server"):
        session.made()


def test_whoever_reads_no_more_has_left(client) -> None:
    os.close(client.from_server)
    client.from_server = os.open(os.devnull, os.O_RDONLY)
    client.say(HANDS + b"\n")

    assert client.stands_in() is None
