"""Trying the login of SSH keys."""

import pytest

from tests.serving import facts
from tests.tools.network.keys import KEYS, ON, key, writes

pytestmark = pytest.mark.anyio


async def test_a_login_that_works_makes_the_key_active(serve, era) -> None:
    served = await serve(era=era, **ON)
    made = await key(served)

    tried = facts(await served.call("validate_ssh_key", ssh_key=made["name"]))

    assert writes(served) == [("POST", f"{KEYS}/{made['id']}/validate", {})]
    assert tried["ssh_key"]["status"] == "active"
    assert f'source.ssh_key_resource_id "{made["id"]}"' in tried["summary"]
    assert "authorized_keys" not in tried


@pytest.mark.parametrize(
    ("host", "means"),
    [
        ("without-key.example.com", "does not accept the key"),
        ("no-forwarding.example.com", "forbids forwarding"),
        ("no-such-host.example.com", "cannot be resolved"),
        ("unreachable.example.com", "cannot be reached"),
        ("connection-timeout.example.com", "cannot be reached"),
    ],
)
async def test_a_login_that_fails_says_what_that_means_and_what_mends_it(serve, host, means):
    served = await serve(**ON)
    made = await key(served, host=host)

    tried = facts(await served.call("validate_ssh_key", ssh_key=made["id"]))

    assert tried["ssh_key"]["status"] == "failed"
    assert any(means in warning for warning in tried["warnings"])
    assert tried["next_actions"][0]["tool"] == "validate_ssh_key"
    assert tried["authorized_keys"].startswith("restrict,port-forwarding ssh-")


async def test_a_dry_run_tries_nothing(serve) -> None:
    served = await serve(**ON)
    made = await key(served)

    shown = facts(await served.call("validate_ssh_key", ssh_key=made["id"], dry_run=True))

    assert shown["request"]["path"] == f"{KEYS}/{made['id']}/validate"
    assert served.plane.writes == []
