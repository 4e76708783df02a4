import pytest

pytestmark = pytest.mark.anyio


async def test_controls_are_off_unless_enabled(plane):
    assert (await plane.client.get("/_simulator/faults")).status_code == 404


async def test_faults_are_set_and_cleared(plane_with):
    plane = await plane_with(control=True)
    fault = {"kind": "status", "status": 502, "path": "/clickpipes"}
    put = await plane.client.put("/_simulator/faults", json={"faults": [fault]})
    during = (await plane.client.get(plane.pipes)).status_code
    await plane.client.delete("/_simulator/faults")
    after = (await plane.client.get(plane.pipes)).status_code
    assert put.json()["faults"][0]["status"] == 502
    assert (during, after) == (502, 200)


@pytest.mark.parametrize(
    "faults",
    [None, [None], [{"kind": "gremlin"}], [{"kind": "status", "status": "x"}],
     [{"kind": "status", "whom": 1}], [{"kind": "reset", "when": "later"}]],
)  # fmt: skip
async def test_a_fault_nobody_knows_is_refused(plane_with, faults):
    plane = await plane_with(control=True)
    response = await plane.client.put("/_simulator/faults", json={"faults": faults})
    assert response.status_code == 400


async def test_time_is_moved_forward(plane_with, body):
    plane = await plane_with(control=True)
    pipe = await plane.create(body("kafka"))
    before = (await plane.client.get("/_simulator/clock")).json()["now"]
    after = (await plane.client.post("/_simulator/clock", json={"advance_s": 60})).json()["now"]
    assert before < after
    assert await plane.state(pipe) == "Running"
