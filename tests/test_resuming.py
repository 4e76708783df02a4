"""A session that a front began goes on as if it had not."""

import re

import pytest

from clickpipes_mcp.front import Answers, Conversation
from tests.faults.processes import INITIALIZE, MODERN
from tests.wire import chosen, line, made, written

pytestmark = pytest.mark.anyio

ENVELOPE = {"_meta": MODERN}
HANDS = line("initialize", 1, INITIALIZE)
SHAKEN = line("notifications/initialized")
TOOLS, OTHER_TOOLS = line("tools/list", 2), line("tools/list", "two", ENVELOPE)
WHO = line("server/discover", 0, ENVELOPE)
GUIDE = {"name": "get_source_guide", "arguments": {"source": "kafka"}}
CALL, OTHER_CALL = line("tools/call", 9, GUIDE), line("tools/call", 9, {**GUIDE, **ENVELOPE})
AFTERWARDS = line("notifications/cancelled", None, {"requestId": 2})
PING = line("ping", 5)

SESSIONS = {
    "a call": (5, [HANDS, SHAKEN, TOOLS, CALL, PING, TOOLS]),
    "a call in the newer protocol": (4, [WHO, OTHER_TOOLS, OTHER_CALL, OTHER_TOOLS]),
    "the newer protocol without a question": (2, [OTHER_TOOLS, OTHER_CALL]),
    "an early call": (3, [CALL, HANDS, SHAKEN, TOOLS]),
    "a list before the handshake": (3, [TOOLS, HANDS, SHAKEN, CALL]),
    "a ping before the handshake": (3, [PING, HANDS, SHAKEN, CALL]),
    "a notification before it": (2, [SHAKEN, HANDS, CALL]),
    "no word after it": (3, [HANDS, TOOLS, CALL]),
    "the same word twice": (3, [HANDS, SHAKEN, SHAKEN, TOOLS, CALL]),
    "cancelled what was answered": (4, [HANDS, SHAKEN, TOOLS, AFTERWARDS, CALL, PING]),
    "cancelled in the newer protocol": (2, [OTHER_TOOLS, AFTERWARDS, OTHER_CALL]),
    "unreadable": (4, [HANDS, SHAKEN, TOOLS, b"{", CALL]),
    "unreadable at first": (3, [b'{"id":\xff}', HANDS, SHAKEN, TOOLS]),
    "an id of an earlier request": (4, [HANDS, SHAKEN, TOOLS, TOOLS, line("tools/call", 2, GUIDE)]),
    "a handshake after the question": (5, [WHO, WHO, HANDS, SHAKEN, TOOLS, CALL]),
    "a handshake too late": (4, [WHO, OTHER_TOOLS, HANDS, OTHER_CALL]),
    "two handshakes": (4, [HANDS, SHAKEN, TOOLS, HANDS, CALL]),
    "the newer protocol after the older": (4, [HANDS, SHAKEN, TOOLS, OTHER_TOOLS, CALL]),
    "the older protocol after the newer": (4, [WHO, OTHER_TOOLS, TOOLS, OTHER_CALL]),
    "who is there after a handshake": (3, [HANDS, WHO, CALL]),
    "an unknown method": (4, [HANDS, SHAKEN, TOOLS, line("no/such", 4), CALL]),
    "a second page": (3, [HANDS, line("tools/list", 2, {"cursor": "x"}), CALL]),
    "nothing but a handshake": (1, [HANDS]),
}


def compared(told: list[bytes]) -> list[bytes]:
    """Answers in any order, without the id that each call gets anew."""
    return sorted(re.sub(rb'(?<="clickpipes-mcp/call":")\w+', b"", one) for one in told)


@pytest.mark.parametrize(("answers", "lines"), SESSIONS.values(), ids=SESSIONS)
async def test_a_session_goes_on_as_if_there_had_been_no_front(answers, lines) -> None:
    whole = await written(made({}), lines, answers=answers)

    for most in range(len(lines) + 1):
        front = Conversation(Answers(*chosen({})))
        told: list[bytes] = []
        rest = list(lines)
        while rest and len(lines) - len(rest) < most:
            answer = front.answer(rest[0])
            if answer is None:
                break
            told += [answer] if answer else []
            rest.pop(0)
        owed = answers - len(told)
        told += await written(made({}), rest, front.heard, answers=owed, at_once=most == len(lines))
        assert compared(told) == compared(whole), most
