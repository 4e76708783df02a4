import json
from pathlib import Path

import pytest

from tests.published.facts import kept

CASES = json.loads((Path(__file__).parent.parent / "cases.json").read_text(encoding="utf-8"))
RECORDED_CREATES = [
    case
    for case in kept("cases.json")["cases"]
    if case["method"] == "POST"
    and case["path"].endswith("/clickpipes")
    and case["expect"] != "client_dependent"
    and "stopped" not in case.get("precondition", "")
]
pytestmark = pytest.mark.anyio


def _id(case):
    return case["id"]


@pytest.mark.parametrize("name", CASES["sources"])
async def test_every_source_is_created_and_comes_to_its_first_rest(plane, body, name):
    pipe = await plane.settled(body(name))
    assert await plane.state(pipe) in ("Running", "Completed")


@pytest.mark.parametrize("case", CASES["accepted"], ids=_id)
async def test_what_the_service_accepts_is_accepted(plane, body, case):
    change = {key: case[key] for key in ("set", "drop") if key in case}
    response = await plane.client.post(plane.pipes, json=body(case["of"], **change))
    assert (response.status_code, response.json().get("error")) == (200, None)


@pytest.mark.parametrize("case", CASES["refused"], ids=_id)
async def test_what_the_service_refuses_is_refused_in_its_words(plane, body, case):
    change = {key: case[key] for key in ("set", "drop") if key in case}
    response = await plane.client.post(plane.pipes, json=body(case["of"], **change))
    assert response.status_code == 400
    assert case["error"] in response.json()["error"]


@pytest.mark.parametrize("case", RECORDED_CREATES, ids=_id)
async def test_a_recorded_create_is_answered_as_it_was(plane, case):
    response = await plane.client.post(plane.pipes, json=case["body"])
    assert response.status_code == case["status"], response.text
    assert case.get("error_contains", "") in response.json().get("error", "")


async def test_a_refused_create_leaves_nothing_behind(plane, body):
    await plane.client.post(plane.pipes, json=body("kafka", set={"name": ""}))
    assert (await plane.client.get(plane.pipes)).json()["result"] == []


async def test_a_refused_secret_is_not_repeated(plane, body):
    wrong = body("kafka", set={"source.kafka.credentials": "canary-4711"})
    response = await plane.client.post(plane.pipes, json=wrong)
    assert response.status_code == 400
    assert "canary-4711" not in response.text


async def test_a_refused_uri_is_not_repeated(plane, body):
    wrong = body("mongodb", set={"source.mongodb.uri": "mongo://u:canary-4711@mo.plant.example"})
    response = await plane.client.post(plane.pipes, json=wrong)
    assert response.status_code == 400
    assert "canary-4711" not in response.text
