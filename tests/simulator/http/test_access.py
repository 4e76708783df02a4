import pytest

pytestmark = pytest.mark.anyio
FORBIDDEN = "FORBIDDEN: missing permission control-plane:service:manage-clickpipes"


async def answer(plane, path, key):
    response = await plane.client.get(path, auth=(key, "s"))
    return response.status_code, response.json().get("error")


async def test_every_clickpipes_operation_wants_its_permission_reads_too(plane):
    seen = [
        await answer(plane, f"{plane.service}{path}", "viewer-1")
        for path in ("", "/clickpipes", "/clickpipesReversePrivateEndpoints")
    ]
    assert seen == [(200, None), (403, FORBIDDEN), (403, FORBIDDEN)]


async def test_a_viewer_changes_nothing(plane):
    response = await plane.client.patch(
        f"{plane.service}/state", json={"command": "stop"}, auth=("viewer-1", "s")
    )
    assert (response.status_code, response.json()["error"]) == (403, FORBIDDEN)


async def test_a_key_that_is_not_there_is_not_found(plane_with):
    plane = await plane_with(key=("example", "right"))
    assert await answer(plane, plane.pipes, "another") == (401, "UNAUTHORIZED: Key is not found")


async def test_a_key_that_ran_out_is_not_active(plane):
    assert await answer(plane, plane.pipes, "expired-1") == (401, "UNAUTHORIZED: Key is not active")


async def test_a_wrong_key_learns_nothing_of_the_world(plane_with, body):
    plane = await plane_with(key=("example", "right"))
    response = await plane.client.post(plane.pipes, json=body("kafka"), auth=("example", "wrong"))
    assert response.status_code == 401
    assert plane.app.state.world.revision == 0
