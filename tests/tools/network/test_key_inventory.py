"""Looking at SSH keys."""

import pytest

from tests.serving import POSTGRES, error, facts
from tests.tools.network.endpoints import with_source
from tests.tools.network.keys import ON, key

pytestmark = pytest.mark.anyio


async def test_keys_are_listed_with_a_count_by_status(serve, era) -> None:
    served = await serve(era=era, **ON)
    made = await key(served, active=True)
    await key(served, name="second")

    listed = facts(await served.call("list_ssh_keys"))

    assert listed["summary"] == "3 SSH keys: 2 active, 1 pending."
    assert listed["ssh_keys"][1] == {
        "name": "orders bastion",
        "bastion": "clickpipes@bastion.example.com:22",
        "status": "active",
        "id": made["id"],
    }


async def test_a_key_is_shown_with_its_line_and_the_pipes_that_use_it(serve) -> None:
    served = await serve(**ON)
    made = await key(served, active=True)
    await served.pipe(with_source(POSTGRES, "through it", sshKeyResourceId=made["id"]))
    await served.pipe(POSTGRES | {"name": "elsewhere"})

    shown = facts(await served.call("get_ssh_key", ssh_key="orders bastion"))

    assert shown["status"] == "active"
    assert made["publicKey"].split()[1] in shown["authorized_keys"]
    assert made["id"] in shown["how_to_use"]
    assert [user.partition(" (")[0] for user in shown["used_by"]] == ["through it"]


async def test_a_key_nobody_knows_is_answered_with_those_there_are(serve) -> None:
    served = await serve(**ON)
    made = await key(served)

    refused = error(await served.call("get_ssh_key", ssh_key="none such"))

    assert made["id"] in refused["problem"]
    assert refused["next_actions"][0]["tool"] == "list_ssh_keys"
