"""Two servers that share a journal and create the same at the same moment make it once."""

import json
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from clickpipes_mcp.clock import SystemClock
from clickpipes_mcp.journal import Journal
from clickpipes_mcp.private_endpoints import EXAMPLES
from clickpipes_mcp.simulator import DEFAULT_SERVICE_ID
from tests.faults.processes import PATIENCE_S, HoldingRelay, ServedProcess, SimulatedApi
from tests.serving import KAFKA, PIPES, SERVICE
from tests.tools.network.endpoints import ENDPOINTS

ROUNDS = 3
LONG_AGO_WRITES = 800
"""As many as are read back: it takes a while, in which the other process goes on."""

TOOLSETS = "create,network"
VPC = EXAMPLES["VPC_ENDPOINT_SERVICE"]
SETTLES_S = 300.0


def pipe(number: int) -> dict[str, object]:
    return {"service": SERVICE, **KAFKA, "name": f"pipe {number}"}


def endpoint(number: int) -> dict[str, object]:
    return {"service": SERVICE, **VPC, "description": f"endpoint {number}"}


@dataclass(frozen=True)
class Creation:
    """What is created, how, and where the API lists it."""

    tool: str
    wanted: Any
    listed: str
    noun: str
    name: str


CREATIONS = {
    "pipe": Creation("create_kafka_clickpipe", pipe, PIPES, "clickpipe", "name"),
    "endpoint": Creation("create_private_endpoint", endpoint, ENDPOINTS, "endpoint", "description"),
}


@pytest.fixture(
    params=[CREATIONS["pipe"], pytest.param(CREATIONS["endpoint"], marks=pytest.mark.slow)],
    ids=CREATIONS,
)
def creation(request) -> Any:
    return request.param


@dataclass(frozen=True)
class Side:
    """A server process, and its own way to the API."""

    relay: HoldingRelay
    server: ServedProcess

    def begins(self, creation: Creation, number: int = 0) -> None:
        """Let it look whether the thing is there, and keep the answer from it."""
        self.relay.hold()
        self.server.begin(creation.tool, creation.wanted(number))
        assert self.relay.has_looked.wait(PATIENCE_S)

    def goes_on(self) -> None:
        self.relay.let_go.set()

    def result(self) -> dict[str, Any]:
        told = self.server.result()
        assert told["isError"] is False, told
        return dict(told["structuredContent"])


class Stage:
    """An API and two servers before it which share a journal."""

    def __init__(self, path: Any, creation: Creation, stack: ExitStack) -> None:
        self.path, self._creation = path, creation
        self.api = stack.enter_context(SimulatedApi())
        self.one, self.other = (self._side(stack) for _ in range(2))

    def _side(self, stack: ExitStack) -> Side:
        listed = self._creation.listed.rpartition("/")[2]
        relay = stack.enter_context(HoldingRelay(self.api.url, f"/{listed}"))
        settings = {"CLICKPIPES_JOURNAL": str(self.path), "CLICKPIPES_TOOLSETS": TOOLSETS}
        return Side(relay, stack.enter_context(ServedProcess(relay.url, **settings)))

    @property
    def sent(self) -> int:
        """Creations that reached the API."""
        return len(self.one.relay.passed_on) + len(self.other.relay.passed_on)

    def made(self, number: int = 0) -> list[str]:
        """The ids of what there is of it."""
        name = self._creation.wanted(number)[self._creation.name]
        listed = self.api.ask("GET", self._creation.listed)["result"]
        return [one["id"] for one in listed if one[self._creation.name] == name]

    def outcomes(self) -> list[str | None]:
        return [json.loads(line).get("outcome") for line in self.path.read_text().splitlines()]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "journal.jsonl"


@pytest.fixture
def stage(path, creation):
    with ExitStack() as stack:
        yield Stage(path, creation, stack)


@pytest.mark.slow
def test_of_two_that_have_looked_before_either_sends_one_sends(stage, path, creation) -> None:
    journal = Journal(path, SystemClock())
    entry = journal.intent(tool="a tool", operation="scale", service_id=DEFAULT_SERVICE_ID)
    journal.outcome(entry, "done")
    path.write_text(path.read_text() * LONG_AGO_WRITES)

    for number in range(ROUNDS):
        for side in (stage.one, stage.other):
            side.begins(creation, number)
        for side in (stage.one, stage.other):
            side.goes_on()
        results = [side.result() for side in (stage.one, stage.other)]

        assert stage.sent == number + 1
        (made,) = stage.made(number)
        assert {result[creation.noun]["id"] for result in results} == {made}
        how = sorted(result["summary"].partition(" ")[0] for result in results)
        assert how == ["Created", "The"]
        assert sum("was adopted" in result["summary"] for result in results) == 1


@pytest.mark.slow
def test_one_that_hears_of_an_empty_list_late_adopts_what_was_made_since(stage, creation) -> None:
    stage.other.begins(creation)
    stage.one.begins(creation)
    stage.one.goes_on()
    made = stage.one.result()

    stage.other.goes_on()
    adopted = stage.other.result()

    assert adopted[creation.noun]["id"] == made[creation.noun]["id"]
    assert "was adopted" in adopted["summary"]
    assert (stage.sent, len(stage.made())) == (1, 1)
    assert stage.outcomes() == [None, "done", None, "yielded"]


def age(path: Any, seconds: float) -> None:
    """Let this much time have passed since the lines of a journal were written."""
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    for line in lines:
        line["time"] = str(datetime.fromisoformat(line["time"]) - timedelta(seconds=seconds))
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))


@pytest.mark.slow
def test_one_that_was_killed_before_it_sent_is_waited_for_and_then_replaced(
    stage, path, creation
) -> None:
    stage.one.relay.is_cut = True
    stage.one.begins(creation)
    stage.other.begins(creation)
    stage.one.goes_on()
    assert stage.one.relay.wants_to_create.wait(PATIENCE_S)
    stage.one.server.kill()
    age(path, SETTLES_S - 2)

    stage.other.goes_on()
    made = stage.other.result()

    assert made["summary"].startswith("Created")
    assert stage.made() == [made[creation.noun]["id"]]
    assert stage.sent == 1
    assert stage.outcomes() == [None, "absent", None, "done"]
