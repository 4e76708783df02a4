"""Where the schema of a record comes from: a text that is uploaded, or a registry.

Source: the Terraform provider, which checks what the contract says of them; the words are ours.
"""

from collections.abc import Iterator
from typing import Final

from clickpipes_mcp.simulator.documents import Document, child, is_given, text

_GLUE: Final = "glue"
_GLUE_FORMATS: Final = ("AvroConfluent", "Protobuf")


def is_glue(source: Document) -> bool:
    """Whether the registry is AWS Glue."""
    return text(child(source, "schemaRegistry"), "type") == _GLUE


def schema_problems(source: Document) -> Iterator[str]:
    """What does not go together: the format, a schema text, a registry, and Glue among those."""
    kind = text(source, "format")
    has_text, has_registry = is_given(source, "protobufSchema"), is_given(source, "schemaRegistry")
    if has_text and kind != "Protobuf":
        yield "protobufSchema is only valid for the Protobuf format"
    if has_text and has_registry:
        yield "protobufSchema cannot be combined with schemaRegistry"
    if kind == "Protobuf" and not (has_text or has_registry):
        yield "protobufSchema or schemaRegistry is required for the Protobuf format"
    if is_glue(source) and kind not in _GLUE_FORMATS:
        yield "a glue schemaRegistry is only valid for the AvroConfluent and Protobuf formats"
