"""What the operator put beyond reach has no effect, by any tool, name or way around."""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from mcp_types import ElicitRequestParams, ElicitResult

from clickpipes_mcp.cloud import Requests
from clickpipes_mcp.private_endpoints import EXAMPLES
from clickpipes_mcp.tools import TOOLS
from clickpipes_mcp.tools.fences import PROTECTED_FOR_S
from clickpipes_mcp.tools.record import Effect
from tests.serving import KAFKA, MYSQL, PIPES, POSTGRES, error, facts
from tests.test_look_alikes import ALIKE
from tests.tools.network.endpoints import ENDPOINTS, PSC, VPC, endpoint, with_source
from tests.tools.network.keys import BASTION, key
from tests.tools.test_dry_run import CASES, THROUGH_OTHERS

pytestmark = pytest.mark.anyio

NAME = "prod-orders"
NOBODY = {"consent": "dangerously-off"}
EVERY = NOBODY | {"toolsets": tuple(dict.fromkeys(tool.toolset for tool in TOOLS))}
PROTECTED = EVERY | {"protected": ("prod-*",)}
MAPPING = {"sourceSchemaName": "public", "sourceTable": "users", "targetTable": "public_users"}
OTHER = MAPPING | {"sourceTable": "orders", "targetTable": "public_orders"}
TABLES = POSTGRES | {
    "source": {"postgres": POSTGRES["source"]["postgres"] | {"tableMappings": [MAPPING, OTHER]}}
}
REMOVAL = {"source": {"table_mappings_to_remove": [MAPPING]}}
NEW_LOGIN = {"credentials": {"username": "app", "password": "example"}}
SYNC = {"source": {"settings": {"sync_interval_seconds": 30}}, "pause_if_needed": True}


@dataclass(frozen=True)
class Deed:
    """A call that would harm a pipe."""

    tool: str
    body: Mapping[str, Any]
    arguments: Mapping[str, Any] = field(default_factory=dict)
    state: str = "settled"
    destroys: bool = True


DEEDS = {
    "stop": Deed("stop_clickpipe", KAFKA),
    "resync": Deed("resync_clickpipe", POSTGRES),
    "delete": Deed("delete_clickpipe", KAFKA),
    "remove tables": Deed("update_clickpipe", TABLES, REMOVAL, "stopped"),
    "remove tables of a running pipe": Deed(
        "update_clickpipe", TABLES, REMOVAL | {"pause_if_needed": True}
    ),
    "pause for an edit": Deed("update_clickpipe", POSTGRES, SYNC),
    "leave paused after an edit": Deed(
        "update_clickpipe", POSTGRES, SYNC | {"resume": False}, "stopped"
    ),
    "rename": Deed("update_clickpipe", KAFKA, {"name": "old"}, destroys=False),
    "rename and pause": Deed("update_clickpipe", POSTGRES, SYNC | {"name": "old"}),
}


def test_every_tool_that_can_harm_a_pipe_is_tried() -> None:
    harmful = {tool.name for tool in TOOLS if tool.effect.is_destructive}
    of_pipes = {name for name in harmful if name.endswith("_clickpipe")}

    assert {deed.tool for deed in DEEDS.values()} == of_pipes
    assert harmful <= {case.tool for case in CASES.values()} | THROUGH_OTHERS


HARMLESS = ("get_", "list_", "create_", "put_", "scale_", "discover_", "validate_", "wake_")
HARMFUL = {"delete_pipe", "delete_private_endpoint", "delete_ssh_key"}
BY_WHAT_IT_HOLDS = {"set_pipe_state", "update_pipe"}
RESIZES, BY_ITS_USERS = {"update_cdc_scaling"}, {"update_private_endpoint"}


def test_every_request_of_the_api_is_known_for_what_it_can_harm() -> None:
    known = HARMFUL | BY_WHAT_IT_HOLDS | RESIZES | BY_ITS_USERS
    methods = {name for name, _ in inspect.getmembers(Requests, inspect.isfunction)}
    built = {name for name in methods if not name.startswith(("_", *HARMLESS))}

    assert built == known


async def test_a_level_offers_what_it_reaches_and_refuses_the_rest(serve) -> None:
    tried = 0
    reached = {
        "read": {Effect.READ},
        "write": {Effect.READ, Effect.CONTACT, Effect.WRITE, Effect.MIXED},
        "destroy": set(Effect),
    }
    for level, effects in reached.items():
        served = await serve(allow=level, **EVERY)
        offered = await served.tools()
        for tool in TOOLS:
            tried += 1
            assert (tool.name in offered) == (tool.effect in effects)
            if tool.name not in offered:
                refusal = error(await served.call(tool.name))
                assert refusal["code"] == "tool_unavailable"
                assert "CLICKPIPES_" in refusal["fix"]
        assert served.plane.writes == []
    assert tried == 3 * len(TOOLS)


@pytest.mark.parametrize(
    "deed", [deed for deed in DEEDS.values() if deed.tool == "update_clickpipe"]
)
@pytest.mark.parametrize("dry_run", [False, True])
async def test_a_writer_changes_a_pipe_and_destroys_nothing_of_it(serve, deed, dry_run) -> None:
    served = await serve(allow="write", **EVERY)
    pipe = await served.pipe(deed.body, state=deed.state)

    result = await served.call(deed.tool, clickpipe=pipe, dry_run=dry_run, **deed.arguments)

    if deed.destroys:
        refusal = error(result)
        assert (refusal["code"], served.plane.writes) == ("not_allowed", [])
        assert "CLICKPIPES_ALLOW=destroy" in refusal["fix"]
    else:
        assert len(served.plane.writes) == (not dry_run)
        assert facts(result)


async def test_a_writer_takes_no_name_away_that_pipes_use(serve) -> None:
    served = await serve(allow="write", **EVERY)
    made = await endpoint(served, PSC)
    await served.pipe(with_source(POSTGRES, "orders", host="db.example.com"))
    arguments = {"endpoint": made["id"], "custom_private_dns_mappings": []}

    for dry_run in (False, True):
        result = await served.call("update_private_endpoint", dry_run=dry_run, **arguments)
        assert error(result)["code"] == "not_allowed"

    assert served.plane.writes == []


SOME = [ALIKE["Cyrillic letters"], ALIKE["an invisible character"]]
LOOKS = [
    pytest.param(SOME, id="some"),
    pytest.param([*ALIKE.values()], marks=pytest.mark.redteam("names")),
]


@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)
@pytest.mark.parametrize("looks", LOOKS)
async def test_a_protected_pipe_is_not_harmed_however_it_is_called(serve, deed, looks) -> None:
    served = await serve(**PROTECTED)
    names = [NAME, *looks]
    pipes = [await served.pipe(deed.body | {"name": name}, state=deed.state) for name in names]
    addressed = [*pipes, NAME]

    for clickpipe in addressed:
        result = await served.call(deed.tool, clickpipe=clickpipe, **deed.arguments)
        assert error(result)["code"] == "not_allowed"
        assert "CLICKPIPES_PROTECTED" in error(result)["fix"]

    assert served.plane.writes == []


@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)
async def test_nobody_is_asked_about_what_is_protected_and_a_dry_run_says_so(serve, deed) -> None:
    asked = []

    async def person(question: ElicitRequestParams) -> ElicitResult:
        asked.append(question)
        return ElicitResult(action="accept", content={"name": NAME, "choice": "stop it"})

    served = await serve(person=person, **PROTECTED | {"consent": "ask"})
    pipe = await served.pipe(deed.body | {"name": NAME}, state=deed.state)

    for dry_run in (False, True):
        result = await served.call(deed.tool, clickpipe=pipe, dry_run=dry_run, **deed.arguments)
        assert error(result)["code"] == "not_allowed"

    assert (asked, served.plane.writes) == ([], [])


async def test_no_other_pipe_takes_a_protected_name(serve) -> None:
    served = await serve(**PROTECTED)
    pipe = await served.pipe(KAFKA)

    for name in (NAME, *ALIKE.values()):
        refusal = error(await served.call("update_clickpipe", clickpipe=pipe, name=name))
        assert refusal["code"] == "not_allowed"

    assert served.plane.writes == []


@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)
async def test_a_pipe_that_lost_its_protected_name_of_late_stays_protected(
    serve, deed, tmp_path
) -> None:
    served = await serve(journal=tmp_path / "journal", **PROTECTED)
    pipe = await served.pipe(deed.body | {"name": NAME}, state=deed.state)
    facts(await served.call("update_clickpipe", clickpipe=pipe, source=NEW_LOGIN))
    served.clock.advance(3600)
    if deed.state == "stopped":
        await served.command(pipe, "stop")
        served.clock.advance(3600)
    await served.plane.by_somebody_else("PATCH", f"{PIPES}/{pipe}", {"name": "plain"})
    before = len(served.plane.writes)

    refusal = error(await served.call(deed.tool, clickpipe=pipe, **deed.arguments))

    assert refusal["code"] == "not_allowed"
    assert "of late it was called" in refusal["problem"]
    assert len(served.plane.writes) == before


@pytest.mark.parametrize("tool", ["get_clickpipe", "wait_for_clickpipe"])
async def test_a_protected_name_that_was_only_seen_by_id_is_remembered(serve, tool) -> None:
    served = await serve(**PROTECTED)
    pipe = await served.pipe(KAFKA | {"name": NAME})
    await served.call(tool, clickpipe=pipe)
    await served.plane.by_somebody_else("PATCH", f"{PIPES}/{pipe}", {"name": "plain"})

    refusal = error(await served.call("delete_clickpipe", clickpipe=pipe))

    assert refusal["code"] == "not_allowed"
    assert served.plane.writes == []


async def test_what_lost_its_name_long_ago_is_no_longer_protected(serve, tmp_path) -> None:
    served = await serve(journal=tmp_path / "journal", **PROTECTED)
    pipe = await served.pipe(KAFKA | {"name": NAME}, state="stopped")
    facts(await served.call("start_clickpipe", clickpipe=pipe))
    await served.plane.by_somebody_else("PATCH", f"{PIPES}/{pipe}", {"name": "plain"})
    served.clock.advance(PROTECTED_FOR_S + 1)

    assert facts(await served.call("stop_clickpipe", clickpipe=pipe))


async def test_a_pipe_that_gets_a_protected_name_while_a_person_decides_is_not_harmed(
    serve, era
) -> None:
    async def person(_: ElicitRequestParams) -> ElicitResult:
        await served.plane.by_somebody_else("PATCH", f"{PIPES}/{pipe}", {"name": NAME})
        return ElicitResult(action="accept", content={"name": "plain"})

    served = await serve(era=era, person=person, **PROTECTED | {"consent": "ask"})
    pipe = await served.pipe(KAFKA | {"name": "plain"})

    refusal = error(await served.call("delete_clickpipe", clickpipe=pipe))

    assert refusal["code"] == "not_allowed"
    assert served.plane.writes == []


async def test_what_does_not_harm_a_protected_pipe_goes_on(serve) -> None:
    served = await serve(**PROTECTED)
    pipe = await served.pipe(KAFKA | {"name": NAME}, state="stopped")

    facts(await served.call("start_clickpipe", clickpipe=pipe))
    facts(await served.call("scale_clickpipe", clickpipe=pipe, replicas=2))
    facts(await served.call("update_clickpipe", clickpipe=pipe, name=NAME, source=NEW_LOGIN))
    other = await served.pipe(KAFKA | {"name": "plain"})
    facts(await served.call("delete_clickpipe", clickpipe=other))


OWN = EVERY | {"own_only": True}


@pytest.mark.parametrize("deed", [deed for deed in DEEDS.values() if deed.destroys])
async def test_what_somebody_else_made_is_not_destroyed(serve, deed, tmp_path) -> None:
    served = await serve(journal=tmp_path / "journal", **OWN)
    pipe = await served.pipe(deed.body, state=deed.state)

    refusal = error(await served.call(deed.tool, clickpipe=pipe, **deed.arguments))

    assert refusal["code"] == "not_allowed"
    assert "CLICKPIPES_OWN_ONLY" in refusal["fix"]
    assert served.plane.writes == []


async def test_what_this_server_made_may_be_destroyed(serve, tmp_path) -> None:
    served = await serve(journal=tmp_path / "journal", **OWN)
    pipe = facts(await served.call("create_kafka_clickpipe", **KAFKA))["clickpipe"]["id"]
    made = facts(await served.call("create_private_endpoint", **VPC))["endpoint"]["id"]
    ssh_key = facts(await served.call("create_ssh_key", **BASTION))["ssh_key"]["id"]
    served.clock.advance(3600)

    facts(await served.call("delete_clickpipe", clickpipe=pipe))
    facts(await served.call("delete_private_endpoint", endpoint=made))
    facts(await served.call("delete_ssh_key", ssh_key=ssh_key))


async def test_what_was_only_adopted_was_not_made_here(serve, tmp_path) -> None:
    served = await serve(journal=tmp_path / "journal", **OWN)
    pipe = await served.pipe(KAFKA)
    facts(await served.call("create_kafka_clickpipe", **KAFKA))

    assert error(await served.call("delete_clickpipe", clickpipe=pipe))["code"] == "not_allowed"


async def test_endpoints_and_keys_of_others_stay(serve, tmp_path) -> None:
    served = await serve(journal=tmp_path / "journal", **OWN)
    made, ssh_key = await endpoint(served), await key(served)

    one = await served.call("delete_private_endpoint", endpoint=made["id"])
    other = await served.call("delete_ssh_key", ssh_key=ssh_key["id"])

    assert (error(one)["code"], error(other)["code"]) == ("not_allowed", "not_allowed")
    assert served.plane.writes == []


async def test_the_ways_of_others_pipes_stay_whatever_a_caller_calls_itself(
    serve, tmp_path
) -> None:
    served = await serve(journal=tmp_path / "journal", **OWN)
    own = facts(await served.call("create_kafka_clickpipe", **KAFKA))["clickpipe"]["id"]
    made = facts(await served.call("create_private_endpoint", **VPC))["endpoint"]["id"]
    await served.pipe(with_source(POSTGRES, "of others", host="db.example.com"))
    await served.pipe(with_source(KAFKA, "by id", reversePrivateEndpointIds=[made]))
    before = len(served.plane.writes)

    for description in (own, made, KAFKA["name"]):
        body = PSC | {"description": description}
        led_away = await served.call("create_private_endpoint", **body)
        assert error(led_away)["code"] == "not_allowed"
    cut_off = await served.call("delete_private_endpoint", endpoint=made)

    assert error(cut_off)["code"] == "not_allowed"
    assert len(served.plane.writes) == before


async def test_without_a_journal_nothing_counts_as_made_here(serve) -> None:
    served = await serve(journal="off", **OWN)
    pipe = facts(await served.call("create_kafka_clickpipe", **KAFKA))["clickpipe"]["id"]

    refusal = error(await served.call("delete_clickpipe", clickpipe=pipe))

    assert refusal["code"] == "not_allowed"
    assert "CLICKPIPES_JOURNAL" in refusal["fix"]
    assert len(served.plane.writes) == 1


async def test_a_journal_that_cannot_be_read_leaves_everything_as_it_is(serve, tmp_path) -> None:
    served = await serve(journal=tmp_path / "journal", **OWN)
    pipe = facts(await served.call("create_kafka_clickpipe", **KAFKA))["clickpipe"]["id"]
    (tmp_path / "journal").rename(tmp_path / "moved")
    (tmp_path / "journal").mkdir()

    refusal = error(await served.call("delete_clickpipe", clickpipe=pipe))

    assert refusal["code"] == "operator_acts"
    assert len(served.plane.writes) == 1


LOSSES = {
    "at level write": {"allow": "write"},
    "protected": {"protected": ("prod-*",)},
    "not its own": {"own_only": True},
}


@pytest.mark.parametrize("fence", LOSSES.values(), ids=LOSSES)
@pytest.mark.parametrize("dry_run", [False, True])
async def test_a_change_that_may_lose_rows_is_beyond_every_fence(serve, fence, dry_run) -> None:
    served = await serve(**EVERY | fence)
    pipe = await served.pipe(POSTGRES | {"name": NAME})
    elsewhere = {"host": "elsewhere.example.com"}

    result = await served.call(
        "update_clickpipe", clickpipe=pipe, source=elsewhere, dry_run=dry_run
    )

    assert error(result)["code"] == "not_allowed"
    assert served.plane.writes == []


@pytest.mark.parametrize("dry_run", [False, True])
async def test_a_protected_pipe_keeps_its_way_to_the_source(serve, dry_run) -> None:
    served = await serve(**PROTECTED)
    made, ssh_key = await endpoint(served, PSC), await key(served, active=True)
    await served.pipe(with_source(POSTGRES, NAME, host="db.example.com"))
    await served.pipe(with_source(MYSQL, "prod-items", sshKeyResourceId=ssh_key["id"]))
    redirect = {
        **EXAMPLES["GCP_PSC_SERVICE_ATTACHMENT"],
        "custom_private_dns_mappings": [{"private_dns_name": "db.example.com"}],
    }
    calls = {
        "delete_private_endpoint": {"endpoint": made["id"]},
        "update_private_endpoint": {"endpoint": made["id"], "custom_private_dns_mappings": []},
        "delete_ssh_key": {"ssh_key": ssh_key["id"]},
    }
    for tool, arguments in calls.items():
        refusal = error(await served.call(tool, dry_run=dry_run, **arguments))
        assert refusal["code"] == "not_allowed", tool
    await served.plane.by_somebody_else("DELETE", f"{ENDPOINTS}/{made['id']}")
    served.clock.advance(3600)
    refusal = error(await served.call("create_private_endpoint", dry_run=dry_run, **redirect))
    assert refusal["code"] == "not_allowed"
    assert served.plane.writes == []
