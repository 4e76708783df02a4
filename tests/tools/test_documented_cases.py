"""Creates row by row of what is documented: matrices, ranges, companions and exclusions.

`documented_cases.json` holds a body a source, and what each case sets and leaves out of it. A
case is valid, or invalid, or open where public sources leave the answer to the API.
"""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from clickpipes_mcp.simulator import DEFAULT_SERVICE_ID
from clickpipes_mcp.sources import SOURCES
from tests.serving import said

pytestmark = pytest.mark.anyio

DOCUMENT = json.loads((Path(__file__).parent / "documented_cases.json").read_text(encoding="utf-8"))
BODIES: dict[str, dict[str, Any]] = DOCUMENT["bodies"]
CASES: list[dict[str, Any]] = DOCUMENT["cases"]


def body_of(case: dict[str, Any]) -> dict[str, Any]:
    body = copy.deepcopy(BODIES[case["of"]])
    for path, value in case.get("set", {}).items():
        *way, last = path.split(".")
        place = body
        for step in way:
            place = place.setdefault(step, {})
        place[last] = value
    for path in case.get("drop", ()):
        *way, last = path.split(".")
        place = body
        for step in way:
            place = place[step]
        del place[last]
    return body


def verdict(result: Any) -> str:
    """What became of a call: accepted, refused here, or refused by the API."""
    if not result.is_error:
        return "accepted"
    return "refused" if result.structured_content["code"] == "invalid_arguments" else "sent"


EXPECTED = {"valid": {"accepted"}, "invalid": {"refused"}, "open": {"accepted", "sent"}}


@pytest.mark.parametrize("source", BODIES)
async def test_creates_are_judged_as_documented(serve, source) -> None:
    served = await serve()
    wrong = []
    for case in (case for case in CASES if case["of"] == source):
        body = body_of(case)
        served.plane.arrived.clear()
        # Every create looks at all pipes: those of cases before would be most of its work.
        served.plane.app.state.world.services[DEFAULT_SERVICE_ID].pipes.clear()

        result = await served.call(f"create_{source}_clickpipe", **body)

        if verdict(result) not in EXPECTED[case["expect"]]:
            wrong.append((case["id"], case["expect"], said(result)))
        if case["expect"] == "invalid" and served.plane.writes:
            wrong.append((case["id"], "sent all the same", ""))
    assert wrong == []


def test_every_source_has_cases_of_each_kind() -> None:
    kinds = {(case["of"], case["expect"]) for case in CASES}

    assert kinds >= {(source.key, kind) for source in SOURCES for kind in ("valid", "invalid")}
    assert len({case["id"] for case in CASES}) == len(CASES)
