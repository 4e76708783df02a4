"""Every line of the table in the guide to safety, performed: a call that does what it says."""

import json
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Any, TypeAlias

from mcp_types import CallToolResult
from pydantic.alias_generators import to_camel

from clickpipes_mcp.contract import SourceSpec
from clickpipes_mcp.demo.script import bodies
from clickpipes_mcp.guides import page
from clickpipes_mcp.schema_shape import full_schema
from clickpipes_mcp.sources import SOURCES, source_named
from clickpipes_mcp.tools import TOOLS
from tests.faults.cases import any_value, prepared
from tests.serving import Served
from tests.tools.network.endpoints import PSC, VPC, dns, endpoint, with_source
from tests.tools.network.keys import BASTION, key
from tests.tools.secret_ways import TRAVELLER, USUAL, created, example

LOGIN = {"username": "reader", "password": "example-password"}
ROLE = "arn:aws:iam::123456789012:role/other"
NEW_TABLE = {
    "source_schema_name": "public",
    "source_table": "items",
    "target_table": "public_items",
}
Performance: TypeAlias = Callable[[Served], Awaitable[CallToolResult]]


@dataclass(frozen=True)
class Line:
    """A line of the table; `fields` are those of an update that it speaks of."""

    tool: str
    does: str
    lost: str
    answer: str

    @property
    def asks(self) -> bool:
        return self.answer == "Asked"

    @property
    def head(self) -> str:
        return re.split(r" at `|: ", self.does)[0]

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(re.findall(r"`([\w.]+)`", self.does.partition(": ")[2]))

    @property
    def source(self) -> str | None:
        found = re.search(r" at `(\w+)`", self.does)
        return found[1] if found else None

    def __str__(self) -> str:
        return f"{self.tool}: {self.does.replace('`', '')}"


def lines() -> list[Line]:
    """The lines of the table, without its head."""
    rows = [row for row in page("safety").splitlines() if row.startswith("| `")]
    cells = [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows]
    return [Line(tool.strip(" `"), *rest) for tool, *rest in cells]


def tools_of(line: Line) -> list[str]:
    """The tools a line is about, by their names."""
    return [tool.name for tool in TOOLS if fnmatch(tool.name, line.tool)]


def body_of(spec: SourceSpec) -> dict[str, Any]:
    """The request that creates a documented pipe of a source."""
    body = _on_the_wire(bodies()[spec.key])
    return body | {"source": {spec.arm: body["source"].get(spec.arm, body["source"])}}


def _on_the_wire(value: Any) -> Any:
    """A body under the API's keys."""
    if isinstance(value, dict):
        return {to_camel(name): _on_the_wire(inner) for name, inner in value.items()}
    return [_on_the_wire(inner) for inner in value] if isinstance(value, list) else value


KAFKA, S3, POSTGRES = (body_of(source_named(key)) for key in ("kafka", "s3", "postgres"))
COLUMNS = KAFKA["destination"]["columns"]
MAPPINGS = [{"sourceField": one["name"], "destinationField": one["name"]} for one in COLUMNS]
MAPPED = KAFKA | {"fieldMappings": MAPPINGS}
SQL = {"host": "other.example.com", "port": 5432, "credentials": LOGIN}
VALUES: Mapping[str, dict[str, Any]] = {
    "host": SQL,
    "port": {"port": 6000, "credentials": LOGIN},
    "database": {"database": "other", "credentials": LOGIN},
    "uri": {"uri": "mongodb+srv://other.example.net", "credentials": LOGIN},
    "connection_string": {"connection_string": "AccountName=other;AccountKey=invented"},
    "azure_container_name": {"azure_container_name": "other"},
    "path": {"path": "other/*.json"},
    "reverse_private_endpoint_ids": {"reverse_private_endpoint_ids": []},
    "start_after": {"start_after": "data/2026-11-27.json"},
    "skip_initial_load": {"skip_initial_load": True},
    "credentials": {"credentials": LOGIN},
    "authentication": {"authentication": "IAM_ROLE", "iam_role": ROLE},
    "iam_role": {"authentication": "IAM_ROLE", "iam_role": ROLE},
    "access_key": {"access_key": {"access_key_id": "another", "secret_key": "invented"}},
    "tls_host": {"tls_host": "db.example.com"},
    "ca_certificate": {"ca_certificate": "${file:ca.pem}"},
    "settings": {"settings": {"sync_interval_seconds": 30}},
    "read_preference": {"read_preference": "secondary"},
    "server_id": {"server_id": 7},
    "ack_deadline": {"ack_deadline": 30},
    "service_account_key": {"service_account_key": "${file:key.json}"},
    "table_mappings_to_add": {"table_mappings_to_add": [NEW_TABLE]},
}
"""What an update is asked for, to change a field of a source."""

OF_A_SOURCE: Mapping[tuple[str, str], dict[str, Any]] = {
    ("kafka", "authentication"): {"authentication": "SCRAM-SHA-512", "credentials": LOGIN},
    ("kafka", "iam_role"): {"iam_role": ROLE},
    ("azure_blob", "authentication"): {"authentication": "CONNECTION_STRING"},
    ("gcs", "authentication"): {"authentication": "SERVICE_ACCOUNT_WORKLOAD_IDENTITY"},
    ("gcs", "access_key"): {"authentication": "IAM_USER"} | VALUES["access_key"],
    ("pubsub", "authentication"): {"authentication": "SERVICE_ACCOUNT_WORKLOAD_IDENTITY"},
    ("pubsub", "service_account_key"): {
        "authentication": "SERVICE_ACCOUNT",
        "service_account_key": {"service_account_file": "${file:key.json}"},
    },
    ("pubsub", "ack_deadline"): {"authentication": "SERVICE_ACCOUNT", "ack_deadline": 30},
    ("mongodb", "table_mappings_to_add"): {
        "table_mappings_to_add": [
            {"source_database_name": "mydb", "source_collection": "items", "target_table": "items"}
        ]
    },
}
PAUSED = frozenset({"settings", "table_mappings_to_add", "table_mappings_to_remove"})


def updated_fields() -> Iterator[tuple[SourceSpec, str]]:
    """Every field of every source that an update can change."""
    for spec in SOURCES:
        if spec.update is not None:
            for name in spec.update.model_fields:
                yield spec, name


def inner_names(spec: SourceSpec, name: str) -> set[str]:
    """The names of the fields within a field that an update can change, however deep."""
    assert spec.update is not None
    return set(_names_within(full_schema(spec.update)["properties"][name]))


def _names_within(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        properties = node.get("properties")
        yield from properties if isinstance(properties, dict) else ()
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for one in inner:
        yield from _names_within(one)


def lines_about(spec: SourceSpec, name: str) -> list[Line]:
    """The lines that speak of a field: those that name its source, else those that name none."""
    found = [line for line in lines() if line.tool == "update_clickpipe" and name in line.fields]
    return [line for line in found if line.source == spec.key] or [
        line for line in found if line.source is None
    ]


async def change_field(served: Served, spec: SourceSpec, name: str, line: Line) -> CallToolResult:
    """Change a field of a pipe of that source, the way a line speaks of."""
    body = body_of(spec)
    arm = spec.arm
    if name == "reverse_private_endpoint_ids":
        body["source"][arm]["reversePrivateEndpointIds"] = [(await endpoint(served, VPC))["id"]]
    if name == "skip_initial_load" and spec.key != "azure_blob":
        queue = {"s3": "https://sqs.us-east-1.amazonaws.com/123456789012/events"}
        body["source"][arm] |= {
            "isContinuous": True,
            "queueUrl": queue.get(spec.key, "projects/example/subscriptions/events"),
        }
    if name == "table_mappings_to_remove":
        kept = {"sourceTable": "kept", "sourceCollection": "kept", "targetTable": "kept"}
        first = body["source"][arm]["tableMappings"][0]
        rest = first | {name: value for name, value in kept.items() if name in first}
        body["source"][arm]["tableMappings"] = [first, rest]
        change: dict[str, Any] = {"table_mappings_to_remove": [first]}
    elif name in ("disable_tls", "skip_cert_verification"):
        change = {name: line.asks}
    else:
        change = OF_A_SOURCE.get((spec.key, name)) or _usual(spec, name) or _another(spec, name)
    pipe = await served.pipe(body, state="stopped" if name in PAUSED else "settled")
    return await served.call("update_clickpipe", clickpipe=pipe, source=change)


def _usual(spec: SourceSpec, name: str) -> dict[str, Any]:
    """What is said of fields of that name, where this source has all that goes with it."""
    change = VALUES.get(name, {})
    assert spec.update is not None
    return change if change.keys() <= spec.update.model_fields.keys() else {}


def _another(spec: SourceSpec, name: str) -> dict[str, Any]:
    """Another value for a field that nothing is said of, beside the login of the example."""
    given = dict(spec.example["source"]) if isinstance(spec.example["source"], dict) else {}
    login = {key: "invented" for key, value in given.items() if "${" in str(value)}
    assert spec.update is not None
    value = any_value(full_schema(spec.update)["properties"][name], other_than=given.get(name))
    assert value is not None, f"say in VALUES what {spec.key} gets as {name}"
    needed = {key: one for key, one in login.items() if key in spec.update.model_fields}
    return needed | {name: value}


def a_command(tool: str, body: dict[str, Any] = KAFKA, state: str = "settled") -> Performance:
    async def perform(served: Served) -> CallToolResult:
        return await served.call(tool, clickpipe=await served.pipe(body, state=state))

    return perform


def an_update(body: dict[str, Any] = KAFKA, **change: Any) -> Performance:
    async def perform(served: Served) -> CallToolResult:
        return await served.call("update_clickpipe", clickpipe=await served.pipe(body), **change)

    return perform


def a_tuning(tool: str, body: dict[str, Any] = KAFKA, **change: Any) -> Performance:
    async def perform(served: Served) -> CallToolResult:
        pipe = await served.pipe(body)
        about = {} if tool == "update_cdc_scaling" else {"clickpipe": pipe}
        return await served.call(tool, **about, **change)

    return perform


def a_journey(tool: str) -> Performance:
    """The secret of a reference has been at the host of an example, and is to go to another."""

    async def perform(served: Served) -> CallToolResult:
        spec = source_named("postgres")
        await created(served, spec, TRAVELLER)
        served.plane.arrived.clear()
        there = example(spec, TRAVELLER)
        there["source"]["host"] = "other.example.com"
        if tool == "update_clickpipe":
            other = await served.pipe(with_source(POSTGRES, "usual", host="other.example.com"))
            return await served.call(
                tool,
                clickpipe=other,
                source={"credentials": there["source"]["credentials"]},
            )
        if tool == "check_source":
            return await served.call(tool, kind="postgres", source=there["source"])
        if tool == "discover_source_schema":
            kafka = example(source_named("kafka"), TRAVELLER)
            return await served.call(tool, kind="kafka", source=kafka["source"])
        return await served.call(tool, **there | {"name": "another"})

    return perform


async def discover(served: Served) -> CallToolResult:
    kafka = example(source_named("kafka"), USUAL)
    return await served.call("discover_source_schema", kind="kafka", source=kafka["source"])


async def check_source(served: Served) -> CallToolResult:
    source = example(source_named("postgres"), USUAL)["source"] | {"host": "127.0.0.1"}
    return await served.call("check_source", kind="postgres", source=source)


async def create(served: Served) -> CallToolResult:
    return await created(served, source_named("postgres"), USUAL)


async def delete_endpoint(served: Served) -> CallToolResult:
    made = await endpoint(served)
    return await served.call("delete_private_endpoint", endpoint=made["id"])


def names_of(
    host: str | None, *names: str, by_id: bool = False, before: dict[str, Any] = PSC
) -> Performance:
    """Another list of names, while a pipe reaches its source by a name or by the id."""

    async def perform(served: Served) -> CallToolResult:
        made = await endpoint(served, before)
        if host is not None:
            await served.pipe(with_source(POSTGRES, "by name", host=host))
        if by_id:
            held = with_source(KAFKA, "by id", reversePrivateEndpointIds=[made["id"]])
            await served.pipe(held)
        return await served.call(
            "update_private_endpoint",
            endpoint=made["id"],
            custom_private_dns_mappings=dns(*names),
        )

    return perform


def new_endpoint(host: str) -> Performance:
    async def perform(served: Served) -> CallToolResult:
        await served.pipe(with_source(POSTGRES, "by name", host=host))
        return await served.call("create_private_endpoint", **PSC)

    return perform


def of_a_key(tool: str) -> Performance:
    async def perform(served: Served) -> CallToolResult:
        if tool == "create_ssh_key":
            return await served.call(tool, **BASTION)
        return await served.call(tool, ssh_key=(await key(served))["id"])

    return perform


def performance(line: Line) -> Performance:
    """How a line is performed that does not speak of the fields of sources."""
    return PERFORMED.get((line.tool, line.head)) or a_working_call(line.tool)


def a_working_call(name: str) -> Performance:
    """The call that is tried under faults, of a tool that has one line and asks nobody."""

    async def perform(served: Served) -> CallToolResult:
        tool = next(tool for tool in TOOLS if tool.name == name)
        return await served.call(name, **(await prepared(served, tool)).arguments)

    return perform


def a_file(**change: Any) -> Performance:
    """A file that says something else of a pipe."""

    async def perform(served: Served) -> CallToolResult:
        await served.pipe(KAFKA)
        document = {"kind": "kafka", **KAFKA, "source": KAFKA["source"]["kafka"], **change}
        return await served.call("apply_clickpipes", content=json.dumps(document))

    return perform


def an_undo(tool: str, state: str, **change: Any) -> Performance:
    """What somebody takes back who has just done it."""

    async def perform(served: Served) -> CallToolResult:
        pipe = await served.pipe(KAFKA, state=state)
        done = await served.call(tool, clickpipe=pipe, **change)
        assert not done.is_error, done
        served.clock.advance(3600)
        served.plane.arrived.clear()
        return await served.call("undo_last_change")

    return perform


PERFORMED: Mapping[tuple[str, str], Performance] = {
    ("undo_last_change", "Takes back a change by one that loses something"): an_undo(
        "start_clickpipe", "stopped"
    ),
    ("undo_last_change", "Takes back any other change"): an_undo(
        "update_clickpipe", "settled", name="renamed"
    ),
    ("apply_clickpipes", "Carries out a step of a file that loses something"): a_file(stopped=True),
    ("apply_clickpipes", "Carries out the other steps of a file"): a_file(
        settings={"streaming_max_insert_wait_ms": 700}
    ),
    ("delete_clickpipe", "Deletes a pipe"): a_command("delete_clickpipe"),
    ("stop_clickpipe", "Stops a pipe"): a_command("stop_clickpipe"),
    ("resync_clickpipe", "Loads all tables again"): a_command("resync_clickpipe", POSTGRES),
    ("start_clickpipe", "Starts a pipe that rests"): a_command(
        "start_clickpipe", POSTGRES, "stopped"
    ),
    ("update_clickpipe", "Drops or retypes columns"): an_update(
        destination={"columns": COLUMNS[:-1]}
    ),
    ("update_clickpipe", "Adds columns"): an_update(
        destination={"columns": [*COLUMNS, {"name": "more", "type": "String"}]}
    ),
    ("update_clickpipe", "Drops or turns round mappings"): an_update(
        MAPPED, field_mappings=MAPPINGS[:-1]
    ),
    ("update_clickpipe", "Adds mappings"): an_update(
        MAPPED | {"fieldMappings": MAPPINGS[:-1]}, field_mappings=MAPPINGS
    ),
    ("update_clickpipe", "Pauses the pipe for the change"): an_update(
        POSTGRES, source=VALUES["settings"], pause_if_needed=True
    ),
    ("update_clickpipe", "Renames the pipe"): an_update(name="another name"),
    ("update_clickpipe_settings", "Tunes how a pipe inserts"): a_tuning(
        "update_clickpipe_settings", settings={"streaming_max_insert_wait_ms": 600}
    ),
    ("scale_clickpipe", "Changes the size of a pipe"): a_tuning("scale_clickpipe", replicas=2),
    ("update_cdc_scaling", "Changes the size that database pipes share"): a_tuning(
        "update_cdc_scaling", POSTGRES, replica_cpu_millicores=4000, replica_memory_gb=16
    ),
    ("create_*_clickpipe", "Creates a pipe"): create,
    **{
        (tool, "Sends a secret to a host where it has not been"): a_journey(performed)
        for tool, performed in (
            ("create_*_clickpipe", "create_postgres_clickpipe"),
            ("update_clickpipe", "update_clickpipe"),
            ("discover_source_schema", "discover_source_schema"),
            ("check_source", "check_source"),
        )
    },
    ("discover_source_schema", "Looks into a source with a new secret, or with none"): discover,
    ("check_source", "Looks at a source with a new secret, or with none"): check_source,
    ("delete_private_endpoint", "Deletes an endpoint"): delete_endpoint,
    ("update_private_endpoint", "Removes or redirects DNS names that pipes use"): names_of(
        "db.example.com", "*.eu.example.com"
    ),
    (
        "update_private_endpoint",
        "Removes DNS names of an endpoint that pipes hold by its id",
    ): names_of(None, "*.eu.example.com", by_id=True),
    (
        "update_private_endpoint",
        "Adds a DNS name under which pipes reach their source already",
    ): names_of("direct.example.com", "db.example.com", "*.eu.example.com", "direct.example.com"),
    ("update_private_endpoint", "Changes DNS names that no pipe uses"): names_of(
        "elsewhere.example.com", "new.example.com"
    ),
    (
        "create_private_endpoint",
        "Creates an endpoint with a DNS name under which pipes reach their source already",
    ): new_endpoint("db.example.com"),
    ("create_private_endpoint", "Creates an endpoint beside what is there"): new_endpoint(
        "elsewhere.example.com"
    ),
    ("delete_ssh_key", "Deletes an SSH key"): of_a_key("delete_ssh_key"),
    ("create_ssh_key", "Creates an SSH key"): of_a_key("create_ssh_key"),
    ("validate_ssh_key", "Has ClickPipes try a login"): of_a_key("validate_ssh_key"),
}
"""How lines are performed that need more than the call that is tried under faults."""
