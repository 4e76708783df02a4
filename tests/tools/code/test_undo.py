"""The last change taken back, as the journal's before-image has it."""

import re
from typing import Any

import pytest

from clickpipes_mcp.settings import TOOLSETS
from clickpipes_mcp.simulator import Fault
from clickpipes_mcp.tools import TOOLS
from tests.code.written import read, settled
from tests.examples import put_secrets
from tests.faults.cases import prepared
from tests.serving import KAFKA, PIPES, POSTGRES, S3, Served, error, facts
from tests.tools.code.test_apply import Person

pytestmark = pytest.mark.anyio
UNDO = "undo_last_change"
TABLES = {
    "table_mappings_to_add": [
        {"source_schema_name": "public", "source_table": "orders", "target_table": "orders"}
    ]
}
MAPPED = [{"source_field": "a", "destination_field": "id"}]
SIZE = {"replicas": 2, "replica_cpu_millicores": 250, "replica_memory_gb": 1}
CHANGES: dict[str, tuple[dict[str, Any], str, dict[str, Any]]] = {
    "name": (KAFKA, "update_clickpipe", {"name": "renamed"}),
    "columns": (
        KAFKA,
        "update_clickpipe",
        {"destination": {"columns": [{"name": "id", "type": "UInt64"}]}},
    ),
    "mappings": (
        KAFKA,
        "update_clickpipe",
        {"field_mappings": MAPPED},
    ),
    "settings": (
        KAFKA,
        "update_clickpipe_settings",
        {"settings": {"streaming_max_insert_wait_ms": 900}},
    ),
    "settings that were set": (
        KAFKA | {"settings": {"streaming_max_insert_wait_ms": 600}},
        "update_clickpipe_settings",
        {"settings": {"streaming_max_insert_wait_ms": 900}},
    ),
    "size": (S3, "scale_clickpipe", SIZE),
    "stop": (KAFKA, "stop_clickpipe", {}),
    "name and settings": (
        KAFKA | {"settings": {"streaming_max_insert_wait_ms": 600}},
        "update_clickpipe",
        {"name": "renamed", "settings": {"streaming_max_insert_wait_ms": 900}},
    ),
    "left paused": (
        POSTGRES,
        "update_clickpipe",
        {
            "source": {"settings": {"sync_interval_seconds": 30}},
            "pause_if_needed": True,
            "resume": False,
        },
    ),
    "tables": (POSTGRES, "update_clickpipe", {"source": TABLES, "pause_if_needed": True}),
    "interval": (
        POSTGRES,
        "update_clickpipe",
        {"source": {"settings": {"sync_interval_seconds": 30}}, "pause_if_needed": True},
    ),
}


@pytest.fixture
async def served(serve, tmp_path) -> Served:
    return await serve(
        toolsets=TOOLSETS, person=Person(), journal=tmp_path / "journal.jsonl", simulator={}
    )


@pytest.mark.parametrize("case", CHANGES)
async def test_a_change_is_taken_back(served, case) -> None:
    body, tool, change = CHANGES[case]
    pipe = await served.pipe(body)
    before = (await served.pipes())[pipe]
    facts(await served.call(tool, clickpipe=pipe, **change))
    changed = (await served.pipes())[pipe]

    dry = facts(await served.call(UNDO, dry_run=True))
    assert settled((await served.pipes())[pipe]) == settled(changed)
    told = facts(await served.call(UNDO))

    after = (await served.pipes())[pipe]
    assert [row["tool"] for row in dry["left"]] == [row["tool"] for row in told["done"]]
    assert dry.get("changes") or dry.get("effects"), dry
    assert told["done"]
    assert (settled(changed), changed["name"], changed["state"]) != (
        settled(before), before["name"], before["state"],
    )  # fmt: skip
    assert (settled(after), after["name"], after["state"]) == (
        settled(before), before["name"], before["state"],
    )  # fmt: skip


async def test_settings_of_a_pipe_found_by_its_name_go_back_to_what_they_were(served) -> None:
    pipe = await served.pipe(KAFKA | {"settings": {"streaming_max_insert_wait_ms": 600}})
    change = {"settings": {"streaming_max_insert_wait_ms": 900, "kafka_read_committed": True}}
    for tool in ("update_clickpipe_settings", "update_clickpipe"):
        facts(await served.call(tool, clickpipe=KAFKA["name"], **change))
        facts(await served.call(UNDO))

        told = facts(await served.call("get_clickpipe_settings", clickpipe=pipe))
        assert told["settings"]["streaming_max_insert_wait_ms"] == 600
        assert not told["settings"].get("kafka_read_committed")


CHANGING = [
    tool
    for tool in TOOLS
    if not tool.effect.changes_nothing
    and tool.source in (None, "kafka")
    and tool.name not in ("apply_clickpipes", UNDO)
]


@pytest.mark.parametrize("tool", CHANGING, ids=lambda tool: tool.name)
async def test_every_change_is_taken_back_or_says_why_not(
    serve, tool, tmp_path, monkeypatch
) -> None:
    put_secrets(monkeypatch, tmp_path)
    served = await serve(
        toolsets=TOOLSETS,
        person=Person(),
        secrets_dir=tmp_path,
        journal=tmp_path / "journal.jsonl",
    )
    other = await served.pipe(S3 | {"name": "another"})
    facts(await served.call("update_clickpipe", clickpipe=other, name="changed before"))
    case = await prepared(served, tool)
    facts(await served.call(tool.name, **case.arguments))
    before = (await served.pipes())[other]

    told = await served.call(UNDO)

    if told.is_error:
        assert error(told)["code"] == "conflict"
        assert re.search("cannot be undone|does not come back", error(told)["problem"])
        assert tool.name.partition("_")[0] in ("create", "delete", "resync", "validate", "update")
    else:
        assert facts(told)["done"]
    assert (await served.pipes())[other] == before


async def test_a_change_whose_end_nobody_knows_is_compared_with_what_was_before(served) -> None:
    pipe = await served.pipe(KAFKA)
    facts(await served.call("update_clickpipe", clickpipe=pipe, name="earlier"))
    lost = Fault("status", method="PATCH", status=500, when="after", times=1)
    served.plane.app.state.faults.replace((lost,))
    error(await served.call("update_clickpipe", clickpipe=pipe, name="later"))

    facts(await served.call(UNDO))

    assert (await served.pipes())[pipe]["name"] == "earlier"


async def test_a_login_that_was_replaced_is_not_said_to_be_as_it_was(served, monkeypatch) -> None:
    monkeypatch.setenv("CLICKPIPES_SECRET_NEW", "invented")
    pipe = await served.pipe(KAFKA)
    login = {"username": "reader", "password": "${env:CLICKPIPES_SECRET_NEW}"}
    facts(await served.call("update_clickpipe", clickpipe=pipe, source={"credentials": login}))

    told = facts(await served.call(UNDO))

    assert any("no read shows" in one for one in told["warnings"]), told


async def test_a_start_is_taken_back_by_a_stop(served) -> None:
    pipe = await served.pipe(KAFKA, state="stopped")
    facts(await served.call("start_clickpipe", clickpipe=pipe))
    await served.pipes()

    facts(await served.call(UNDO, clickpipe=KAFKA["name"]))

    assert (await served.pipes())[pipe]["state"] == "Stopped"


async def test_what_has_no_way_back_says_why_and_what_comes_nearest(served) -> None:
    nothing = error(await served.call(UNDO))
    pipe = await served.pipe(POSTGRES)
    facts(await served.call("resync_clickpipe", clickpipe=pipe))
    await served.pipes()
    resynced = error(await served.call(UNDO))
    facts(await served.call("delete_clickpipe", clickpipe=pipe))
    await served.pipes()
    gone = error(await served.call(UNDO))

    assert "no change of this server" in nothing["problem"]
    assert "cannot be undone" in resynced["problem"]
    (offered,) = gone["next_actions"]
    assert offered["tool"] == "create_postgres_clickpipe"
    assert offered["arguments"]["source"]["table_mappings"]
    assert "source.credentials" in gone["problem"] or "credentials.password" in gone["problem"]
    assert "cdc_only" in gone["fix"]


async def test_where_no_journal_is_kept_nobody_says_that_it_tells_of_no_change(serve) -> None:
    served = await serve(toolsets=TOOLSETS, simulator={})
    pipe = await served.pipe(KAFKA)
    facts(await served.call("update_clickpipe", clickpipe=pipe, name="renamed"))

    told = error(await served.call(UNDO))

    assert told["problem"].startswith("No journal is kept")


async def test_a_change_that_is_back_already_is_nothing_to_do(served) -> None:
    pipe = await served.pipe(KAFKA)
    facts(await served.call("update_clickpipe", clickpipe=pipe, name="renamed"))
    facts(await served.call(UNDO))
    facts(await served.call(UNDO))

    assert [one["name"] for one in (await read(served)).values()] == ["renamed"]
    facts(await served.call("stop_clickpipe", clickpipe=pipe))
    await served.command(pipe, "start")
    await served.pipes()
    told = facts(await served.call(UNDO))
    assert "Nothing to do" in told["summary"]


async def test_every_tool_refuses_a_name_that_several_pipes_share(served) -> None:
    one = await served.pipe(KAFKA)
    facts(await served.call("update_clickpipe", clickpipe=one, field_mappings=MAPPED))
    await served.pipe(KAFKA | {"destination": KAFKA["destination"] | {"table": "another"}})
    sent, tried = len(served.plane.writes), 0
    for tool in TOOLS:
        fields = tool.arguments.model_fields
        needed = {name for name, field in fields.items() if field.is_required()}
        if "clickpipe" in fields and needed <= {"clickpipe"}:
            refused = error(await served.call(tool.name, clickpipe=KAFKA["name"]))
            assert "2 ClickPipes have that name" in refused["problem"], tool.name
            tried += 1
    assert tried > 8
    assert len(served.plane.writes) == sent


THEIRS: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "name": ("PATCH", "", {"name": "theirs"}, "name"),
    "columns": (
        "PATCH",
        "",
        {"destination": {"columns": [{"name": "theirs", "type": "String"}]}},
        "destination.columns",
    ),
    "mappings": (
        "PATCH",
        "",
        {"fieldMappings": [{"sourceField": "b", "destinationField": "theirs"}]},
        "field_mappings",
    ),
    "settings": (
        "PUT",
        "/settings",
        {"streaming_max_insert_wait_ms": 700},
        "settings.streaming_max_insert_wait_ms",
    ),
    "size": (
        "PATCH",
        "/scaling",
        {"replicas": 3, "replicaCpuMillicores": 500, "replicaMemoryGb": 2},
        "scaling.replicas",
    ),
    "interval": (
        "PATCH",
        "",
        {"source": {"postgres": {"settings": {"syncIntervalSeconds": 45}}}},
        "source.settings.sync_interval_seconds",
    ),
    "tables": (
        "PATCH",
        "",
        {
            "source": {
                "postgres": {
                    "tableMappingsToAdd": [
                        {
                            "sourceSchemaName": "public",
                            "sourceTable": "theirs",
                            "targetTable": "theirs",
                        }
                    ]
                }
            }
        },
        "",
    ),
}
"""What somebody else sends to the same field as a change of that name, or as the last to another
table, and what a refusal calls the field."""


@pytest.mark.parametrize("mine", THEIRS)
async def test_what_others_changed_since_stays(served, mine) -> None:
    body, tool, change = CHANGES[mine]
    alike = [name for name in THEIRS if CHANGES[name][0]["source"] == body["source"]]

    async def by_others(pipe: str, names: list[str]) -> None:
        for method, path, sent, _ in (THEIRS[name] for name in names):
            if body is POSTGRES:
                await served.command(pipe, "stop")
                await served.pipes()
            await served.plane.by_somebody_else(method, f"{PIPES}/{pipe}{path}", sent)
            await served.pipes()

    others = [name for name in alike if name != mine or not THEIRS[name][3]]
    expected = await served.pipe(body | {"name": "another"})
    await by_others(expected, others)
    pipe = await served.pipe(body)
    facts(await served.call(tool, clickpipe=pipe, **change))
    if mine == "size":
        assert "while it settles" in error(await served.call(UNDO))["problem"]
    await served.pipes()
    await by_others(pipe, others)
    facts(await served.call(UNDO))
    both = await served.pipes()
    assert settled(both[pipe]) == settled(both[expected])
    assert both[pipe]["name"] == ("theirs" if "name" in others else body["name"])
    if mine in ("name", "columns", "mappings", "settings"):
        paths = [f"{PIPES}/{one}/settings" for one in both]
        kept = [await served.plane.by_somebody_else("GET", path) for path in paths]
        assert kept[0] == kept[1]

    field = THEIRS[mine][3]
    if field:
        await by_others(pipe, [mine])
        sent = len(served.plane.writes)
        refused = error(await served.call(UNDO))
        assert refused["code"] == "conflict"
        assert field in refused["problem"]
        assert len(served.plane.writes) == sent
