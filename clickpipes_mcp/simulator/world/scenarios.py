"""Stories a world can tell: state, metrics and rows of each come from one trouble and agree."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from clickpipes_mcp.simulator.arms import BY_KEY
from clickpipes_mcp.simulator.troubles import TROUBLES, Trouble


class Sight(StrEnum):
    """Where a story can be seen."""

    STATE = "state"
    METRICS = "metrics"
    LOG = "log"
    RECORDS = "records"
    PARTS = "parts"
    SERVICE = "service"
    ENDPOINT = "endpoint"
    SSH_KEY = "ssh_key"
    ANSWER = "answer"
    CONSOLE = "console"


@dataclass(frozen=True)
class Scenario:
    """A named world: the trouble of its pipe, the state of its service, and what it comes from.

    `cause` is the short id a diagnosis should arrive at. `sights` say where the story shows;
    `console` is the text a person would find in the console and may quote, empty where the API's
    own tables tell it. `completed` seeds a pipe that copied everything once and is done.
    """

    name: str
    cause: str
    sights: frozenset[Sight]
    trouble: str = ""
    service: str = "running"
    rate_limit: bool = False
    completed: bool = False
    console: str = ""


def _of_trouble(name: str, trouble: Trouble) -> Scenario:
    is_database = BY_KEY[trouble.arms[0]].database
    sights = {Sight.METRICS}
    if trouble.steps[-1].state != "Running":
        sights.add(Sight.STATE)
    if trouble.says:
        sights.add(Sight.CONSOLE if is_database else Sight.LOG)
    if trouble.record:
        sights.add(Sight.RECORDS)
    if trouble.parts:
        sights.add(Sight.PARTS)
    if trouble.endpoint:
        sights.add(Sight.ENDPOINT)
    if trouble.tunnel:
        sights.add(Sight.SSH_KEY)
    console = trouble.says if is_database else ""
    return Scenario(name, trouble.cause, frozenset(sights), name, console=console)


SCENARIOS: Final[Mapping[str, Scenario]] = {
    scenario.name: scenario
    for scenario in (
        *(_of_trouble(name, trouble) for name, trouble in TROUBLES.items()),
        Scenario(
            "completed-snapshot", "pipe.completed", frozenset({Sight.STATE}),
            completed=True,
        ),
        Scenario("idle-service", "service.idle", frozenset({Sight.SERVICE}), service="idle"),
        Scenario(
            "stopped-service", "service.stopped", frozenset({Sight.SERVICE}), service="stopped"
        ),
        Scenario(
            "throttled", "access.rate-limited", frozenset({Sight.ANSWER}), rate_limit=True
        ),
    )
}  # fmt: skip
