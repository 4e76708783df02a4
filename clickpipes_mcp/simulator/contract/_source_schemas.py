"""The request schemas of one kind of source."""

from collections.abc import Sequence
from dataclasses import dataclass

from clickpipes_mcp.simulator.contract._request_schema import RequestSchema
from clickpipes_mcp.simulator.documents import JsonObject


@dataclass(frozen=True, eq=False)
class SourceSchemas:
    """What stands under one key of `source`: in a create, and in a patch where there is one.

    `patched` names the fields that a patch puts in the place of what was there. `is_nullable` says
    whether a create may name the key with null beside the source it means.
    """

    key: str
    create: RequestSchema
    update: RequestSchema | None
    patched: frozenset[str]
    is_nullable: bool
    is_discoverable: bool


def source_schemas(
    key: str,
    create: JsonObject,
    update: JsonObject | None = None,
    patched: Sequence[str] = (),
    *,
    is_nullable: bool = True,
    is_discoverable: bool = False,
) -> SourceSchemas:
    """The schemas of a source, named after its key."""
    return SourceSchemas(
        key,
        RequestSchema(f"create_{key}", create),
        RequestSchema(f"update_{key}", update) if update is not None else None,
        frozenset(patched),
        is_nullable,
        is_discoverable,
    )
