"""DNS names through which pipes reach their source change only when a person agrees."""

import json
from typing import Any

import pytest

from tests.serving import (
    KAFKA,
    MONGODB,
    PIPES,
    POSTGRES,
    Served,
    answering,
    error,
    facts,
    said,
    telling,
)
from tests.tools.network.endpoints import (
    ENDPOINTS,
    ON,
    PSC,
    VPC,
    TypesTheName,
    dns,
    endpoint,
    leading,
    resource_with,
    with_source,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
async def served(serve) -> Served:
    return await serve(**ON)


async def removing_a_used_name(served, **more):
    """The result of taking away the name under which a pipe reaches its source."""
    endpoints = await served.plane.by_somebody_else("GET", ENDPOINTS)
    made = endpoints[0] if endpoints else await endpoint(served, PSC)
    if not endpoints:
        await served.pipe(with_source(POSTGRES, "loses", host="db.example.com"))
    return await served.call(
        "update_private_endpoint",
        endpoint=made["id"],
        custom_private_dns_mappings=dns("*.eu.example.com"),
        **more,
    )


async def test_a_used_name_is_removed_once_the_description_is_typed(serve, era) -> None:
    person = TypesTheName()
    served = await serve(era=era, person=person, **ON)

    result = await removing_a_used_name(served)

    assert not result.is_error, said(result)
    assert [write.method for write in served.plane.writes] == ["PATCH"]
    assert "Removes db.example.com; keeps *.eu.example.com. Used by: loses (" in person.message


async def test_a_used_name_stays_where_nobody_can_be_asked(serve, era) -> None:
    served = await serve(era=era, **ON)

    assert error(await removing_a_used_name(served))["code"] == "consent_required"
    assert served.plane.writes == []


async def test_a_used_name_stays_when_the_person_declines(serve, era) -> None:
    served = await serve(era=era, person=answering("decline"), **ON)

    assert error(await removing_a_used_name(served))["code"] == "consent_denied"
    assert served.plane.writes == []


async def test_a_token_of_the_chat_removes_a_used_name_once(serve, era) -> None:
    served = await serve(era=era, consent="chat", **ON)
    offered = facts(await removing_a_used_name(served))
    token = offered["summary"].partition("confirmation_token=")[2].split()[0]

    result = await removing_a_used_name(served, confirmation_token=token)

    assert not result.is_error, said(result)
    assert len(served.plane.writes) == 1


async def test_a_pipe_that_begins_to_use_a_removed_name_meanwhile_stops_the_update(serve) -> None:
    served = await serve(**ON)
    made = await endpoint(served, PSC)
    looks = 0

    async def somebody_uses_it() -> None:
        nonlocal looks
        looks += served.plane.arrived[-1].path == PIPES
        if looks == 2:
            looks += 1
            body = with_source(POSTGRES, "late", host="db.example.com")
            await served.plane.by_somebody_else("POST", PIPES, body)

    served.plane.before_answering = somebody_uses_it
    refusal = error(
        await served.call(
            "update_private_endpoint",
            endpoint=made["id"],
            custom_private_dns_mappings=dns("*.eu.example.com"),
        )
    )

    assert refusal["code"] == "consent_stale"
    assert served.plane.writes == []


MORE = [*PSC["customPrivateDnsMappings"], {"privateDnsName": "more.example.com"}]
LAST_LOOK = 2
"""Asking takes a look; the second round looks again, and acts on what it sees there."""

USES = {
    "brokers of which another stays": {"brokers": "db.example.com:9092,a.eu.example.com:9092"},
    "a schema registry": {"schemaRegistry": {"url": "https://db.example.com:8081/x"}},
}


@pytest.mark.parametrize("changes", USES.values(), ids=USES)
async def test_every_use_of_a_removed_name_asks(served, changes) -> None:
    made = await endpoint(served, PSC)
    arm = KAFKA["source"]["kafka"]
    if "schemaRegistry" in changes:
        login = {"authentication": "PLAIN", "credentials": {"username": "u", "password": "p"}}
        changes = {"schemaRegistry": login | changes["schemaRegistry"], "format": "AvroConfluent"}
    await served.pipe(KAFKA | {"source": {"kafka": arm | changes}})

    refusal = error(
        await served.call(
            "update_private_endpoint",
            endpoint=made["id"],
            custom_private_dns_mappings=dns("*.eu.example.com"),
        )
    )

    assert refusal["code"] == "consent_required"
    assert served.plane.writes == []


FIRST, SECOND = "rcfg-11111111111111111", "rcfg-22222222222222222"


async def leading_to(served, ways):
    """The result of giving the endpoint these names instead of those it has."""
    return await served.call(
        "update_private_endpoint",
        endpoint="orders database",
        custom_private_dns_mappings=leading(ways),
    )


async def test_redirecting_a_used_name_asks_and_says_so(serve, era) -> None:
    person = TypesTheName()
    served = await serve(era=era, person=person, **ON)
    await endpoint(served, resource_with({"db.example.com": FIRST}))
    await served.pipe(with_source(POSTGRES, "loses", host="db.example.com"))

    changed = facts(await leading_to(served, {"db.example.com": SECOND}))

    assert "changes the target of db.example.com." in changed["summary"]
    assert "Changes the target of db.example.com. Used by: loses (" in person.message


TWO = {"db.example.com": FIRST, "replica.example.com": FIRST}
OF_IT = "of the private endpoint “orders database”"


@pytest.mark.parametrize(
    ("ways", "asked"),
    [
        (TWO | {"db.example.com": SECOND}, f"Redirect the DNS name db.example.com {OF_IT}"),
        (dict.fromkeys(TWO, SECOND), f"Redirect the DNS names {OF_IT}"),
        ({"replica.example.com": FIRST}, f"Delete the DNS name db.example.com {OF_IT}"),
        ({}, f"Delete the DNS names {OF_IT}"),
        ({"db.example.com": SECOND}, f"Delete and redirect the DNS names {OF_IT}"),
    ],
    ids=["one redirected", "all redirected", "one deleted", "all deleted", "one of each"],
)
async def test_the_question_about_names_says_what_is_done_to_them(serve, era, ways, asked) -> None:
    person = TypesTheName()
    served = await serve(era=era, person=person, **ON)
    await endpoint(served, resource_with(TWO))
    await served.pipe(with_source(POSTGRES, "loses", host="db.example.com"))

    facts(await leading_to(served, ways))

    assert person.message.splitlines()[0] == f"{asked} on the simulator?"


async def test_an_unused_name_is_redirected_without_asking(served) -> None:
    await endpoint(served, resource_with({"db.example.com": FIRST}))

    changed = facts(await leading_to(served, {"db.example.com": SECOND}))

    assert "changes the target of db.example.com." in changed["summary"]


STAR, UNDER_IT, BESIDE = "*.eu.example.com", "db.eu.example.com", "other.eu.example.com"


async def under_a_star(served, host=UNDER_IT) -> None:
    """An endpoint with a star, and a pipe that reaches its source under it."""
    await endpoint(served, resource_with({STAR: FIRST}))
    await served.pipe(with_source(POSTGRES, "loses", host=host))


async def test_a_name_of_its_own_under_a_used_star_asks_when_it_leads_elsewhere(serve, era) -> None:
    person = TypesTheName()
    served = await serve(era=era, person=person, **ON)
    await under_a_star(served, UNDER_IT.upper())

    changed = facts(await leading_to(served, {STAR: FIRST, UNDER_IT: SECOND}))

    assert len(served.plane.writes) == 1
    assert f"adds, leading elsewhere than until now, {UNDER_IT}; keeps" in changed["summary"]
    assert f"than until now, {UNDER_IT}; keeps {STAR}. Used by: loses (" in person.message


async def test_a_used_star_is_not_undercut_where_nobody_can_be_asked(serve, era) -> None:
    served = await serve(era=era, **ON)
    await under_a_star(served)

    refusal = error(await leading_to(served, {STAR: FIRST, UNDER_IT: SECOND}))

    assert refusal["code"] == "consent_required"
    assert served.plane.writes == []


async def test_a_used_star_is_not_undercut_when_the_person_declines(serve, era) -> None:
    served = await serve(era=era, person=answering("decline"), **ON)
    await under_a_star(served)

    refusal = error(await leading_to(served, {STAR: FIRST, UNDER_IT: SECOND}))

    assert refusal["code"] == "consent_denied"
    assert served.plane.writes == []


HARMLESS = {
    "to the same place": {STAR: FIRST, UNDER_IT: FIRST},
    "that no pipe uses": {STAR: FIRST, BESIDE: SECOND},
    "that no star covers": {STAR: FIRST, "db.example.com": SECOND},
}


@pytest.mark.parametrize("ways", HARMLESS.values(), ids=HARMLESS)
async def test_a_name_that_takes_nothing_from_a_used_star_asks_nobody(serve, era, ways) -> None:
    served = await serve(era=era, **ON)
    await under_a_star(served)

    changed = await leading_to(served, ways)

    assert not changed.is_error, said(changed)
    assert len(served.plane.writes) == 1


class WithNamesOfTheirOwn:
    """A control plane whose endpoints bring private DNS names, as those of AWS may."""

    def __init__(self, app: Any, names: dict[str, list[str]]) -> None:
        self.app, self.state, self.names = app, app.state, names

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        started: list[Any] = []

        async def changed(message: Any) -> None:
            if message["type"] == "http.response.start":
                started.append(message)
                return
            answer = json.loads(message["body"])
            for one in answer["result"]:
                one["privateDnsNames"] = self.names.get(one["id"], [])
            body = json.dumps(answer).encode()
            headers = [(b"content-type", b"application/json")]
            await send({**started.pop(), "headers": headers})
            await send({**message, "body": body})

        is_list = (scope["method"], scope["path"]) == ("GET", ENDPOINTS)
        await self.app(scope, receive, changed if is_list else send)


@pytest.mark.parametrize("whose", ["its own", "another's"])
async def test_a_used_name_that_an_endpoint_brings_is_not_taken_unasked(serve, era, whose) -> None:
    served = await serve(era=era, **ON)
    other = await endpoint(served, VPC)
    made = await endpoint(served, resource_with({}))
    owner = made if whose == "its own" else other
    served.plane.app = WithNamesOfTheirOwn(served.plane.app, {owner["id"]: [STAR]})
    await served.pipe(with_source(POSTGRES, "loses", host=UNDER_IT))

    refusal = error(await leading_to(served, {UNDER_IT: SECOND}))

    assert refusal["code"] == "consent_required"
    assert f"Adds, leading elsewhere than until now, {UNDER_IT}. Used by" in refusal["problem"]
    assert served.plane.writes == []


@pytest.mark.parametrize("tool", ["update", "delete"])
async def test_only_the_endpoint_that_was_agreed_to_is_acted_on(serve, era, tool) -> None:
    person = TypesTheName()
    served = await serve(person=person, era=era, **ON)
    made = await endpoint(served, PSC)
    await served.pipe(with_source(POSTGRES, "loses", host="db.example.com"))
    names = {"custom_private_dns_mappings": dns("*.eu.example.com")} if tool == "update" else {}
    start, looks = len(served.plane.arrived), []

    async def before_the_last_look() -> None:
        arrived = served.plane.arrived[start:]
        if not looks and len([one for one in arrived if one.path == ENDPOINTS]) == LAST_LOOK:
            looks.append(1)
            await served.plane.by_somebody_else(
                "PATCH", f"{ENDPOINTS}/{made['id']}", {"customPrivateDnsMappings": MORE}
            )

    served.plane.before_answering = before_the_last_look
    result = await served.call(f"{tool}_private_endpoint", endpoint="orders database", **names)

    assert looks
    if era == "legacy":
        assert error(result)["code"] == "consent_stale"
        assert served.plane.writes == []
    else:
        assert len(person.messages) == 2
        assert person.messages[0] != person.messages[1]


HOLDING = {
    "an @ in its query": "mongodb://db.example.com:27017/?retryWrites&appName=me@corp",
    "a login and an @ in its query": "mongodb://u:p@db.example.com/?appName=me@corp",
    "an @ in its path": "mongodb://db.example.com:27017/shop@corp",
    "what is cut": f"mongodb://{','.join(f'h{n}.example.net' for n in range(300))},db.example.com/",
}


@pytest.mark.parametrize("uri", HOLDING.values(), ids=HOLDING)
async def test_a_name_that_stands_behind_a_mask_is_in_use(serve, uri) -> None:
    served = await serve(**ON)
    made = await endpoint(served, PSC)
    await served.pipe(MONGODB)
    served.plane.retell = telling({"mongodb": {"uri": uri}})

    result = await served.call(
        "update_private_endpoint",
        endpoint=made["id"],
        custom_private_dns_mappings=dns("*.eu.example.com"),
    )
    shown = facts(await served.call("get_private_endpoint", endpoint=made["id"]))

    assert error(result)["code"] == "consent_required"
    assert [user.partition(" (")[0] for user in shown["used_by"]] == [MONGODB["name"]]
    assert served.plane.writes == []
