"""What every program here is told, and what it tells: one line of JSON on standard output."""

import json
import os
import re
import sys
from collections.abc import Awaitable, Callable, Mapping
from importlib.metadata import version

COMMAND, *ARGUMENTS = json.loads(os.environ["SERVER_COMMAND"])
SETTINGS: dict[str, str] = json.loads(os.environ["SERVER_SETTINGS"])
PIPE = os.environ["SERVER_PIPE"]
READING = ("list_clickpipes", {})
WRONG = ("get_clickpipe", {"clickpipe": "no-such-pipe"})
LOSING = ("delete_clickpipe", {"clickpipe": PIPE})
IN_CHAT = {**SETTINGS, "CLICKPIPES_CONSENT": "chat", "CLICKPIPES_SIMULATOR_SEED": "1"}
"""A world apart, for a server of every call, to which the assistant relays the yes."""

asked: list[str] = []


def answer(question: str, schema: Mapping[str, Mapping[str, object]]) -> dict[str, str]:
    """A person who types the name of the pipe wherever something has to be typed."""
    asked.append(question)
    return dict.fromkeys(schema["properties"], PIPE)


async def lose_with_a_relayed_yes(
    call: Callable[[str, dict[str, str]], Awaitable[object]],
) -> list[str]:
    """What three calls answer, each in a process of its own: the question, the yes, and again."""
    said, told = dict(LOSING[1]), []
    for _ in range(3):
        try:
            told.append(str(await call(LOSING[0], said)))
        except Exception as error:  # noqa: BLE001 # how the framework shows an error
            told.append(str(error))
        found = re.search("confirmation_token=([0-9a-f-]+)", told[0])
        said = {**LOSING[1], "confirmation_token": found[1] if found else "none"}
    return told


def tell(distribution: str, **told: object) -> None:
    """Hand over what was seen."""
    report = {"version": version(distribution), "asked": asked, **told}
    print(json.dumps(report, default=str), flush=True)  # noqa: T201 # read by the test
    sys.exit(0)
