"""Pipes that were made by somebody else, and what a shell would make of what is written down."""

import copy
import json
import re
import shlex
from collections.abc import Iterator
from typing import Any

from pydantic.alias_generators import to_camel

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.code.declaration import Declaration, declare_all
from clickpipes_mcp.sources import SETTING_DEFAULTS
from tests.examples import BODY_OF
from tests.published.facts import kept
from tests.serving import LONG_ENOUGH_S, PIPES, Served
from tests.tools.test_documented_cases import CASES as DOCUMENTED
from tests.tools.test_documented_cases import body_of
from tests.tools.test_recorded_cases import without_nulls

_JQ = re.compile(r"jq --null-input ('(?:[^']|'\"'\"')*')")
_ENVIRONMENT = re.compile(r"(?<=: )env\.(\w+)")
_OF_A_READ = ("id", "serviceId", "state", "createdAt", "updatedAt", "name")
VARIABLE = re.compile(r"export (\w+)=")
SECRET = '{"type": "service_account"}'


def _is_create(case: dict[str, Any]) -> bool:
    return case["method"] == "POST" and case["path"].endswith("/clickpipes")


RECORDED = {
    case["id"]: case["body"]
    for case in kept("cases.json")["cases"]
    if _is_create(case) and case["status"] == 200
}
EVERY_BODY: dict[str, dict[str, Any]] = {
    **BODY_OF,
    **RECORDED,
    **{case["id"]: body_of(case) for case in DOCUMENTED if case["expect"] == "valid"},
}
"""A body of every source, every recorded one, and every documented one known to be right."""


async def made(served: Served, bodies: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Pipes of these bodies as they are read once they have settled, by the names given here."""
    for name, body in bodies.items():
        own = copy.deepcopy(without_nulls(body)) | {"name": name}
        if "table" in own["destination"]:
            own["destination"]["table"] = re.sub(r"\W", "_", name)
        await served.plane.by_somebody_else("POST", PIPES, own)
        served.clock.advance(LONG_ENOUGH_S)
    return await read(served)


async def read(served: Served) -> dict[str, dict[str, Any]]:
    """The pipes of the running service by name, settled."""
    served.clock.advance(LONG_ENOUGH_S)
    return {pipe["name"]: pipe for pipe in await served.plane.by_somebody_else("GET", PIPES)}


def declared(pipes: dict[str, dict[str, Any]]) -> list[Declaration]:
    found, unknown = declare_all(Pipe.model_validate(pipe) for pipe in pipes.values())
    assert unknown == []
    return found


def settled(pipe: dict[str, Any]) -> dict[str, Any]:
    """What of a read says how a pipe is set up, without settings that are as by themselves."""
    found = {name: value for name, value in pipe.items() if name not in _OF_A_READ}
    settings = found.pop("settings", {})
    chosen = {n: value for n, value in settings.items() if value != SETTING_DEFAULTS.get(n)}
    return found | ({"settings": chosen} if chosen else {})


def value_at(body: Any, steps: list[str]) -> Any:
    for step in steps:
        body = body.get(step) if isinstance(body, dict) else None
    return body


def left_out(pipe: Declaration) -> Iterator[tuple[str, list[str], Any]]:
    """What was set and the declaration says it leaves out: its path, its path in a body, it."""
    for path in (*pipe.unseen, *pipe.altered):
        first, *rest = path.split(".")
        arm = [pipe.spec.arm] if first == "source" else []
        wire = [first, *arm, *map(to_camel, rest)]
        held = value_at(EVERY_BODY[pipe.name], wire)
        if held is not None:
            yield path, wire, held


def filled(body: dict[str, Any], pipe: Declaration, *, snake: bool = False) -> dict[str, Any]:
    """A body with what the declaration says that it left out, where that was set."""
    for path, wire, held in left_out(pipe):
        *parents, last = path.split(".") if snake else wire
        place = value_at(body, parents)
        if isinstance(place, dict):
            place[last] = held
    return body


def sent_by_curl(script: str) -> Iterator[dict[str, Any]]:
    """The bodies that a script sends, with a text in the place of every secret."""
    for program in _JQ.findall(script):
        (text,) = shlex.split(program)
        yield json.loads(_ENVIRONMENT.sub(json.dumps(SECRET), text))
