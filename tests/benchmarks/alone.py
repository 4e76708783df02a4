"""What is measured of our server alone: validating, and memory over a long life."""

import json
import time
from statistics import median

from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.tools import TOOLS
from clickpipes_mcp.tools.arguments import valid_call
from tests.benchmarks.contenders import OURS, Contender
from tests.benchmarks.measures import GROWTH, VALIDATION
from tests.benchmarks.rounds import MS, Ground
from tests.benchmarks.stdio import Timed
from tests.benchmarks.upstream import SERVICE_OF_FEW, SERVICE_OF_MANY
from tests.examples import BODY_OF

_REPEATS = 200
_OF_ALL_CALLS = 100
"""One of so many is made before memory is looked at for the first time."""


def measure_validation(ground: Ground, rounds: int) -> None:
    """How much of the processor it takes to find the largest documented create valid."""
    source = max(SOURCES, key=lambda spec: len(json.dumps(BODY_OF[spec.key])))
    tool = next(tool for tool in TOOLS if tool.source == source.key)
    given = {"service": SERVICE_OF_FEW, **BODY_OF[source.key]}
    valid_call(tool, given)
    for _ in range(rounds):
        taken_s = []
        for _ in range(_REPEATS):
            began = time.thread_time()
            valid_call(tool, given)
            taken_s.append(time.thread_time() - began)
        ground.figures.add(VALIDATION, OURS, median(taken_s) * MS)


def measure_growth(contender: Contender, ground: Ground, calls: int) -> tuple[float, float]:
    """Make this many calls; the memory in MB after the first of them and after all.

    Half of them show a pipe, each another one; four of ten list; one of ten is refused.
    """
    assert contender.get_of
    assert contender.list_of
    listed = contender.list_of(SERVICE_OF_FEW)
    refused = {"name": listed[0], "arguments": {"no_such_argument": 1}}
    before_mb = 0.0
    with Timed(contender.busy_argv, ground.environment) as server:
        server.shake_hands()
        for number in range(calls):
            if number == calls // _OF_ALL_CALLS:
                before_mb = server.held_mb()
            if number % 10 == 0:
                server.ask("tools/call", refused)
            elif number % 2:
                pipe = ground.many[number % len(ground.many)]
                server.call(contender.get_of(SERVICE_OF_MANY, pipe))
            else:
                server.call(listed)
        after_mb = server.held_mb()
    ground.figures.add(GROWTH, contender.key, (after_mb / before_mb - 1) * 100)
    return before_mb, after_mb
