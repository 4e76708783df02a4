"""The last change taken back, as the journal's before-image has it."""

from typing import Any

import pytest

from clickpipes_mcp.settings import TOOLSETS
from tests.code.written import read, settled
from tests.serving import KAFKA, POSTGRES, S3, Served, error, facts
from tests.tools.code.test_apply import Person

pytestmark = pytest.mark.anyio
UNDO = "undo_last_change"
TABLES = {
    "table_mappings_to_add": [
        {"source_schema_name": "public", "source_table": "orders", "target_table": "orders"}
    ]
}
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
        {"field_mappings": [{"source_field": "a", "destination_field": "id"}]},
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
    told = facts(await served.call(UNDO))

    after = (await served.pipes())[pipe]
    assert dry["left"]
    assert told["done"]
    assert (settled(changed), changed["name"], changed["state"]) != (
        settled(before), before["name"], before["state"],
    )  # fmt: skip
    assert (settled(after), after["name"], after["state"]) == (
        settled(before), before["name"], before["state"],
    )  # fmt: skip


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
