"""A dry run sends nothing, and shows exactly what the call then sends."""

from typing import Any

import pytest

from clickpipes_mcp.redaction import MASK
from clickpipes_mcp.settings import DEFAULT_TOOLSETS
from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.tools import TOOLS
from tests.serving import KAFKA, POSTGRES, REFERENCE_BODIES, S3, Served, error, facts, said

pytestmark = pytest.mark.anyio

TABLE = {"source_schema_name": "public", "source_table": "items", "target_table": "public_items"}
CALLS: dict[str, tuple[dict[str, Any] | None, str, dict[str, Any]]] = {
    "update_clickpipe": (POSTGRES, "stopped", {"source": {"table_mappings_to_add": [TABLE]}}),
    "start_clickpipe": (KAFKA, "stopped", {}),
    "stop_clickpipe": (KAFKA, "settled", {}),
    "resync_clickpipe": (POSTGRES, "settled", {}),
    "delete_clickpipe": (KAFKA, "settled", {}),
    "update_clickpipe_settings": (S3, "settled", {"settings": {"clickhouse_max_threads": 4}}),
    "scale_clickpipe": (KAFKA, "settled", {"replicas": 2}),
    "update_cdc_scaling": (
        POSTGRES,
        "settled",
        {"replica_cpu_millicores": 4000, "replica_memory_gb": 16},
    ),
}
DOCUMENTED = dict(
    zip(
        ("kafka", "kinesis", "s3", "gcs", "azure_blob", "postgres", "mysql", "mongodb", "bigquery"),
        REFERENCE_BODIES,
        strict=True,
    )
)
WRITES = [
    tool.name for tool in TOOLS if not tool.effect.is_read_only and tool.toolset in DEFAULT_TOOLSETS
]


def masked(value: Any) -> Any:
    """The value with the mask itself as every secret, so that a request equals its preview."""
    if isinstance(value, dict):
        return {key: MASK if key in SECRETS else masked(inner) for key, inner in value.items()}
    return [masked(item) for item in value] if isinstance(value, list) else value


SECRETS = [
    "password",
    "secretKey",
    "secret_key",
    "connectionString",
    "connection_string",
    "serviceAccountKey",
    "service_account_file",
    "serviceAccountFile",
]


async def prepared(served: Served, tool: str) -> dict[str, Any]:
    """Arguments of a call that will work."""
    if tool in CALLS:
        body, state, arguments = CALLS[tool]
        pipe = await served.pipe(body, state=state) if body else ""
        is_about_a_pipe = "clickpipe" in (await served.tools())[tool].input_schema["properties"]
        return {"clickpipe": pipe, **arguments} if is_about_a_pipe else arguments
    key = tool.removeprefix("create_").removesuffix("_clickpipe")
    spec = next(spec for spec in SOURCES if spec.key == key)
    body = masked(DOCUMENTED.get(key, spec.example))
    if key == "pubsub":
        body["source"]["service_account_key"] = {"service_account_file": MASK}
    return body


@pytest.mark.parametrize("tool", WRITES)
async def test_a_dry_run_sends_nothing(serve, era, tool) -> None:
    served = await serve(era=era)

    await served.call(tool, **await prepared(served, tool), dry_run=True)

    assert served.plane.writes == []


@pytest.mark.parametrize("tool", WRITES)
async def test_a_dry_run_shows_exactly_what_is_then_sent(serve, tool) -> None:
    served = await serve(consent="off")
    arguments = await prepared(served, tool)

    shown = facts(await served.call(tool, **arguments, dry_run=True))
    result = await served.call(tool, **arguments)

    assert not result.is_error, said(result)
    request = shown["request"]
    assert [(w.method, w.path, w.body) for w in served.plane.writes] == [
        (request["method"], request["path"], request.get("body"))
    ]
    assert "nothing was sent" in shown["summary"]


@pytest.mark.parametrize("tool", WRITES)
async def test_a_dry_run_leaves_no_line_in_the_journal(serve, tool, tmp_path) -> None:
    journal = tmp_path / "journal.jsonl"
    served = await serve(journal=journal)

    await served.call(tool, **await prepared(served, tool), dry_run=True)

    assert not journal.exists()


@pytest.mark.parametrize("tool", WRITES)
async def test_a_write_is_in_the_journal_before_and_after(serve, tool, tmp_path) -> None:
    journal = tmp_path / "journal.jsonl"
    served = await serve(journal=journal, consent="off")

    await served.call(tool, **await prepared(served, tool))

    lines = journal.read_text().splitlines()
    assert [f'"tool": "{tool}"' in line for line in lines] == [True, True]
    assert '"outcome": "done"' in lines[1]


async def test_nothing_is_sent_when_the_journal_cannot_be_written(serve, tmp_path) -> None:
    served = await serve(journal=tmp_path, consent="off")
    pipe = await served.pipe(KAFKA)

    result = await served.call("delete_clickpipe", clickpipe=pipe)

    assert result.is_error
    assert "journal" in said(result)
    assert served.plane.writes == []


async def test_a_dry_run_masks_secrets(serve) -> None:
    served = await serve()

    result = await served.call("create_kafka_clickpipe", **KAFKA, dry_run=True)

    sent = facts(result)["request"]["body"]
    assert sent["source"]["kafka"]["credentials"] == {"username": "my_user", "password": MASK}
    assert "my_password" not in said(result)


async def test_a_dry_run_leaves_references_as_they_are_written(serve) -> None:
    served = await serve()
    spec = SOURCES[0]

    result = await served.call(f"create_{spec.key}_clickpipe", **spec.example, dry_run=True)

    assert "${env:CLICKPIPES_SECRET_KAFKA}" in said(result)


async def test_a_dry_run_warns_as_the_call_would(serve) -> None:
    served = await serve()

    dry = facts(await served.call("create_postgres_clickpipe", **POSTGRES, dry_run=True))
    real = facts(await served.call("create_postgres_clickpipe", **POSTGRES))

    assert dry["warnings"] == real["warnings"]


def replicating(mappings: list[dict[str, Any]]) -> dict[str, Any]:
    source = POSTGRES["source"]["postgres"] | {"tableMappings": mappings}
    return POSTGRES | {"source": {"postgres": source}}


def tables(count: int) -> list[dict[str, Any]]:
    return [
        TABLE | {"source_table": f"items_{index}", "target_table": f"public_items_{index}"}
        for index in range(count)
    ]


async def test_a_dry_run_of_a_fat_creation_shows_a_shortened_request(serve) -> None:
    served = await serve()

    result = await served.call(
        "create_postgres_clickpipe", **replicating(tables(300)), dry_run=True
    )

    request = facts(result)["request"]
    shown = request["body"]["source"]["postgres"]["tableMappings"]
    assert (len(shown), shown[-1]) == (21, "and 280 more")
    assert "shortened" in request["note"]
    assert len(said(result)) < 10_000


async def test_a_dry_run_of_a_fat_update_shows_a_shortened_request(serve) -> None:
    served = await serve()
    pipe = await served.pipe(POSTGRES, state="stopped")
    source = {"table_mappings_to_add": tables(300)}

    result = await served.call("update_clickpipe", clickpipe=pipe, source=source, dry_run=True)

    assert "and 280 more" in said(result)
    assert "shortened" in facts(result)["request"]["note"]
    assert len(said(result)) < 20_000


@pytest.mark.parametrize("is_dry", [True, False])
async def test_two_thousand_tables_are_looked_at_and_made_in_small_answers(serve, is_dry) -> None:
    served = await serve()
    fat = replicating(tables(2000))

    result = await served.call("create_postgres_clickpipe", **fat, dry_run=is_dry)

    facts(result)
    assert len(said(result)) < 10_000
    assert len(served.plane.writes) == (not is_dry)


async def test_a_usual_dry_run_is_not_called_shortened(serve) -> None:
    served = await serve()

    shown = facts(await served.call("create_postgres_clickpipe", **POSTGRES, dry_run=True))

    assert "note" not in shown["request"]


async def test_a_rule_warns_once_however_many_places_it_finds(serve) -> None:
    served = await serve()

    dry = facts(
        await served.call("create_postgres_clickpipe", **replicating(tables(300)), dry_run=True)
    )

    (warning,) = [w for w in dry["warnings"] if "(database.engine-replaces)" in w]
    assert "tableMappings[0]" in warning
    assert " and 299 more places: " in warning


async def test_a_rule_refuses_some_places_and_counts_the_rest(serve) -> None:
    served = await serve()
    twice = [TABLE | {"table_engine": "Null", "use_custom_sorting_key": True}] * 30

    refusal = error(await served.call("create_postgres_clickpipe", **replicating(twice)))

    by_rule: dict[str, list[dict[str, Any]]] = {}
    for problem in refusal["problems"]:
        by_rule.setdefault(problem["rule"], []).append(problem)
    for problems in by_rule.values():
        assert len(problems) == 6
        assert problems[-1]["problem"].startswith("and 2")
        assert problems[-1]["field"] == problems[0]["field"]
