"""A working call of every tool, made from the registries."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from clickpipes_mcp.private_endpoints import EXAMPLES, CreateEndpoint
from clickpipes_mcp.simulator import BASTION_KEY_ID
from clickpipes_mcp.sources import SOURCES, source_named
from clickpipes_mcp.ssh_keys import EXAMPLE as KEY
from clickpipes_mcp.tools import ToolSpec
from tests.serving import KAFKA, PIPES, POSTGRES, S3, Served

ENDPOINTS = f"{PIPES}ReversePrivateEndpoints"
_ENDPOINT = next(iter(EXAMPLES.values()))
_SPECS = {f"create_{spec.key}_clickpipe": spec for spec in SOURCES}


_FILE = {"kind": "kafka", **KAFKA, "source": KAFKA["source"]["kafka"]}
_FILES = {
    "as it is": json.dumps(_FILE),
    "otherwise": json.dumps(_FILE | {"settings": {"streaming_max_insert_wait_ms": 700}}),
}


@dataclass(frozen=True)
class Given:
    """What a tool needs to find, and its arguments beside the pipe or the endpoint."""

    body: dict[str, Any] = field(default_factory=lambda: KAFKA)
    state: str = "settled"
    arguments: dict[str, Any] = field(default_factory=dict)
    after: tuple[str, dict[str, Any]] | None = None
    """A call that was made before."""


HERE = source_named("postgres").example["source"] | {"host": "127.0.0.1"}  # type: ignore[operator]
"""A source at an address that is not connected to unless the operator allows it."""

GIVEN: dict[str, Given] = {
    "update_clickpipe": Given(arguments={"name": "renamed"}),
    "start_clickpipe": Given(state="stopped"),
    "resync_clickpipe": Given(POSTGRES),
    "get_clickpipe_settings": Given(S3),
    "update_clickpipe_settings": Given(S3, arguments={"settings": {"clickhouse_max_threads": 4}}),
    "scale_clickpipe": Given(arguments={"replicas": 2}),
    "get_cdc_scaling": Given(POSTGRES),
    "update_cdc_scaling": Given(
        POSTGRES, arguments={"replica_cpu_millicores": 4000, "replica_memory_gb": 16}
    ),
    "discover_source_schema": Given(
        arguments={"kind": SOURCES[0].key, "source": SOURCES[0].example["source"]}
    ),
    "check_source": Given(arguments={"kind": "postgres", "source": HERE}),
    "get_source_guide": Given(arguments={"source": SOURCES[0].key}),
    "export_clickpipe": Given(arguments={"format": "terraform"}),
    "plan_clickpipes": Given(arguments={"content": _FILES["as it is"]}),
    "apply_clickpipes": Given(arguments={"content": _FILES["otherwise"]}),
    "undo_last_change": Given(after=("scale_clickpipe", {"replicas": 3})),
    "create_ssh_key": Given(arguments=dict(KEY)),
    "create_private_endpoint": Given(arguments=dict(_ENDPOINT)),
    "update_private_endpoint": Given(
        arguments={"custom_private_dns_mappings": [{"private_dns_name": "db.example.com"}]}
    ),
}


@dataclass(frozen=True)
class Prepared:
    """A call that works, and the pipe it finds."""

    arguments: dict[str, Any]
    pipe: str


def is_create(tool: ToolSpec[Any]) -> bool:
    return tool.name in _SPECS


def makes_something(tool: ToolSpec[Any]) -> bool:
    """Whether it looks for what it made when the answer was lost."""
    return tool.name.startswith("create_")


def is_patient(tool: ToolSpec[Any]) -> bool:
    """Whether it asks many places, goes on without one of them, and says so."""
    return tool.toolset == "insight" and "clickpipe" in tool.arguments.model_fields


async def prepared(served: Served, tool: ToolSpec[Any]) -> Prepared:
    """The world a tool needs, and its arguments."""
    if is_create(tool):
        return Prepared(dict(_SPECS[tool.name].example), "")
    given = GIVEN.get(tool.name, Given())
    pipe = await served.pipe(given.body, state=given.state)
    properties = (await served.tools())[tool.name].input_schema["properties"]
    arguments = dict(given.arguments)
    if given.after is not None:
        earlier, change = given.after
        done = await served.call(earlier, clickpipe=pipe, **change)
        assert not done.is_error, done
        served.clock.advance(3600)
        served.plane.arrived.clear()
    if "clickpipe" in properties:
        arguments["clickpipe"] = pipe
    if "endpoint" in properties:
        made = await served.plane.by_somebody_else("POST", ENDPOINTS, dict(_wire(_ENDPOINT)))
        served.clock.advance(3600)
        arguments["endpoint"] = made["id"]
    if "ssh_key" in properties:
        arguments["ssh_key"] = BASTION_KEY_ID
    required = (await served.tools())[tool.name].input_schema.get("required", ())
    return Prepared(arguments | filled(tool, properties, required, arguments), pipe)


def filled(
    tool: ToolSpec[Any],
    properties: Mapping[str, Any],
    required: Iterable[str],
    given: Mapping[str, Any],
) -> dict[str, Any]:
    """Some value for every required argument that was not given."""
    values = {name: any_value(properties[name]) for name in required if name not in given}
    for name, value in values.items():
        assert value is not None, f"say in GIVEN what {tool.name} gets as {name}"
    return values


def any_value(node: Mapping[str, Any], *, other_than: object = None) -> str | int | bool | None:
    """A value of that schema; None where it is no text, number or flag."""
    choices = [value for value in node.get("enum", ()) if value != other_than]
    if choices:
        return str(choices[0])
    plain: dict[str, str | int | bool] = {
        "string": "another",
        "integer": node.get("minimum", 1),
        "boolean": True,
    }
    return plain.get(node["type"])


def _wire(example: Any) -> dict[str, Any]:
    return dict(CreateEndpoint.model_validate(example).body())
