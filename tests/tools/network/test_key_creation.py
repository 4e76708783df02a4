"""Creating SSH keys."""

import re

import pytest

from tests.serving import error, facts
from tests.tools.network.keys import BASTION, KEYS, ON, key, writes

pytestmark = pytest.mark.anyio

LINE = re.compile(r"restrict,port-forwarding ssh-ed25519 [A-Za-z0-9+/=]+ clickpipes")


async def test_a_key_is_created_and_its_line_for_the_bastion_answered(serve, era) -> None:
    served = await serve(era=era, **ON)

    made = facts(await served.call("create_ssh_key", **BASTION))

    assert writes(served) == [("POST", KEYS, BASTION)]
    assert LINE.fullmatch(made["authorized_keys"])
    assert made["ssh_key"]["status"] == "pending"
    assert made["ssh_key"]["bastion"] == "clickpipes@bastion.example.com:22"
    assert made["on_the_bastion"][0] == "as clickpipes on the bastion:"
    assert made["next_actions"][0]["tool"] == "validate_ssh_key"
    assert made["next_actions"][0]["arguments"]["ssh_key"] == made["ssh_key"]["id"]


async def test_the_port_is_sent_where_it_is_left_out(serve) -> None:
    served = await serve(**ON)

    await served.call("create_ssh_key", **{k: v for k, v in BASTION.items() if k != "port"})

    assert writes(served) == [("POST", KEYS, BASTION)]


async def test_a_key_that_is_there_is_adopted(serve) -> None:
    served = await serve(**ON)
    first = facts(await served.call("create_ssh_key", **BASTION))

    again = facts(await served.call("create_ssh_key", **BASTION))

    assert again["ssh_key"]["id"] == first["ssh_key"]["id"]
    assert again["authorized_keys"] == first["authorized_keys"]
    assert len(served.plane.writes) == 1


async def test_a_key_of_that_name_for_another_login_is_a_conflict(serve) -> None:
    served = await serve(**ON)
    made = await key(served)

    refused = error(await served.call("create_ssh_key", **BASTION | {"username": "root"}))

    assert refused["code"] == "conflict"
    assert made["id"] in refused["problem"]
    assert "username" in refused["problem"]
    assert served.plane.writes == []


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"host": "ssh://bastion.example.com"}, "host"),
        ({"host": "bastion.example.com:22"}, "host"),
        ({"username": "me@bastion"}, "username"),
        ({"port": 0}, "port"),
        ({"port": 65_536}, "port"),
        ({"name": ""}, "name"),
        ({"private_key": "x"}, "private_key"),
    ],
)
async def test_what_cannot_be_a_login_is_refused_before_the_network(serve, wrong, path) -> None:
    served = await serve(**ON)

    refused = error(await served.call("create_ssh_key", **BASTION | wrong))

    assert [problem["field"] for problem in refused["problems"]] == [path]
    assert served.plane.arrived == []


async def test_a_dry_run_shows_the_request_and_sends_nothing(serve) -> None:
    served = await serve(**ON)

    shown = facts(await served.call("create_ssh_key", **BASTION, dry_run=True))

    assert (shown["request"]["method"], shown["request"]["path"]) == ("POST", KEYS)
    assert shown["request"]["body"] == BASTION
    assert served.plane.writes == []
