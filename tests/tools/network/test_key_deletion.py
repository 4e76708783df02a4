"""Deleting SSH keys."""

import pytest

from tests.serving import POSTGRES, error, facts
from tests.tools.network.endpoints import TypesTheName, with_source
from tests.tools.network.keys import BASTION, KEYS, ON, key, writes

pytestmark = pytest.mark.anyio


async def test_a_key_is_deleted_once_its_name_is_typed(serve, era) -> None:
    person = TypesTheName()
    served = await serve(era=era, person=person, **ON)
    made = await key(served)

    deleted = facts(await served.call("delete_ssh_key", ssh_key=made["id"]))

    assert writes(served) == [("DELETE", f"{KEYS}/{made['id']}", None)]
    assert "authorized_keys" in deleted["summary"]
    assert person.message.endswith(f"type the name: {made['name']}")


async def test_a_wrong_name_deletes_nothing(serve, era) -> None:
    served = await serve(era=era, person=TypesTheName("another"), **ON)
    made = await key(served)

    error(await served.call("delete_ssh_key", ssh_key=made["id"]))

    assert served.plane.writes == []


async def test_the_question_names_the_pipes_whose_tunnels_end(serve, era) -> None:
    person = TypesTheName()
    served = await serve(era=era, person=person, **ON)
    made = await key(served, active=True)
    await served.pipe(with_source(POSTGRES, "through it", sshKeyResourceId=made["id"]))

    await served.call("delete_ssh_key", ssh_key=made["id"])

    assert "“through it” (" in person.message


async def test_a_key_that_changed_after_the_question_is_not_deleted(serve) -> None:
    changes: list[str] = []

    class ChangesItMeanwhile(TypesTheName):
        async def __call__(self, asked):
            await served.plane.by_somebody_else("POST", f"{changes[0]}/validate", {})
            return await super().__call__(asked)

    served = await serve(era="legacy", person=ChangesItMeanwhile(), **ON)
    made = await key(served)
    changes.append(f"{KEYS}/{made['id']}")

    refused = error(await served.call("delete_ssh_key", ssh_key=made["id"]))

    assert refused["code"] == "consent_stale"
    assert served.plane.writes == []


async def test_a_name_that_two_keys_have_is_typed_with_the_first_block_of_the_id(serve) -> None:
    served = await serve(person=TypesTheName(BASTION["name"]), **ON)
    made = await key(served)
    await key(served, name=f"{BASTION['name']}\u200b")

    error(await served.call("delete_ssh_key", ssh_key=made["id"]))

    assert served.plane.writes == []
    person = TypesTheName()
    served = await serve(person=person, **ON)
    made = await key(served)
    await key(served, name=f"{BASTION['name']}\u200b")
    facts(await served.call("delete_ssh_key", ssh_key=made["id"]))
    assert person.message.endswith(f"{BASTION['name']} {made['id'].partition('-')[0]}")
