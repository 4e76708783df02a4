import base64

import httpx2
import pytest

from clickpipes_mcp.simulator import Fault

pytestmark = pytest.mark.anyio


def basic(text):
    return f"Basic {base64.b64encode(text.encode()).decode()}"


@pytest.mark.parametrize(
    "header",
    ["", "Basic", "Basic not-base64!", basic("only-a-key"), basic("key:"), basic(":secret"),
     "Digest x", "Bearer"],
)  # fmt: skip
async def test_a_request_without_a_whole_key_is_401(plane, header):
    response = await plane.client.get(plane.pipes, headers={"Authorization": header}, auth=None)
    assert (response.status_code, response.json()["error"]) == (401, "UNAUTHORIZED")


@pytest.mark.parametrize(("secret", "status"), [("right", 200), ("wrong", 401)])
async def test_a_chosen_key_is_the_only_one(plane_with, secret, status):
    plane = await plane_with(key=("example", "right"))
    response = await plane.client.get(plane.pipes, auth=("example", secret))
    assert response.status_code == status


async def test_a_reader_may_read_and_not_write(plane, body):
    auth = ("reader-1", "s")
    read = await plane.client.get(plane.pipes, auth=auth)
    write = await plane.client.post(plane.pipes, json=body("kafka"), auth=auth)
    assert (read.status_code, write.status_code) == (200, 403)
    assert "control-plane:service:manage-clickpipes" in write.json()["error"]


async def test_a_bearer_token_may_read_and_not_write(plane, body):
    headers = {"Authorization": "Bearer example"}
    read = await plane.client.get(plane.pipes, headers=headers, auth=None)
    write = await plane.client.post(plane.pipes, json=body("kafka"), headers=headers, auth=None)
    assert (read.status_code, write.status_code) == (200, 403)


async def test_keys_are_limited_apart_from_each_other(plane_with):
    plane = await plane_with(rate_limit=True)
    for _ in range(11):
        await plane.client.get(plane.pipes)
    other = await plane.client.get(plane.pipes, auth=("another", "s"))
    assert other.status_code == 200


async def test_the_throttled_scenario_limits(plane_with):
    plane = await plane_with(scenario="throttled")
    statuses = [(await plane.client.get(plane.pipes)).status_code for _ in range(11)]
    assert statuses[-1] == 429


async def test_a_fault_before_the_effect_leaves_nothing(plane_with, body):
    plane = await plane_with(faults=(Fault("status", method="POST", times=1),))
    response = await plane.client.post(plane.pipes, json=body("kafka"))
    assert response.status_code == 503
    assert (await plane.client.get(plane.pipes)).json()["result"] == []


async def test_a_fault_happens_as_often_as_it_says(plane_with):
    plane = await plane_with(faults=(Fault("status", times=2, status=500),))
    statuses = [(await plane.client.get(plane.pipes)).status_code for _ in range(3)]
    assert statuses == [500, 500, 200]


async def test_a_429_by_fault_carries_both_headers(plane_with):
    plane = await plane_with(faults=(Fault("status", status=429, seconds=2.5),))
    headers = (await plane.client.get(plane.pipes)).headers
    assert (headers["x-ratelimit-reset"], headers["retry-after"]) == ("2.500", "3")


async def test_latency_passes_on_the_clock(plane_with):
    plane = await plane_with(faults=(Fault("latency", seconds=30),))
    before = plane.clock.monotonic()
    await plane.client.get(plane.pipes)
    assert plane.clock.monotonic() - before == 30


@pytest.mark.parametrize(("when", "left"), [("before", 0), ("after", 1)])
async def test_a_reset_comes_before_or_after_the_effect(plane_with, body, when, left):
    plane = await plane_with(faults=(Fault("reset", method="POST", when=when),))
    with pytest.raises(httpx2.ReadError):
        await plane.client.post(plane.pipes, json=body("kafka"))
    assert len((await plane.client.get(plane.pipes)).json()["result"]) == left


async def test_a_truncated_body_is_half_a_body(plane_with):
    plane = await plane_with(faults=(Fault("truncate"),))
    response = await plane.client.get(plane.pipes)
    assert response.status_code == 200
    with pytest.raises(ValueError, match="line 1"):
        response.json()


async def test_a_page_instead_of_json(plane_with):
    plane = await plane_with(faults=(Fault("not_json", status=502),))
    response = await plane.client.get(plane.pipes)
    assert (response.status_code, response.text[:6]) == (502, "<html>")
    assert response.headers["content-type"].startswith("text/html")


async def test_a_wrong_content_type_around_right_json(plane_with):
    plane = await plane_with(faults=(Fault("content_type"),))
    response = await plane.client.get(plane.pipes)
    assert response.headers["content-type"].startswith("text/html")
    assert response.json()["status"] == 200


async def test_a_trickle_is_whole_and_slow(plane_with):
    plane = await plane_with(faults=(Fault("trickle", seconds=40),))
    response = await plane.client.get(plane.pipes)
    assert response.json()["status"] == 200
    assert plane.clock.monotonic() == pytest.approx(40)


async def test_an_unknown_path_is_404_in_the_envelope(plane):
    response = await plane.client.get("/v1/nothing")
    assert (response.status_code, response.json()["error"]) == (
        404,
        "NOT_FOUND: Cannot GET /v1/nothing",
    )


@pytest.mark.parametrize(
    "content",
    [b"{", b"[]", b"\xff", b"null", b'{"name":"\\ud800"}', b'{"name":NaN}', b"[" * 100_000],
)
async def test_a_body_that_is_no_object_is_400(plane, content):
    response = await plane.client.post(plane.pipes, content=content)
    assert response.status_code == 400
