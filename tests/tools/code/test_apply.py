"""A file carried out: through the same tools, rules, consent and journal as single calls."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from mcp_types import ElicitRequestParams, ElicitResult

from clickpipes_mcp.contract import Family
from clickpipes_mcp.settings import TOOLSETS
from clickpipes_mcp.sources import SOURCES
from tests.code.written import read
from tests.examples import put_secrets
from tests.serving import KAFKA, POSTGRES, S3, Served, answering, error, facts
from tests.tools.code.test_plan import exported, is_nothing, merged, planned

pytestmark = pytest.mark.anyio
APPLY = "apply_clickpipes"


class Person:
    """Agrees to everything, and remembers what that was."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def __call__(self, asked: ElicitRequestParams) -> ElicitResult:
        self.asked.append(asked.message)
        choice = asked.requested_schema["properties"].get("choice")
        if choice:
            yes = next(one for one in choice["enum"] if not one.startswith("leave"))
            return ElicitResult(action="accept", content={"choice": yes})
        name = asked.message.rsplit("type the name: ", 1)[1]
        return ElicitResult(action="accept", content={"name": name})


@pytest.fixture
def file_of_all(monkeypatch, tmp_path) -> str:
    """A document of every kind of source."""
    put_secrets(monkeypatch, tmp_path)
    documents = []
    for spec in SOURCES:
        body = json.loads(json.dumps(dict(spec.example))) | {"name": spec.key, "kind": spec.key}
        if spec.family is not Family.DATABASE:
            body["destination"]["table"] = spec.key
        documents.append(body)
    return json.dumps(documents)


async def test_an_empty_service_becomes_what_the_file_says_and_then_nothing_is_to_do(
    serve, file_of_all, tmp_path
) -> None:
    journal = tmp_path / "journal.jsonl"
    served = await serve(toolsets=TOOLSETS, secrets_dir=tmp_path, journal=journal)

    told = facts(await served.call(APPLY, content=file_of_all))
    pipes = await read(served)
    again = facts(await served.call(APPLY, content=file_of_all))

    assert {one["tool"] for one in told["done"]} == {f"create_{s.key}_clickpipe" for s in SOURCES}
    assert pipes.keys() == {spec.key for spec in SOURCES}
    assert again["summary"].startswith("Nothing to do")
    assert is_nothing(await planned(served, await exported(served)))
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    assert {line["tool"] for line in lines} == {one["tool"] for one in told["done"]}


async def changed(served: Served, change: Callable[[dict[str, Any]], None]) -> str:
    documents = list(yaml.safe_load_all(await exported(served)))
    for one in documents:
        change(one)
    return json.dumps(documents)


async def test_changes_are_made_and_a_person_is_asked_one_question_a_call(serve) -> None:
    person = Person()
    served = await serve(toolsets=TOOLSETS, person=person)
    await served.pipe(KAFKA)
    await served.pipe(POSTGRES)
    await served.pipe(S3 | {"name": "gone"})

    def change(one: dict[str, Any]) -> None:
        if one["kind"] == "kafka":
            one |= {"settings": {"streaming_max_insert_wait_ms": 700}, "stopped": True}
            one["scaling"] = {
                "replicas": 2, "replica_cpu_millicores": 250, "replica_memory_gb": 1.0,
            }  # fmt: skip
        if one["kind"] == "postgres":
            one["source"]["settings"]["sync_interval_seconds"] = 30

    content = await changed(served, change)
    content = json.dumps([one for one in json.loads(content) if one["name"] != "gone"])
    asked, calls = [], 0
    told: dict[str, Any] = {"left": True}
    while told.get("left") and calls < 6:
        told = facts(
            await served.call(
                APPLY,
                content=content,
            )
        )
        asked.append(len(person.asked))
        served.clock.advance(600)
        calls += 1
    told = facts(await served.call(APPLY, content=content, delete=["gone"]))
    served.clock.advance(3600)

    pipes = await read(served)
    assert "gone" not in pipes
    assert pipes[KAFKA["name"]]["state"] == "Stopped"
    assert pipes[KAFKA["name"]]["scaling"]["replicas"] == 2
    assert pipes[POSTGRES["name"]]["source"]["postgres"]["settings"]["syncIntervalSeconds"] == 30
    assert len(person.asked) == 3
    assert all(later - earlier <= 1 for earlier, later in zip([0, *asked], asked, strict=False))
    assert is_nothing(await planned(served, content))


async def test_who_does_not_agree_keeps_everything(serve) -> None:
    served = await serve(toolsets=TOOLSETS, person=answering("decline"))
    pipe = await served.pipe(KAFKA)
    content = await changed(served, lambda one: one.update(stopped=True))

    refused = error(await served.call(APPLY, content=content))
    strange = error(await served.call(APPLY, content=content, delete=[KAFKA["name"]]))

    assert refused["code"] == "consent_denied"
    assert strange["code"] == "invalid_arguments"
    assert (await served.pipes())[pipe]["state"] == "Running"
    assert served.plane.writes == []


async def test_a_name_that_several_pipes_share_deletes_none_of_them(serve) -> None:
    person = Person()
    served = await serve(toolsets=TOOLSETS, person=person)
    for table in ("one", "other"):
        await served.pipe(KAFKA | {"destination": KAFKA["destination"] | {"table": table}})

    told = error(await served.call(APPLY, content="[]", delete=[KAFKA["name"]]))

    assert "name of several pipes" in told["problems"][0]["problem"]
    assert (len(await served.pipes()), person.asked) == (2, [])


async def test_it_stops_at_the_first_failure_says_what_was_done_and_goes_on(
    serve, monkeypatch
) -> None:
    served = await serve(toolsets=TOOLSETS)
    await served.pipe(KAFKA)
    for part in ("USERNAME", "PASSWORD"):
        monkeypatch.setenv(f"CLICKPIPES_SECRET_MY_KAFKA_CLICKPIPE_{part}", "invented")
    good = await changed(served, lambda one: one.update(settings={"kafka_read_committed": True}))
    (first,) = json.loads(good)
    second = merged(first, {"name": "second", "destination": {"table": "second"}})
    broken = merged(second, {"name": "broken", "source": {"authentication": "IAM_ROLE"}})

    stopped = error(await served.call(APPLY, content=json.dumps([broken, second, first])))
    writes = len(served.plane.writes)
    dry = facts(await served.call(APPLY, content=good, dry_run=True))
    half = facts(await served.call(APPLY, content=json.dumps([second, broken, first])))
    done = facts(await served.call(APPLY, content=json.dumps([second, first])))

    assert "broken" in stopped["problem"]
    assert writes == 0
    assert dry["left"][0]["outcome"].startswith("changes it")
    assert [one["clickpipe"] for one in half["done"]] == ["second"]
    assert [one["outcome"].partition(":")[0] for one in half["left"]] == [
        "failed",
        "not tried, because a step before it failed",
    ]
    assert [(one["clickpipe"], one["tool"]) for one in done["done"]] == [
        (KAFKA["name"], "update_clickpipe")
    ]


async def test_what_needs_a_new_pipe_is_left_alone_until_it_is_named(serve, monkeypatch) -> None:
    for part in ("USERNAME", "PASSWORD"):
        monkeypatch.setenv(f"CLICKPIPES_SECRET_MY_KAFKA_CLICKPIPE_{part}", "invented")
    person = Person()
    served = await serve(toolsets=TOOLSETS, person=person)
    pipe = await served.pipe(KAFKA)
    content = await changed(
        served,
        lambda one: (one["source"].update(topics="other"), one["destination"].update(table="b")),
    )

    kept = facts(await served.call(APPLY, content=content))
    assert any("needs a new pipe" in warning for warning in kept["warnings"])
    assert (await served.pipes()).keys() == {pipe}
    facts(await served.call(APPLY, content=content, delete=[KAFKA["name"]]))
    await served.pipes()
    facts(await served.call(APPLY, content=content))

    (made,) = (await read(served)).values()
    assert made["source"]["kafka"]["topics"] == "other"
    assert len(person.asked) == 1


async def test_a_tool_that_is_switched_off_is_not_used(serve) -> None:
    served = await serve(toolsets=("code",))
    await served.pipe(KAFKA)
    content = await changed(served, lambda one: one.update(stopped=True))

    told = error(await served.call(APPLY, content=content))

    assert told["code"] == "tool_unavailable"
    assert served.plane.writes == []
