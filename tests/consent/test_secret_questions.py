"""A person is asked for the secrets of a call, on a page only: both eras."""

import json
import logging
from pathlib import Path

import anyio
import pytest
from mcp_types import ElicitRequestURLParams, ElicitResult

from clickpipes_mcp.simulator import Fault
from tests.http.served import application, bearer
from tests.pages.visitor import Visitor, link_in
from tests.serving import (
    KAFKA,
    POSTGRES,
    SERVICE,
    SHARED_KEY,
    Served,
    answering,
    error,
    facts,
    said,
)

pytestmark = pytest.mark.anyio

CANARY = "QuietCanary-7f3a"
CREATE = "create_kafka_clickpipe"
AT_ONCE = {"patience_s": 0.0}


def kafka(reference: str | None = "${ask:password}", **source: object) -> dict[str, object]:
    """A Kafka pipe with this password."""
    credentials = {"username": "reader"} | ({"password": reference} if reference else {})
    inner = {**KAFKA["source"]["kafka"], "credentials": credentials, **source}
    return {**KAFKA, "source": {"kafka": inner}}


async def test_open_this_then_i_go_on_is_two_calls(serve, visit, era) -> None:
    served = await serve(era=era)
    first = await served.call(CREATE, **kafka())
    page = visit(first)

    await page.give({"password": CANARY})
    second = await served.call(CREATE, **kafka())

    assert error(first)["code"] == "secret_awaited"
    assert f"\n{link_in(first)}\n" in error(first)["fix"], "on a line of its own"
    assert facts(second)["clickpipe"]["state"] == "Provisioning"
    sent = served.plane.writes[0].body["source"]["kafka"]["credentials"]
    assert sent == {"username": "reader", "password": CANARY}


@pytest.mark.parametrize("given", [CANARY, CANARY.encode()], ids=["pasted", "uploaded"])
async def test_the_value_shows_up_nowhere_but_in_the_one_request(
    serve, visit, era, given, tmp_path, caplog
) -> None:
    caplog.set_level(logging.DEBUG)
    journal = tmp_path / "journal.jsonl"
    served = await serve(era=era, journal=journal, state_directory=tmp_path / "state")
    results = [await served.call(CREATE, **kafka())]
    page = visit(results[0])
    await page.give({"password": given})
    results.append(await served.call(CREATE, **kafka()))
    results.append(await served.call("get_clickpipe", clickpipe=KAFKA["name"]))
    results.append(await served.call(CREATE, **kafka()))
    await page.look()

    told = [said(one) + json.dumps(one.structured_content) for one in results]
    files = [one.read_text() for one in tmp_path.rglob("*") if one.is_file()]
    seen = [*told, *files, caplog.text, repr(served.progress), *(one.text for one in page.pages)]

    assert "ask:password" in journal.read_text()
    assert [text for text in seen if CANARY in text] == []
    assert json.dumps([one.body for one in served.plane.arrived]).count(CANARY) == 1


async def test_a_repeated_call_waits_and_tells_so(serve, visit, era) -> None:
    served = await serve(era=era)
    served.listens = True
    page, results = visit(await served.call(CREATE, **kafka())), []

    async def repeat() -> None:
        results.append(await served.call(CREATE, **kafka()))

    async with anyio.create_task_group() as both:
        both.start_soon(repeat)
        await anyio.wait_all_tasks_blocked()
        assert results == []
        await page.give({"password": CANARY})

    assert facts(results[0])
    assert served.progress[0][2] == "waiting for the person's answer"


async def test_nobody_waits_for_ever_and_the_link_stays_the_same(serve, era) -> None:
    served = await serve(era=era, **AT_ONCE)

    first, again = [await served.call(CREATE, **kafka()) for _ in range(2)]

    assert error(again)["code"] == "secret_awaited"
    assert link_in(again) == link_in(first)
    assert served.plane.writes == []


async def test_who_gives_nothing_is_not_asked_again_by_the_same_call(serve, visit, era) -> None:
    served = await serve(era=era)
    page = visit(await served.call(CREATE, **kafka()))

    await page.give({"password": CANARY}, decision="decline")
    result = await served.call(CREATE, **kafka())

    assert "You gave nothing" in page.seen
    assert error(result)["code"] == "consent_denied"
    assert served.plane.writes == []


async def test_no_form_of_a_client_asks_for_a_secret(serve, era) -> None:
    asked = []

    async def person(question) -> ElicitResult:
        asked.append(question)
        return ElicitResult(action="accept", content={"password": CANARY})

    served = await serve(era=era, person=person, **AT_ONCE)
    await served.call(CREATE, **kafka())

    assert [one for one in asked if not isinstance(one, ElicitRequestURLParams)] == []
    assert served.plane.writes == []


async def test_a_client_that_opens_links_needs_one_call(serve, visit, era) -> None:
    async def person(question) -> ElicitResult:
        await visit(question.url).give({"password": CANARY})
        return ElicitResult(action="accept")

    served = await serve(era=era, person=person)

    assert facts(await served.call(CREATE, **kafka()))
    sent = served.plane.writes[0].body["source"]["kafka"]["credentials"]
    assert sent["password"] == CANARY


@pytest.mark.parametrize("action", ["decline", "cancel"])
async def test_who_does_not_open_the_page_gives_nothing(serve, era, action) -> None:
    served = await serve(era=era, person=answering(action))

    assert error(await served.call(CREATE, **kafka()))["code"] == "consent_denied"
    assert served.plane.writes == []


async def test_secrets_and_consent_are_asked_for_one_after_the_other(serve, visit, era) -> None:
    served = await serve(era=era)
    pipe = await served.pipe(POSTGRES, state="settled")
    credentials = {"username": "reader", "password": "${ask:password}"}
    change = {"clickpipe": pipe, "source": {"host": "db2.example.com", "credentials": credentials}}

    first = await served.call("update_clickpipe", **change)
    await visit(first).give({"password": CANARY})
    second = await served.call("update_clickpipe", **change)
    assert served.plane.writes == []
    await visit(second).agree(name=POSTGRES["name"])
    third = await served.call("update_clickpipe", **change)

    assert [error(one)["code"] for one in (first, second)] == ["secret_awaited", "consent_required"]
    assert facts(third)
    assert "goes to db2.example.com" in error(first)["problem"]
    assert served.plane.writes[-1].body["source"]["postgres"]["credentials"]["password"] == CANARY


async def test_another_host_is_asked_about_on_a_page_of_its_own(serve, visit, era) -> None:
    served = await serve(era=era)
    await visit(await served.call(CREATE, **kafka())).give({"password": CANARY})

    diverted = await served.call(CREATE, **kafka(brokers="evil.example.com:9092"))

    assert error(diverted)["code"] == "secret_awaited"
    assert "goes to evil.example.com" in error(diverted)["problem"]
    assert served.plane.writes == []


async def test_after_an_hour_the_person_is_asked_anew(serve, visit) -> None:
    served = await serve()
    first = await served.call(CREATE, **kafka())
    await visit(first).give({"password": CANARY})
    served.clock.advance(3600)

    again = await served.call(CREATE, **kafka())

    assert error(again)["code"] == "secret_awaited"
    assert link_in(again) != link_in(first)
    assert served.plane.writes == []


async def test_two_principals_with_one_label_are_two(tmp_path: Path) -> None:
    tokens = tmp_path / "tokens"
    tokens.write_text(f"alice {'a' * 32}\nbob {'b' * 32}\n")
    tokens.chmod(0o600)

    async with application(http_tokens=tokens) as running:

        async def called(token: str) -> object:
            async with running.client("auto", **bearer(token * 32)) as served:
                assert isinstance(served, Served)
                return await served.call(CREATE, service=SERVICE, **kafka())

        alice = await called("a")
        async with running.http() as http:
            link = link_in(alice).replace("http://127.0.0.1:8000", running.root)
            await Visitor(http, link).give({"password": CANARY}, origin="http://127.0.0.1:8000")
        bob = await called("b")

        assert error(bob)["code"] == "secret_awaited"
        assert link_in(bob) != link_in(alice)
        assert running.plane.writes == []
        assert facts(await called("a"))


async def test_another_replica_asks_for_itself_and_sends_nothing() -> None:
    key = {"http_key": SHARED_KEY}
    async with application(**key) as one, application(**key) as other:
        results = []
        for replica in (one, other):
            async with replica.client("auto") as served:
                results.append(await served.call(CREATE, service=SERVICE, **kafka()))
        async with other.http() as http:
            page = Visitor(http, link_in(results[0]).replace("http://127.0.0.1:8000", other.root))
            shown = await page.look()

        assert shown.status_code == 404
        assert "another replica of this server asked" in page.seen
        assert "Only the replica that made the link" in error(results[0])["fix"]
        assert link_in(results[1]) != link_in(results[0])
        assert other.plane.writes == []


async def test_a_dry_run_opens_no_page(serve) -> None:
    served = await serve()
    shown = await served.call(CREATE, **kafka(), dry_run=True)

    assert "asks the person for secrets on a private page first" in said(shown)
    assert "${ask:password} for source.kafka.credentials.password goes to" in said(shown)
    assert served.plane.writes == []


REFUSED = 'failed SASL auth: FATAL: password authentication failed for user "reader"'


@pytest.mark.parametrize(
    ("text", "is_told"),
    [(REFUSED, True), ("nobody knows this", True), ("lookup db: no such host", False)],
)
async def test_who_mistyped_a_secret_is_asked_again_under_another_label(
    serve, visit, text, is_told
) -> None:
    fault = Fault("status", method="POST", path="/clickpipes", status=400, times=1, text=text)
    served = await serve(simulator={"faults": [fault]})
    await visit(await served.call(CREATE, **kafka())).give({"password": "mistyped"})

    refused = error(await served.call(CREATE, **kafka()))

    assert ("If the person mistyped a secret, pass ${ask:password-2}" in refused["fix"]) is is_told
    if is_told:
        asked = await served.call(CREATE, **kafka("${ask:password-2}"))
        await visit(asked).give({"password-2": CANARY})
        facts(await served.call(CREATE, **kafka("${ask:password-2}")))
        sent = served.plane.writes[-1].body["source"]["kafka"]["credentials"]
        assert sent["password"] == CANARY
