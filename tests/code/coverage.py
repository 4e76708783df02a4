"""How much of every source each way to write pipes down says: `python -m tests.code.coverage`.

Round trips are those of the bodies that the tests make: of every source, every recorded create, and
every documented one known to be right.
"""

from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack

import anyio
import click
from pydantic.alias_generators import to_snake

from clickpipes_mcp.code.declaration import Declaration
from clickpipes_mcp.code.target import Selection
from clickpipes_mcp.code.targets import TARGETS
from clickpipes_mcp.code.targets.terraform import attributes as provider
from clickpipes_mcp.code.targets.terraform.pipes import resource_of
from clickpipes_mcp.contract import SourceSpec
from clickpipes_mcp.schema_shape import JsonObject, full_schema
from clickpipes_mcp.simulator import DEFAULT_SERVICE_ID
from clickpipes_mcp.sources import SOURCES
from tests import serving
from tests.code.written import EVERY_BODY, declared, made

_ELSEWHERE = {
    "service": "service_id",
    "start_paused": "stopped",
    "source.schema_registry.glue_region": "glue.region",
    "source.schema_registry.glue_registry_name": "glue.registry_name",
    "source.schema_registry.glue_role_arn": "glue.role_arn",
}
"""Fields that the provider has under another name."""


def fields_of(spec: SourceSpec) -> Iterator[str]:
    """Every field of a create that holds a value, by its path; lists of objects as one object."""
    yield from _leaves(full_schema(spec.create), "")


def _leaves(schema: JsonObject, at: str) -> Iterator[str]:
    for name, inner in schema.get("properties", {}).items():
        node = inner.get("items", inner) if inner.get("type") == "array" else inner
        path = f"{at}{name}"
        if node.get("properties"):
            yield from _leaves(node, f"{path}.")
        else:
            yield path


def is_taken(spec: SourceSpec, path: str) -> bool:
    """Whether the provider has an attribute for a field."""
    if path in _ELSEWHERE:
        return True
    first, *rest = path.split(".")
    arm = [to_snake(spec.arm)] if first == "source" else []
    node: provider.Node = provider.PIPE
    for step in (first, *arm, *rest):
        if not isinstance(node, Mapping):
            return first == "settings"
        if step not in node:
            return False
        node = node[step]
    return True


def round_trips(pipes: list[Declaration]) -> Iterator[str]:
    """How many pipes of each source there are, and how many of them each target says whole."""
    yield f"| source | pipes | {' | '.join(target.name for target in TARGETS)} |"
    yield f"|---|---|{'---|' * len(TARGETS)}"
    for spec in SOURCES:
        own = [pipe for pipe in pipes if pipe.spec is spec]
        whole = []
        for target in TARGETS:
            written = target.write(Selection(DEFAULT_SERVICE_ID, own))
            whole.append(str(len(own) - len({loss.pipe for loss in written.losses})))
        yield f"| {spec.key} | {len(own)} | {' | '.join(whole)} |"


def provider_table() -> Iterator[str]:
    """How many fields of a create the provider has attributes for, and which it has none for."""
    yield "| source | fields | attributes of the provider | it has none for |"
    yield "|---|---|---|---|"
    for spec in SOURCES:
        fields = list(fields_of(spec))
        missing = [path for path in fields if not is_taken(spec, path)]
        taken = len(fields) - len(missing)
        yield f"| {spec.key} | {len(fields)} | {taken} | {', '.join(missing)} |"


async def _main() -> None:
    async with AsyncExitStack() as stack:
        pipes = declared(await made(await serving.serve(stack), EVERY_BODY))
    refused = [pipe.name for pipe in pipes if resource_of(pipe).refused]
    for lines in (round_trips(pipes), provider_table()):
        click.echo("\n".join(lines) + "\n")
    click.echo(f"The provider takes none of these pipes: {', '.join(refused)}.")


if __name__ == "__main__":
    anyio.run(_main)
