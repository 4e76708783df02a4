"""The AWS Glue schema registry, as a source of AWS takes it.

Source: the Terraform provider, internal/api/clickpipe_models.go and its validators.
"""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from clickpipes_mcp.contract import Request, Rule
from clickpipes_mcp.field_types import Text
from clickpipes_mcp.rule_words import RuleBook, equal, forbids, given, needs, needs_any, unlike
from clickpipes_mcp.sources._aws import ROLE_EXAMPLE
from clickpipes_mcp.sources._protobuf import WITH_SCHEMA

GLUE_FORMATS = ("AvroConfluent", "Protobuf")
"""The formats on whose records the platform strips the header that Glue puts before them."""

GLUE_EXAMPLE: Mapping[str, object] = {
    "type": "glue",
    "glue_region": "eu-west-1",
    "glue_registry_name": "events",
    "glue_role_arn": ROLE_EXAMPLE,
}


class GlueRegistry(Request):
    """A registry that the source's own role, or one of its own, can read."""

    type: Literal["glue"] = Field(description="Only glue is known here.")
    glue_region: Text = Field(description="AWS region of the registry.")
    glue_registry_name: Text = Field(description="Name of the registry.")
    glue_role_arn: Text | None = Field(
        default=None, description="Role that may read it; the source's own by default."
    )


def glue_rules(book: RuleBook) -> tuple[Rule[Request], ...]:
    """Where the schema of a format comes from, of a source that knows no other registry."""
    registry, schema = "source.schema_registry", "source.protobuf_schema"
    confluent = {"format": "AvroConfluent", "schema_registry": GLUE_EXAMPLE}
    return (
        book.rule(
            "avro-confluent-needs-registry",
            "AvroConfluent is read with a Glue schema registry.",
            needs(registry, when=equal("source.format", "AvroConfluent")),
            broken={"format": "AvroConfluent"},
            kept=confluent,
        ),
        book.rule(
            "protobuf-needs-schema",
            "Protobuf needs protobuf_schema or a Glue schema registry.",
            needs_any(schema, registry, when=equal("source.format", "Protobuf")),
            broken={"format": "Protobuf"},
            kept=WITH_SCHEMA,
        ),
        book.rule(
            "schema-or-registry",
            "protobuf_schema and schema_registry exclude each other.",
            forbids(schema, when=given(registry), fix="Keep one of the two."),
            broken={**WITH_SCHEMA, "schema_registry": GLUE_EXAMPLE},
            kept={"format": "Protobuf", "schema_registry": GLUE_EXAMPLE},
        ),
        book.rule(
            "glue-formats",
            "A Glue registry serves the formats AvroConfluent and Protobuf.",
            forbids(
                registry,
                when=unlike("source.format", *GLUE_FORMATS),
                fix="Use format AvroConfluent or Protobuf, or leave schema_registry out.",
            ),
            broken={"schema_registry": GLUE_EXAMPLE},
            kept=confluent,
        ),
    )
