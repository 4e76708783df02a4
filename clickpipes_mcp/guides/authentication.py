"""How a source authenticates, as its fields and rules say."""

import re
from collections.abc import Iterator
from typing import cast

from clickpipes_mcp.contract import Request, SourceSpec
from clickpipes_mcp.guides.service_role import TRUST
from clickpipes_mcp.schema_shape import JsonObject, full_schema

_ABOUT = re.compile(r"auth|credential|\biam|role|identity|key|connection.string", re.IGNORECASE)
_ELSEWHERE = ("destination.", "field-mappings.", "scaling.", "settings.", "object-storage.queue")
_NOT_ABOUT = re.compile(r"sorting|custom.key|protobuf|schema|slot|nullable|staging|columns?\b")


def authentication(spec: SourceSpec) -> str:
    """Fields with their values, then what is refused and warned of."""
    model = cast("type[Request]", spec.create.model_fields["source"].annotation)
    fields = full_schema(model)
    trust = ("", TRUST) if "iam_role" in fields.get("properties", {}) else ()
    return "\n".join((*_fields(fields), *trust, "", *_rules(spec)))


def _fields(schema: JsonObject) -> Iterator[str]:
    yield "These fields of `source` are about authentication:"
    for name, field in schema.get("properties", {}).items():
        if not _ABOUT.search(name) or _NOT_ABOUT.search(name):
            continue
        values = ", ".join(str(value) for value in field.get("enum", ()))
        inner = ", ".join(field.get("properties", {}))
        said = (f"It is one of {values}." if values else "", field.get("description", ""))
        holds = f"It holds {inner}." if inner else ""
        yield f"- {name}: {' '.join(part for part in (*said, holds) if part)}".rstrip(": ")


def _rules(spec: SourceSpec) -> Iterator[str]:
    yield "These rules are checked before anything is sent:"
    for rule in spec.rules:
        about = f"{rule.id.partition('.')[2]} {rule.summary}"
        if rule.id.startswith(_ELSEWHERE) or not _ABOUT.search(about) or _NOT_ABOUT.search(about):
            continue
        yield f"- {rule.summary}" + (" This one only warns." if rule.effect == "warn" else "")
