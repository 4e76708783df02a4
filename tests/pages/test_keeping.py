"""A person ticks that the keyring keeps what they give; nothing else is kept anywhere."""

import pytest

from clickpipes_mcp.secret_keyring import SERVICE
from tests.consent.test_secret_questions import AT_ONCE, CANARY, CREATE, kafka
from tests.pages.visitor import Visitor
from tests.serving import error, facts

pytestmark = pytest.mark.anyio

KEY = (SERVICE, "password")
OTHER = {"name": "another", "brokers": "other.example.com:9092"}


def named(name: str, reference: str = "${ask:password}", **source: object) -> dict[str, object]:
    return {**kafka(reference, **source), "name": name}


async def test_what_is_ticked_is_found_again_and_said_to_be(serve, visit, ring, era) -> None:
    served = await serve(era=era, **AT_ONCE)
    page = visit(await served.call(CREATE, **kafka()))
    await page.look()
    assert "Keep it in the keyring of this machine as password" in page.seen

    await page.give({"password": CANARY}, kept=["password"])
    first = facts(await served.call(CREATE, **kafka()))

    told = "The keyring keeps password: ${keyring:password} finds it"
    assert told in page.seen
    assert any(told in one for one in first["warnings"])
    assert ring.held[KEY] == CANARY

    later = await serve(era=era, **AT_ONCE)
    plan = facts(await later.call(CREATE, **named("by asking"), dry_run=True))
    assert not any("private page" in one for one in plan.get("warnings", []))
    again = facts(await later.call(CREATE, **named("by asking")))
    assert any("comes from the keyring" in one for one in again["warnings"])
    assert facts(await later.call(CREATE, **named("by name", "${keyring:password}")))
    sent = [one.body["source"]["kafka"]["credentials"]["password"] for one in later.plane.writes]
    assert sent == [CANARY, CANARY]


async def test_a_login_that_replaces_one_is_asked_for_anew(serve, visit, ring, era) -> None:
    served = await serve(era=era, **AT_ONCE)
    await visit(await served.call(CREATE, **kafka())).give({"password": CANARY}, kept=["password"])
    made = facts(await served.call(CREATE, **kafka()))["clickpipe"]["id"]
    credentials = {"username": "reader", "password": "${ask:password}"}
    rotated = {"clickpipe": made, "source": {"credentials": credentials}}

    for number in (1, 2):
        page = visit(await served.call("update_clickpipe", **rotated))
        await page.give({"password": f"{CANARY}-{number}"}, kept=["password"])
        assert facts(await served.call("update_clickpipe", **rotated))
        assert ring.held[KEY] == f"{CANARY}-{number}"

    logins = [one.body["source"]["kafka"]["credentials"] for one in served.plane.writes]
    assert [one["password"] for one in logins] == [CANARY, f"{CANARY}-1", f"{CANARY}-2"]


async def test_what_was_kept_for_one_host_goes_to_no_other(serve, visit, ring) -> None:
    served = await serve(**AT_ONCE)
    await visit(await served.call(CREATE, **kafka())).give({"password": CANARY}, kept=["password"])

    later = await serve(**AT_ONCE)
    elsewhere = {"brokers": "evil.example:9092"}
    asked = error(await later.call(CREATE, **named("by asking", **elsewhere)))
    by_name = error(
        await later.call(CREATE, **named("by name", "${keyring:password}", **elsewhere))
    )

    assert asked["code"] == "secret_awaited"
    assert by_name["code"] == "consent_required"
    assert "is to go to evil.example" in by_name["problem"]
    assert later.plane.writes == []
    assert ring.held[KEY] == CANARY


@pytest.mark.parametrize("trouble", ["held", "locked", "full"])
async def test_what_cannot_be_kept_is_said_and_used_all_the_same(
    serve, visit, ring, trouble
) -> None:
    served = await serve(**AT_ONCE)
    page = visit(await served.call(CREATE, **kafka()))
    if trouble == "held":
        ring.held[KEY] = "theirs"
    ring.is_locked, ring.takes_more = trouble == "locked", trouble != "full"

    await page.give({"password": CANARY}, kept=["password"])
    made = facts(await served.call(CREATE, **kafka()))

    assert "The keyring does not keep password: it" in page.seen
    assert any("does not keep password" in one for one in made["warnings"])
    assert CANARY not in ring.held.values()


async def test_what_is_not_ticked_is_not_kept(serve, visit, ring) -> None:
    served = await serve(**AT_ONCE)
    page = visit(await served.call(CREATE, **kafka()))

    await page.give({"password": CANARY})
    made = facts(await served.call(CREATE, **kafka()))

    assert "keyring" not in page.seen
    assert "warnings" not in made
    assert ring.held == {}
    assert error(await (await serve(**AT_ONCE)).call(CREATE, **kafka()))["code"] == "secret_awaited"


async def test_where_no_keyring_is_there_none_is_offered_and_none_is_used(serve, visit) -> None:
    served = await serve(**AT_ONCE)
    page: Visitor = visit(await served.call(CREATE, **kafka()))

    await page.look()
    await page.give({"password": CANARY}, kept=["password"])
    made = facts(await served.call(CREATE, **kafka()))

    assert "keyring" not in page.pages[0].text
    assert "warnings" not in made
