"""Confirmation in the chat: two steps, one token, one operation on one state of one pipe."""

from dataclasses import replace
from typing import Any

import pytest
from mcp_types import CallToolResult

from clickpipes_mcp.clock import ManualClock
from clickpipes_mcp.consent import (
    CONSEQUENCES,
    LIFETIME_S,
    ConfirmationTokens,
    Impact,
    Operation,
)
from clickpipes_mcp.contract import Family
from clickpipes_mcp.errors import ConsentStale
from tests.serving import KAFKA, PIPES, POSTGRES, SHARED_KEY, Served, answering, error, facts, said

pytestmark = pytest.mark.anyio

CONSEQUENCE = CONSEQUENCES[Operation.STOP][Family.STREAMING]
DESTRUCTIVE = ("stop_clickpipe", "resync_clickpipe", "delete_clickpipe", "update_clickpipe")


def token_in(result: CallToolResult) -> str:
    _, _, after = facts(result)["summary"].partition("confirmation_token=")
    return str(after.split()[0])


async def offered(served: Served, tool: str, pipe: str, **arguments: Any) -> str:
    return token_in(await served.call(tool, clickpipe=pipe, **arguments))


@pytest.fixture
async def chat(serve, era) -> Served:
    return await serve(era=era, consent="chat")


async def test_the_first_call_shows_the_facts_and_does_nothing(chat) -> None:
    pipe = await chat.pipe(KAFKA)

    result = await chat.call("delete_clickpipe", clickpipe=pipe)

    summary = facts(result)["summary"]
    assert summary.startswith("Not done yet.")
    assert "its position in the source" in summary
    assert chat.plane.writes == []


async def test_the_second_call_with_the_token_does_it(chat) -> None:
    pipe = await chat.pipe(KAFKA)
    token = await offered(chat, "delete_clickpipe", pipe)

    result = await chat.call("delete_clickpipe", clickpipe=pipe, confirmation_token=token)

    assert not result.is_error, said(result)
    assert await chat.pipes() == {}


async def test_an_expired_token_does_nothing(chat) -> None:
    pipe = await chat.pipe(KAFKA)
    token = await offered(chat, "delete_clickpipe", pipe)
    chat.clock.advance(LIFETIME_S)

    result = await chat.call("delete_clickpipe", clickpipe=pipe, confirmation_token=token)

    assert error(result)["code"] == "consent_stale"
    assert chat.plane.writes == []


async def test_a_token_holds_for_nearly_ten_minutes(chat) -> None:
    pipe = await chat.pipe(KAFKA)
    token = await offered(chat, "delete_clickpipe", pipe)
    chat.clock.advance(LIFETIME_S - 1)

    result = await chat.call("delete_clickpipe", clickpipe=pipe, confirmation_token=token)

    assert not result.is_error, said(result)


INVENTED = ["yes", "-", "0-0", "ffffffff-" + "0" * 32, "é-ü", "\x00", "9" * 10_000]


@pytest.mark.parametrize("token", INVENTED, ids=range(len(INVENTED)))
async def test_an_invented_token_does_nothing(chat, token) -> None:
    pipe = await chat.pipe(KAFKA)

    result = await chat.call("delete_clickpipe", clickpipe=pipe, confirmation_token=token)

    assert error(result)["code"] in {"consent_stale", "invalid_arguments"}
    assert chat.plane.writes == []


async def test_an_empty_token_is_no_confirmation(chat) -> None:
    pipe = await chat.pipe(KAFKA)

    await chat.call("delete_clickpipe", clickpipe=pipe, confirmation_token="")

    assert chat.plane.writes == []


async def test_a_later_expiry_cannot_be_written_into_a_token(chat) -> None:
    pipe = await chat.pipe(KAFKA)
    expiry, _, seal = (await offered(chat, "delete_clickpipe", pipe)).partition("-")
    prolonged = f"{int(expiry, 16) + 3600:x}-{seal}"

    result = await chat.call("delete_clickpipe", clickpipe=pipe, confirmation_token=prolonged)

    assert error(result)["code"] == "consent_stale"
    assert chat.plane.writes == []


async def test_a_token_works_once(chat) -> None:
    pipe = await chat.pipe(KAFKA)
    token = await offered(chat, "stop_clickpipe", pipe)
    await chat.call("stop_clickpipe", clickpipe=pipe, confirmation_token=token)
    assert len(chat.plane.writes) == 1

    result = await chat.call("stop_clickpipe", clickpipe=pipe, confirmation_token=token)

    refusal = error(result)
    assert refusal["code"] == "consent_stale"
    assert "was done, or may have been done" in refusal["problem"]
    assert "Nothing was changed" not in refusal["problem"]
    assert len(chat.plane.writes) == 1


async def test_a_token_is_for_one_pipe(chat) -> None:
    pipe = await chat.pipe(KAFKA)
    other = await chat.pipe(KAFKA | {"name": "another"})
    token = await offered(chat, "delete_clickpipe", pipe)

    result = await chat.call("delete_clickpipe", clickpipe=other, confirmation_token=token)

    assert error(result)["code"] == "consent_stale"
    assert chat.plane.writes == []


async def test_a_token_is_for_one_operation(chat) -> None:
    pipe = await chat.pipe(KAFKA)
    token = await offered(chat, "stop_clickpipe", pipe)

    result = await chat.call("delete_clickpipe", clickpipe=pipe, confirmation_token=token)

    assert error(result)["code"] == "consent_stale"
    assert chat.plane.writes == []


async def test_a_token_is_for_the_tables_that_were_shown(chat) -> None:
    mappings = [
        {"sourceSchemaName": "public", "sourceTable": name, "targetTable": f"public_{name}"}
        for name in ("users", "orders", "items")
    ]
    source = {"postgres": POSTGRES["source"]["postgres"] | {"tableMappings": mappings}}
    pipe = await chat.pipe(POSTGRES | {"source": source}, state="stopped")
    shown = {"table_mappings_to_remove": mappings[:1]}
    others = {"table_mappings_to_remove": mappings[1:2]}
    token = await offered(chat, "update_clickpipe", pipe, source=shown)

    result = await chat.call(
        "update_clickpipe", clickpipe=pipe, source=others, confirmation_token=token
    )

    assert error(result)["code"] == "consent_stale"
    assert chat.plane.writes == []


async def test_a_token_ends_when_the_pipe_changes(chat) -> None:
    pipe = await chat.pipe(KAFKA)
    token = await offered(chat, "delete_clickpipe", pipe)
    await chat.plane.by_somebody_else("PATCH", f"{PIPES}/{pipe}", {"name": "another"})

    result = await chat.call("delete_clickpipe", clickpipe=pipe, confirmation_token=token)

    assert error(result)["code"] == "consent_stale"
    assert chat.plane.writes == []


async def test_a_token_of_another_server_does_nothing(serve) -> None:
    first, second = await serve(consent="chat"), await serve(consent="chat")
    pipe, same = await first.pipe(KAFKA), await second.pipe(KAFKA)
    assert pipe == same, "simulators of one seed make the same ids"
    token = await offered(first, "delete_clickpipe", pipe)

    result = await second.call("delete_clickpipe", clickpipe=pipe, confirmation_token=token)

    assert error(result)["code"] == "consent_stale"
    assert second.plane.writes == []


async def test_a_client_that_can_ask_is_asked_even_with_a_token(serve, era) -> None:
    served = await serve(era=era, consent="chat", person=answering("decline"))
    pipe = await served.pipe(KAFKA)

    result = await served.call("delete_clickpipe", clickpipe=pipe, confirmation_token="any")

    assert error(result)["code"] == "consent_denied"
    assert served.plane.writes == []


async def test_the_journal_says_that_the_yes_was_relayed(serve, era, tmp_path) -> None:
    journal = tmp_path / "journal.jsonl"
    served = await serve(era=era, consent="chat", journal=journal)
    pipe = await served.pipe(KAFKA)
    token = await offered(served, "delete_clickpipe", pipe)

    await served.call("delete_clickpipe", clickpipe=pipe, confirmation_token=token)

    assert journal.read_text().count('"confirmed in the chat"') == 2
    assert token not in journal.read_text()


@pytest.mark.parametrize("tool", DESTRUCTIVE)
async def test_the_token_is_a_parameter_in_chat_mode(chat, tool) -> None:
    published = (await chat.tools())[tool].input_schema

    assert published["properties"]["confirmation_token"]["type"] == "string"


@pytest.mark.parametrize("tool", DESTRUCTIVE)
@pytest.mark.parametrize("consent", ["ask", "dangerously-off"])
async def test_the_token_is_no_parameter_otherwise(serve, consent, tool) -> None:
    served = await serve(consent=consent)

    published = (await served.tools())[tool].input_schema

    assert "confirmation_token" not in published["properties"]


async def test_a_token_is_refused_where_it_means_nothing(serve, era) -> None:
    served = await serve(era=era)
    pipe = await served.pipe(KAFKA)

    result = await served.call("delete_clickpipe", clickpipe=pipe, confirmation_token="any")

    assert error(result)["code"] == "invalid_arguments"
    assert error(result)["problems"][0]["field"] == "confirmation_token"
    assert served.plane.writes == []


async def test_under_a_shared_key_the_same_yes_counts_once_unless_it_came_to_nothing() -> None:
    clock = ManualClock()
    tokens = ConfirmationTokens(clock, SHARED_KEY)
    impact = Impact(Operation.STOP, "service", "id", "orders", "kafka", "Running", "1", CONSEQUENCE)

    await tokens.note_done(impact)
    with pytest.raises(ConsentStale):
        await tokens.note_done(impact)
    tokens.note_failed(impact)
    await tokens.note_done(impact)
    await tokens.note_done(replace(impact, version="2"))
    clock.advance(LIFETIME_S + 1)
    await tokens.note_done(impact)


async def test_a_token_is_good_only_for_the_caller_to_whom_it_was_given() -> None:
    tokens = ConfirmationTokens(ManualClock())
    impact = Impact(Operation.STOP, "service", "id", "orders", "kafka", "Running", "1", CONSEQUENCE)
    token = tokens.mint(impact, "alice", {})

    with pytest.raises(ConsentStale):
        await tokens.redeem(token, impact, "bob", {})
    await tokens.redeem(token, impact, "alice", {})


async def test_a_token_is_good_only_for_the_call_in_which_it_was_given() -> None:
    tokens = ConfirmationTokens(ManualClock())
    impact = Impact(Operation.STOP, "service", "id", "orders", "kafka", "Running", "1", CONSEQUENCE)
    said = {"password": "the first"}
    token = tokens.mint(impact, "alice", said)

    for other in ({}, {"password": "the second"}, said | {"more": 1}):
        with pytest.raises(ConsentStale):
            await tokens.redeem(token, impact, "alice", other)
    await tokens.redeem(token, impact, "alice", said)


@pytest.mark.parametrize("key", [None, SHARED_KEY])
async def test_a_confirmation_counts_once_even_where_nothing_looks_changed(key) -> None:
    clock = ManualClock()
    tokens = ConfirmationTokens(clock, key)
    impact = Impact(Operation.STOP, "service", "id", "orders", "kafka", "Running", "1", CONSEQUENCE)
    token = tokens.mint(impact, "alice", {})
    binding = tokens.binding(impact, "alice", {})
    code = tokens.code(binding, int(clock.now().timestamp()) + LIFETIME_S)

    await tokens.redeem(token, impact, "alice", {})
    with pytest.raises(ConsentStale):
        await tokens.redeem(token, impact, "alice", {})
    await tokens.redeem_code(code, binding)
    for again in (code, f" {code.lower()} "):
        with pytest.raises(ConsentStale):
            await tokens.redeem_code(again, binding)
