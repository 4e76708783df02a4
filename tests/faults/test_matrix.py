"""Every tool under every fault: what it ends with, what was sent, what exists, what is told."""

import json
import logging
from dataclasses import dataclass
from typing import Any

import pytest

from clickpipes_mcp.simulator.world.organization import World, fall_asleep
from clickpipes_mcp.tools import TOOLS, ToolSpec
from tests.examples import put_secrets
from tests.faults.cases import (
    Prepared,
    is_create,
    is_patient,
    makes_something,
    prepared,
)
from tests.faults.variants import DONE, VARIANTS, Variant
from tests.serving import PIPES, Arrived, Served, said
from tests.thinning import thinned

pytestmark = pytest.mark.anyio

CANARY = "QuietCanaryInTheMatrix"
TOOLSETS = ("pipes", "create", "tuning", "insight", "code", "network")
IN_DOUBT = ("may have taken effect", "may still appear")


@dataclass(frozen=True)
class Usual:
    """The request a call is about, how often it leaves and how often it changes something."""

    method: str
    path: str
    is_write: bool
    times: int
    changes: int
    holds_secrets: bool


_usual: dict[str, Usual | None] = {}


@pytest.fixture(autouse=True)
def _secrets(monkeypatch, tmp_path, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    put_secrets(
        monkeypatch, tmp_path, json.dumps({"type": "service_account", "private_key": CANARY})
    )


@pytest.fixture
async def served(serve, tmp_path) -> Served:
    return await serve(
        consent="dangerously-off",
        toolsets=TOOLSETS,
        journal=tmp_path / "journal.jsonl",
        secrets_dir=tmp_path,
    )


@pytest.fixture
async def usual(serve, tmp_path, tool) -> Usual | None:
    """The call without any fault; looked at once for each tool."""
    if tool.name not in _usual:
        served = await serve(
            consent="dangerously-off",
            toolsets=TOOLSETS,
            secrets_dir=tmp_path,
            journal=tmp_path / "usual.jsonl",
        )
        _usual[tool.name] = await _looked_at(served, tool)
    return _usual[tool.name]


async def _looked_at(served: Served, tool: ToolSpec[Any]) -> Usual | None:
    case = await prepared(served, tool)
    before = world(served).revision
    result = await served.call(tool.name, **case.arguments)
    assert not result.is_error, said(result)
    arrived = served.plane.arrived
    if not arrived:
        return None
    about = _aim(arrived if tool.effect.changes_nothing else served.plane.writes)
    return Usual(
        about.method,
        about.path,
        not tool.effect.changes_nothing,
        _count(arrived, about),
        world(served).revision - before,
        CANARY in json.dumps(about.body),
    )


def _aim(arrived: list[Arrived]) -> Arrived:
    """The last request whose path is not a part of another's: faults match by a part."""
    return next(
        one
        for one in reversed(arrived)
        if all(one.path not in other.path or one.path == other.path for other in arrived)
    )


def _count(arrived: list[Arrived], about: Arrived | Usual) -> int:
    return sum((one.method, one.path) == (about.method, about.path) for one in arrived)


def world(served: Served) -> World:
    known: World = served.plane.app.state.world
    return known


def strike(served: Served, variant: Variant, usual: Usual | None) -> None:
    """Put the fault in the way of the request the call is about."""
    fault = variant.fault
    if fault.kind == "idle_service":
        fall_asleep(world(served))
    elif fault.kind != "source" and usual is not None:
        fault = _aimed(fault, usual)
    served.plane.app.state.faults.replace((fault,))


def _aimed(fault: Any, usual: Usual) -> Any:
    # The API can only repeat what it was sent.
    echo = f"the password {CANARY} is wrong" if usual.holds_secrets else "wrong"
    text = echo if fault.kind == "status" else fault.text
    fields = {name: getattr(fault, name) for name in fault.__dataclass_fields__}
    return type(fault)(**fields | {"method": usual.method, "path": usual.path, "text": text})


@pytest.mark.parametrize(
    ("tool", "variant"), thinned(TOOLS, VARIANTS, lambda thing: str(thing.name))
)
async def test_a_tool_under_a_fault(served, usual, caplog, tmp_path, tool, variant) -> None:
    case = await prepared(served, tool)
    strike(served, variant, usual)
    before, pipes_before = world(served).revision, _alive(served)

    result = await served.call(tool.name, **case.arguments)
    changes = world(served).revision - before
    arrived = list(served.plane.arrived)
    served.plane.app.state.faults.replace(())

    outcome = result.structured_content["code"] if result.is_error else DONE
    if usual is not None:
        _check_outcome(tool, variant, usual, outcome)
        _check_changes(result, usual, variant, changes)
        if not is_patient(tool):
            _check_requests(variant, usual, _count(arrived, usual))
    _check_pipes(served, tool, pipes_before, changes)
    await _check_truth(served, case)
    journal = tmp_path / "journal.jsonl"
    written = journal.read_text() if journal.exists() else ""
    assert CANARY not in said(result) + json.dumps(result.structured_content)
    assert CANARY not in caplog.text + written


def _check_outcome(tool: ToolSpec[Any], variant: Variant, usual: Usual, outcome: str) -> None:
    expected = variant.read
    if usual.is_write:
        expected = variant.create if makes_something(tool) else variant.write
    elif variant.fault.kind == "content_type" and "/prometheus" in usual.path:
        expected = frozenset({"unreadable_answer"})  # text that says it is a web page
    if expected:
        assert outcome in expected | (frozenset({DONE}) if is_patient(tool) else frozenset())


def _check_changes(result: Any, usual: Usual, variant: Variant, changes: int) -> None:
    assert changes in (0, usual.changes)
    if variant.acts is not None:
        assert changes == (usual.changes if variant.acts else 0)
    if not result.is_error:
        assert changes == usual.changes
    elif changes:
        assert any(words in said(result) for words in IN_DOUBT), said(result)


def _check_requests(variant: Variant, usual: Usual, sent: int) -> None:
    again = variant.write_again if usual.is_write else variant.read_again
    if again is not None:
        assert sent == usual.times + again


def _alive(served: Served) -> int:
    services = world(served).services.values()
    return sum(pipe.deleted_at is None for one in services for pipe in one.pipes.values())


def _check_pipes(served: Served, tool: ToolSpec[Any], before: int, changes: int) -> None:
    after = _alive(served)
    if is_create(tool):
        assert after - before == (1 if changes else 0)
    else:
        assert before - after == (1 if tool.name == "delete_clickpipe" and changes else 0)


async def _check_truth(served: Served, case: Prepared) -> None:
    """A get, once the trouble is over, says what the control plane knows."""
    known = {pipe["name"]: pipe for pipe in await served.plane.by_somebody_else("GET", PIPES)}
    wanted = case.pipe or case.arguments["name"]
    found = await served.call("get_clickpipe", clickpipe=wanted)
    match = [pipe for pipe in known.values() if wanted in (pipe["id"], pipe["name"])]
    assert found.is_error is not bool(match)
    if match:
        content = found.structured_content
        assert (content["id"], content["state"]) == (match[0]["id"], match[0]["state"])
        assert content["name"] == match[0]["name"]
