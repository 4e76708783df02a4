"""Every kind of fault, by constructor and by control, and what its request meets."""

from email.utils import parsedate_to_datetime

import httpx2
import pytest

from clickpipes_mcp.simulator import Fault
from clickpipes_mcp.simulator.faults import KINDS, FaultBoard, fault_document, parse_fault

pytestmark = pytest.mark.anyio


async def status_of(plane):
    return (await plane.client.get(plane.pipes)).status_code


async def failing(plane):
    """What a list of pipes or a create comes to, in a word."""
    before = plane.clock.monotonic()
    try:
        response = await plane.client.get(plane.pipes)
    except httpx2.TransportError as error:
        return type(error).__name__
    if plane.clock.monotonic() > before:
        return "slow"
    if not response.headers["content-type"].startswith("application/json"):
        return "html"
    try:
        response.json()
    except ValueError:
        return "broken"
    return response.status_code


# The fault and what it comes to; sources and services fail elsewhere and have tests of their own.
MET = {
    "latency": (Fault("latency", seconds=5), "slow"),
    "status": (Fault("status", status=502), 502),
    "reset": (Fault("reset"), "ReadError"),
    "truncate": (Fault("truncate"), "broken"),
    "not_json": (Fault("not_json"), "html"),
    "content_type": (Fault("content_type"), "html"),
    "trickle": (Fault("trickle", seconds=5), "slow"),
    "unknown_ca": (Fault("unknown_ca"), "ConnectError"),
    "source": (Fault("source"), 200),
    "idle_service": (Fault("idle_service"), 200),
}


@pytest.mark.parametrize("kind", KINDS)
async def test_a_fault_is_met_when_given_at_the_start(plane_with, kind):
    fault, met = MET[kind]
    assert await failing(await plane_with(faults=(fault,))) == met


@pytest.mark.parametrize("kind", KINDS)
async def test_a_fault_is_met_when_set_later_and_gone_when_cleared(plane_with, kind):
    fault, met = MET[kind]
    plane = await plane_with(control=True)
    put = await plane.client.put("/_simulator/faults", json={"faults": [fault_document(fault)]})
    assert put.status_code == 200
    during = await failing(plane)
    await plane.client.delete("/_simulator/faults")
    assert (during, await failing(plane)) == (met, 200)


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_is_the_same_after_its_json_form(kind):
    fault, _ = MET[kind]
    assert parse_fault(fault_document(fault)) == fault


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("status", [500, 502, 503])
async def test_a_server_error_comes_before_or_after_the_effect(plane_with, body, status, when):
    fault = Fault("status", method="POST", status=status, when=when, times=1)
    plane = await plane_with(faults=(fault,))
    response = await plane.client.post(plane.pipes, json=body("kafka"))
    pipes = (await plane.client.get(plane.pipes)).json()["result"]
    assert (response.status_code, len(pipes)) == (status, int(when == "after"))


@pytest.mark.parametrize(
    ("form", "names"),
    [
        ("both", {"x-ratelimit-reset", "retry-after"}),
        ("reset", {"x-ratelimit-reset"}),
        ("retry-after", {"retry-after"}),
        ("retry-after-date", {"retry-after"}),
        ("none", set()),
    ],
)
async def test_a_429_says_how_long_to_wait_in_the_form_asked_for(plane_with, form, names):
    plane = await plane_with(faults=(Fault("status", status=429, seconds=2.5, headers=form),))
    response = await plane.client.get(plane.pipes)
    told = {"x-ratelimit-reset", "retry-after"} & set(response.headers)
    assert (response.status_code, told) == (429, names)


async def test_a_429_may_name_the_moment_instead_of_the_seconds(plane_with):
    fault = Fault("status", status=429, seconds=7, headers="retry-after-date")
    plane = await plane_with(faults=(fault,))
    told = (await plane.client.get(plane.pipes)).headers["retry-after"]
    assert (parsedate_to_datetime(told) - plane.clock.now()).total_seconds() == 7


async def test_jitter_is_within_its_bounds_and_differs(plane_with):
    plane = await plane_with(faults=(Fault("latency", seconds=2, jitter=3),))
    waits = []
    for _ in range(20):
        before = plane.clock.monotonic()
        await plane.client.get(plane.pipes)
        waits.append(plane.clock.monotonic() - before)
    assert 2 <= min(waits) < max(waits) <= 5


def test_jitter_is_the_same_for_the_same_seed():
    fault = Fault("latency", jitter=1)
    assert FaultBoard((fault,), 4).delay_s(fault) == FaultBoard((fault,), 4).delay_s(fault)


async def test_an_idle_service_is_put_to_sleep_when_the_fault_is_set(plane_with, body):
    plane = await plane_with(control=True)
    await plane.client.put("/_simulator/faults", json={"faults": [{"kind": "idle_service"}]})
    response = await plane.client.post(plane.pipes, json=body("kafka"))
    assert (response.status_code, "idle" in response.json()["error"]) == (424, True)


async def test_an_idle_service_by_constructor_wakes_as_any_other(plane_with):
    plane = await plane_with(faults=(Fault("idle_service"),))
    await plane.client.patch(f"{plane.service}/state", json={"command": "awake"})
    plane.clock.advance(60)
    assert (await plane.client.get(plane.service)).json()["result"]["state"] == "running"


@pytest.mark.parametrize(
    "given",
    [
        {"kind": "status", "headers": "sometimes"},
        {"kind": "latency", "jitter": "much"},
        {"kind": "latency", "seconds": True},
        {"kind": "nothing"},
        {},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(given):
    with pytest.raises(ValueError, match=r"fault|headers"):
        parse_fault(given)
