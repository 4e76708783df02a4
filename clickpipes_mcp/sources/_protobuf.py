"""Protobuf schemas that come with the request, which several sources take in the same form.

Source: OpenAPI contract, ClickPipePostKafkaSource.protobufSchema (September 2026); the Terraform
provider checks the encoding too.
"""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from clickpipes_mcp.contract import Request, Rule
from clickpipes_mcp.rule_words import RuleBook, avoids, forbids, unlike

ProtobufSchema = Annotated[str, Field(min_length=1, max_length=1_048_576)]
WITH_SCHEMA: Mapping[str, object] = {"format": "Protobuf", "protobuf_schema": "c3ludGF4"}
_SCHEMA = "source.protobuf_schema"
_IN_NO_BASE64 = r"[^A-Za-z0-9+/_=\s-]"
"""Both alphabets of base64 and line breaks are allowed: nobody knows how strict the API is."""


def encoding_rule(book: RuleBook) -> Rule[Request]:
    """The schema is encoded, not the text of the file."""
    return book.rule(
        "protobuf-schema-base64",
        "protobuf_schema is base64.",
        avoids(
            _SCHEMA,
            _IN_NO_BASE64,
            message="This is not base64.",
            fix="Encode the .proto file, or its serialized FileDescriptorSet, in base64.",
        ),
        broken={**WITH_SCHEMA, "protobuf_schema": 'syntax = "proto3";'},
        kept=WITH_SCHEMA,
    )


def only_protobuf_rule(book: RuleBook, name: str) -> Rule[Request]:
    """The schema is for this format alone."""
    return book.rule(
        name,
        "protobuf_schema is only for format Protobuf.",
        forbids(_SCHEMA, when=unlike("source.format", "Protobuf")),
        broken={"protobuf_schema": WITH_SCHEMA["protobuf_schema"]},
        kept=WITH_SCHEMA,
    )
