"""What every program here is told, and what it tells: one line of JSON on standard output."""

import json
import os
import sys
from collections.abc import Mapping
from importlib.metadata import version

COMMAND, *ARGUMENTS = json.loads(os.environ["SERVER_COMMAND"])
SETTINGS: dict[str, str] = json.loads(os.environ["SERVER_SETTINGS"])
PIPE = os.environ["SERVER_PIPE"]
READING = ("list_clickpipes", {})
WRONG = ("get_clickpipe", {"clickpipe": "no-such-pipe"})
LOSING = ("delete_clickpipe", {"clickpipe": PIPE})

asked: list[str] = []


def answer(question: str, schema: Mapping[str, Mapping[str, object]]) -> dict[str, str]:
    """A person who types the name of the pipe wherever something has to be typed."""
    asked.append(question)
    return dict.fromkeys(schema["properties"], PIPE)


def tell(distribution: str, **told: object) -> None:
    """Hand over what was seen."""
    report = {"version": version(distribution), "asked": asked, **told}
    print(json.dumps(report, default=str), flush=True)  # noqa: T201 # read by the test
    sys.exit(0)
