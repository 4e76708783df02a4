"""What is known of SSH key resources. One test an observation."""

import base64

import pytest

from clickpipes_mcp.simulator import BASTION_KEY_ID, Fault
from clickpipes_mcp.simulator.arms import ARMS
from clickpipes_mcp.simulator.contract import SSH_KEY_RESOURCE_ID

pytestmark = pytest.mark.anyio
BASTION = {"name": "plant", "host": "bastion.plant.example", "port": 2222, "username": "clickpipes"}
TUNNELLED = tuple(
    arm.key for arm in ARMS if SSH_KEY_RESOURCE_ID in arm.schemas.create.document["properties"]
)


def keys_of(plane):
    return f"{plane.service}/clickpipesSshKeyResources"


async def asked(plane, **change):
    return await plane.client.post(keys_of(plane), json={**BASTION, **change})


async def made(plane, **change):
    response = await asked(plane, **change)
    assert response.status_code == 200, response.text
    return response.json()["result"]


async def checked(plane, key):
    response = await plane.client.post(f"{keys_of(plane)}/{key['id']}/validate", json={})
    assert response.status_code == 200, response.text
    return response.json()["result"]


def through(body, name, key_id):
    return body(name, set={f"source.{name}.{SSH_KEY_RESOURCE_ID}": key_id})


async def test_q55_a_key_is_pending_until_its_check(plane):
    key = await made(plane)
    assert (key["status"], key["statusMessage"], key.get("lastValidatedAt")) == (
        "pending",
        "",
        None,
    )
    plane.clock.advance(60)
    active = await checked(plane, key)
    assert (active["status"], active["statusMessage"]) == ("active", "")
    assert active["lastValidatedAt"] == active["updatedAt"] > active["createdAt"]
    assert (await plane.client.get(f"{keys_of(plane)}/{key['id']}")).json()["result"] == active


@pytest.mark.parametrize(
    ("host", "text"),
    [
        ("bastion-without-key.plant.example", "ssh: unable to authenticate"),
        ("no-such-host.plant.example", "lookup no-such-host.plant.example: no such host"),
        ("connection-timeout.plant.example", "connection-timeout.plant.example:2222: i/o timeout"),
        ("no-forwarding.plant.example", "administratively prohibited"),
    ],
)
async def test_q55_a_bastion_that_refuses_makes_a_key_fail_and_says_why(plane, host, text):
    failed = await checked(plane, await made(plane, host=host))
    assert failed["status"] == "failed"
    assert text in failed["statusMessage"]


async def test_q55_a_check_can_fail_and_a_later_one_succeed(plane):
    key = await made(plane)
    plane.app.state.faults.replace((Fault("source", path=BASTION["host"], text="nobody is home"),))
    failed = await checked(plane, key)
    plane.app.state.faults.replace(())
    active = await checked(plane, key)
    assert (failed["status"], failed["statusMessage"]) == ("failed", "nobody is home")
    assert (active["status"], active["statusMessage"]) == ("active", "")


async def test_q55_a_key_is_an_ed25519_key_for_authorized_keys(plane):
    kind, encoded = (await made(plane))["publicKey"].split()
    wire = base64.b64decode(encoded)
    assert (kind, wire[:15], len(wire)) == ("ssh-ed25519", b"\0\0\0\x0bssh-ed25519", 51)


async def test_q56_a_name_is_taken_once(plane):
    await made(plane)
    again = await asked(plane, host="other.plant.example")
    assert (again.status_code, "already exists" in again.json()["error"]) == (400, True)
    assert len((await plane.client.get(keys_of(plane))).json()["result"]) == 2


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"port": 0}, "request body.port: '0'"),
        ({"description": "d" * 256}, "request body.description: '"),
        ({"username": ""}, "request body.username: ''"),
        ({"privateKey": "x"}, "request body.privateKey: unknown property"),
    ],
)
async def test_q56_what_a_key_cannot_be_is_refused(plane, change, text):
    response = await asked(plane, **change)
    assert response.status_code == 400
    assert text in response.json()["error"]


async def test_q56_nothing_of_a_key_can_be_changed(plane):
    key = await made(plane)
    response = await plane.client.patch(f"{keys_of(plane)}/{key['id']}", json={"port": 22})
    assert response.status_code == 405


@pytest.mark.parametrize("name", TUNNELLED)
async def test_q57_an_active_key_is_taken_at_creation_and_read_back(plane, body, name):
    pipe = await plane.get(await plane.create(through(body, name, BASTION_KEY_ID)))
    assert pipe["source"][name][SSH_KEY_RESOURCE_ID] == BASTION_KEY_ID


def test_q57_four_sources_go_through_tunnels():
    assert set(TUNNELLED) == {"kafka", "postgres", "mysql", "mongodb"}


@pytest.mark.parametrize("name", TUNNELLED)
async def test_q57_a_key_in_a_patch_is_a_400(plane, body, name):
    pipe = await plane.paused(through(body, name, BASTION_KEY_ID))
    response = await plane.patch(pipe, {"source": {name: {SSH_KEY_RESOURCE_ID: BASTION_KEY_ID}}})
    assert response.status_code == 400
    assert f"source.{name}.{SSH_KEY_RESOURCE_ID}" in response.json()["error"]


@pytest.mark.parametrize("status", ["pending", "failed"])
async def test_q57_a_key_that_is_not_active_is_refused(plane, body, status):
    key = await made(plane, host="bastion-without-key.plant.example")
    if status == "failed":
        await checked(plane, key)
    response = await plane.client.post(plane.pipes, json=through(body, "postgres", key["id"]))
    assert response.status_code == 400
    assert f'"plant" must be active. Current status: {status}' in response.json()["error"]


async def test_q57_a_key_that_does_not_exist_is_refused(plane, body):
    sent = through(body, "mysql", "00000000-0000-4000-8000-000000000000")
    response = await plane.client.post(plane.pipes, json=sent)
    assert (response.status_code, "not found" in response.json()["error"]) == (400, True)


async def test_q57_a_bastion_that_refuses_later_fails_the_creation(plane, body):
    plane.app.state.faults.replace((Fault("source", path="bastion"),))
    sent = through(body, "kafka", BASTION_KEY_ID)
    response = await plane.client.post(plane.pipes, json=sent)
    assert "SSH tunnel through bastion.simulated.example:22" in response.json()["error"]


async def test_q58_a_deleted_key_is_gone_at_once(plane):
    key = await made(plane)
    response = await plane.client.delete(f"{keys_of(plane)}/{key['id']}")
    assert set(response.json()) == {"status", "requestId"}
    assert (await plane.client.get(f"{keys_of(plane)}/{key['id']}")).status_code == 404


async def test_q58_a_key_in_use_stays_until_its_pipes_are_deleted(plane, body):
    pipe = await plane.settled(through(body, "postgres", BASTION_KEY_ID))
    path = f"{keys_of(plane)}/{BASTION_KEY_ID}"
    refused = await plane.client.delete(path)
    await plane.client.delete(f"{plane.pipes}/{pipe}")
    assert (refused.status_code, "postgres pipe" in refused.json()["error"]) == (400, True)
    assert (await plane.client.delete(path)).status_code == 200


async def test_keys_survive_a_restart(plane_with, tmp_path):
    file = tmp_path / "state.json"
    plane = await plane_with(state_file=file)
    key = await made(plane)
    await checked(plane, key)
    later = await plane_with(state_file=file)
    kept = {
        one["id"]: one["status"]
        for one in (await later.client.get(keys_of(later))).json()["result"]
    }
    assert kept == {BASTION_KEY_ID: "active", key["id"]: "active"}
