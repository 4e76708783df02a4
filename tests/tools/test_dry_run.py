"""A dry run sends nothing, and shows exactly what the call then sends."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from clickpipes_mcp.contract import SourceSpec
from clickpipes_mcp.private_endpoints import EXAMPLES
from clickpipes_mcp.redaction import MASK
from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.tools import TOOLS, ToolSpec
from clickpipes_mcp.tools.updating.plans import MAY_FOLLOW
from tests.examples import DOCUMENTED
from tests.faults.cases import prepared
from tests.serving import KAFKA, PIPES, POSTGRES, S3, Served, error, facts, said
from tests.tools.network.endpoints import PSC, VPC, endpoint
from tests.tools.network.keys import BASTION, key

pytestmark = pytest.mark.anyio

TABLE = {"source_schema_name": "public", "source_table": "items", "target_table": "public_items"}
SYNC = {"settings": {"sync_interval_seconds": 30}}
EVERY_TOOLSET = {"toolsets": tuple(dict.fromkeys(tool.toolset for tool in TOOLS))}


@dataclass(frozen=True)
class Case:
    """A call that works, on something that was made before: a pipe in a state, or an endpoint."""

    tool: str
    arguments: Mapping[str, Any]
    pipe: Mapping[str, Any] | None = None
    state: str = "settled"
    endpoint: Mapping[str, Any] | None = None
    on_a_key: bool = False

    async def prepare(self, served: Served) -> dict[str, Any]:
        """The arguments of the call."""
        named: dict[str, Any] = {}
        if self.pipe:
            pipe = await served.pipe(self.pipe, state=self.state)
            if "clickpipe" in (await served.tools())[self.tool].input_schema["properties"]:
                named["clickpipe"] = pipe
        if self.endpoint:
            named["endpoint"] = (await endpoint(served, dict(self.endpoint)))["id"]
        if self.on_a_key:
            named["ssh_key"] = (await key(served))["id"]
        return {**named, **self.arguments}


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


def masked(value: Any) -> Any:
    """The value with the mask itself as every secret, so that a request equals its preview."""
    if isinstance(value, dict):
        return {key: MASK if key in SECRETS else masked(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [masked(item) for item in value]
    return MASK if isinstance(value, str) and value.startswith("${") else value


def creating(spec: SourceSpec) -> Case:
    """A create of that source."""
    body = masked(DOCUMENTED.get(spec.key, spec.example))
    return Case(f"create_{spec.key}_clickpipe", body)


def updating(pipe: Mapping[str, Any], state: str, **change: Any) -> Case:
    """An update of a pipe in that state."""
    return Case("update_clickpipe", change, pipe, state)


CREATES = {f"create {spec.key}": creating(spec) for spec in SOURCES}
OTHERS = {
    "update tables": updating(POSTGRES, "stopped", source={"table_mappings_to_add": [TABLE]}),
    "update a name": updating(KAFKA, "settled", name="another"),
    "update settings": updating(S3, "settled", settings={"clickhouse_max_threads": 4}),
    "update a name and settings": updating(
        S3, "settled", name="another", settings={"clickhouse_max_threads": 4}
    ),
    "pause, update": updating(POSTGRES, "settled", source=SYNC, pause_if_needed=True),
    "pause, update, pause": updating(
        POSTGRES, "settled", source=SYNC, pause_if_needed=True, resume=False
    ),
    "update, pause": updating(POSTGRES, "stopped", source=SYNC, pause_if_needed=True),
    "start": Case("start_clickpipe", {}, KAFKA, "stopped"),
    "stop": Case("stop_clickpipe", {}, KAFKA),
    "resync": Case("resync_clickpipe", {}, POSTGRES),
    "delete": Case("delete_clickpipe", {}, KAFKA),
    "settings": Case("update_clickpipe_settings", {"settings": {"clickhouse_max_threads": 4}}, S3),
    "scale databases": Case(
        "update_cdc_scaling", {"replica_cpu_millicores": 4000, "replica_memory_gb": 16}, POSTGRES
    ),
    "create an endpoint": Case("create_private_endpoint", EXAMPLES["VPC_ENDPOINT_SERVICE"]),
    "update an endpoint": Case(
        "update_private_endpoint",
        {"custom_private_dns_mappings": [{"private_dns_name": "new.example.com"}]},
        endpoint=PSC,
    ),
    "delete an endpoint": Case("delete_private_endpoint", {}, endpoint=VPC),
    "create a key": Case("create_ssh_key", BASTION),
    "validate a key": Case("validate_ssh_key", {}, on_a_key=True),
    "delete a key": Case("delete_ssh_key", {}, on_a_key=True),
    "look into a source": Case(
        "discover_source_schema", {"kind": "kafka", "source": masked(KAFKA["source"])}
    ),
}


@dataclass(frozen=True)
class WorkingCall:
    """The call that is tried under faults, of a tool that needs no case of its own."""

    spec: ToolSpec[Any]

    @property
    def tool(self) -> str:
        return self.spec.name

    async def prepare(self, served: Served) -> dict[str, Any]:
        """The arguments of the call."""
        return (await prepared(served, self.spec)).arguments


THROUGH_OTHERS = frozenset({"apply_clickpipes", "undo_last_change"})
"""Tools without a request of their own: what they send, the tools they call have shown."""

WRITING = [
    tool
    for tool in TOOLS
    if not (tool.effect.is_read_only or tool.connects_itself or tool.name in THROUGH_OTHERS)
]
TRIED = {case.tool for case in (*CREATES.values(), *OTHERS.values())}
REST = {tool.name: WorkingCall(tool) for tool in WRITING if tool.name not in TRIED}
CASES = CREATES | OTHERS | REST


def sent(served: Served) -> list[tuple[str, str, Any]]:
    """What arrived, but for what was only read."""
    return [(one.method, one.path, one.body) for one in served.plane.arrived if one.method != "GET"]


@pytest.fixture(params=CASES.values(), ids=CASES)
def case(request) -> Any:
    return request.param


def test_every_tool_that_writes_is_tried():
    assert {case.tool for case in CASES.values()} == {tool.name for tool in WRITING}


async def test_a_dry_run_sends_nothing(serve, era, case) -> None:
    served = await serve(era=era, **EVERY_TOOLSET)

    arguments = await case.prepare(served)
    facts(await served.call(case.tool, **arguments, dry_run=True))

    assert sent(served) == []


async def test_a_dry_run_shows_exactly_what_is_then_sent(serve, case) -> None:
    served = await serve(consent="dangerously-off", **EVERY_TOOLSET)
    arguments = await case.prepare(served)

    shown = facts(await served.call(case.tool, **arguments, dry_run=True))
    result = await served.call(case.tool, **arguments)

    assert not result.is_error, said(result)
    requests = [
        request
        for request in shown.get("requests") or [shown["request"]]
        if request.get("note") != MAY_FOLLOW
    ]
    assert sent(served) == [
        (request["method"], request["path"], request.get("body")) for request in requests
    ]
    assert "nothing was sent" in shown["summary"]


async def test_a_dry_run_leaves_no_line_in_the_journal(serve, case, tmp_path) -> None:
    journal = tmp_path / "journal.jsonl"
    served = await serve(journal=journal, **EVERY_TOOLSET)

    facts(await served.call(case.tool, **await case.prepare(served), dry_run=True))

    assert not journal.exists()


async def test_every_write_is_in_the_journal_before_and_after(serve, case, tmp_path) -> None:
    journal = tmp_path / "journal.jsonl"
    served = await serve(journal=journal, consent="dangerously-off", **EVERY_TOOLSET)

    await served.call(case.tool, **await case.prepare(served))

    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    assert [line["phase"] for line in lines] == ["intent", "outcome"] * len(sent(served))
    assert {line["tool"] for line in lines} == {case.tool}
    assert {line["outcome"] for line in lines[1::2]} == {"done"}


async def test_nothing_is_sent_when_the_journal_cannot_be_written(serve, tmp_path) -> None:
    served = await serve(journal=tmp_path, consent="dangerously-off")
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


async def test_a_dry_run_leaves_references_as_they_are_written(serve, monkeypatch) -> None:
    monkeypatch.setenv("CLICKPIPES_SECRET_KAFKA", "example")
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


@pytest.mark.parametrize("spec", SOURCES, ids=lambda spec: spec.key)
async def test_samples_are_validated_by_the_call_as_the_dry_run_shows(serve, spec) -> None:
    served = await serve(sources=(spec.key,))
    case = creating(spec)
    arguments = {**case.arguments, "validate_samples": True}

    shown = facts(await served.call(case.tool, **arguments, dry_run=True))["request"]
    made = facts(await served.call(case.tool, **arguments))

    ((_, _, body),) = sent(served)
    assert body["source"]["validateSamples"] is True
    assert masked(body) == masked(shown["body"])
    assert made["clickpipe"]["id"]


MODES = {
    "cdc": ("initial load", "changes"),
    "cdc_only": ("changes",),
    "snapshot": ("initial load",),
}


@pytest.mark.parametrize("mode", MODES)
async def test_a_database_pipe_costs_what_its_mode_reads(serve, mode) -> None:
    served = await serve()
    arguments = masked(POSTGRES)
    arguments["source"]["postgres"]["settings"] = {"replicationMode": mode}

    shown = facts(await served.call("create_postgres_clickpipe", **arguments, dry_run=True))

    priced = tuple(
        word
        for word in ("initial load", "changes")
        if any(cost.startswith(word) for cost in shown["costs"])
    )
    assert priced == MODES[mode]
    told = " ".join(shown["effects"])
    assert ("existing" in told or "exist already" in told) is (mode == "cdc_only")
    assert ("Copies the tables once" in told) is (mode == "snapshot")


async def test_a_recreation_is_priced_for_the_mode_it_would_have(serve) -> None:
    served = await serve()
    pipe = await served.pipe(POSTGRES)
    change = {"source": {"settings": {"replication_mode": "snapshot"}}}

    shown = facts(await served.call("update_clickpipe", clickpipe=pipe, **change, dry_run=True))

    assert not any(cost.startswith("changes") for cost in shown["costs"])


async def test_a_paused_snapshot_goes_on_loading_when_it_is_started(serve) -> None:
    served = await serve()
    body = masked(POSTGRES)
    body["source"]["postgres"]["settings"] = {"replicationMode": "snapshot"}
    made = await served.plane.by_somebody_else("POST", PIPES, body)
    served.clock.advance(70)
    await served.command(made["id"], "stop")
    served.clock.advance(10)

    shown = facts(await served.call("start_clickpipe", clickpipe=made["id"], dry_run=True))

    assert not any(cost.startswith("changes") for cost in shown["costs"])
    assert any(cost.startswith("initial load") for cost in shown["costs"])
