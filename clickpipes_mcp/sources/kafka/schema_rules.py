"""Rules of Kafka pipes: formats and where their schemas come from."""

from dataclasses import replace

from clickpipes_mcp.rule_words import (
    Check,
    Condition,
    avoids,
    both,
    each,
    either,
    equal,
    forbids,
    given,
    matches,
    needs,
    needs_any,
    unlike,
)
from clickpipes_mcp.sources._aws import ROLE_EXAMPLE
from clickpipes_mcp.sources._glue import GLUE_EXAMPLE, GLUE_FORMATS
from clickpipes_mcp.sources._protobuf import WITH_SCHEMA, encoding_rule, only_protobuf_rule
from clickpipes_mcp.sources.kafka.facts import BOOK, REGISTRIES

_REGISTRY: dict[str, object] = {
    "url": "https://registry.example.com/schemas/ids/7",
    "authentication": "PLAIN",
    "credentials": {"username": "sr", "password": "${env:CLICKPIPES_SECRET_REGISTRY}"},
}
_IS_GLUE = equal("type", "glue")
_NOT_GLUE = unlike("type", "glue")
_AVRO = {"format": "AvroConfluent"}


_BOOK = replace(BOOK, documentation=REGISTRIES)


def _registry(*checks: Check) -> Check:
    return each("source.schema_registry", *checks)


_REGISTRY_RULES = (
    _BOOK.rule(
        "registry-needs-url",
        "A Confluent-compatible registry needs its URL.",
        _registry(needs("url", when=_NOT_GLUE)),
        broken=_AVRO | {"schema_registry": {"ca_certificate": "${file:ca.pem}"}},
        kept=_AVRO | {"schema_registry": {"url": "https://registry.example.com"}},
    ),
    _BOOK.rule(
        "registry-https",
        "The registry's URL is https.",
        _registry(
            matches(
                "url",
                r"^https://",
                message="The URL of a registry must begin with https://.",
                fix="Write https://HOST, with the port where it is not 443.",
            )
        ),
        broken=_AVRO | {"schema_registry": {"url": "http://registry.example.com"}},
        kept=_AVRO | {"schema_registry": _REGISTRY},
    ),
    _BOOK.rule(
        "registry-url-shape",
        "The URL is the registry's root, a subject, or a schema id.",
        _registry(
            avoids(
                "url",
                r"^https://[^/]+/(?!(subjects/[^/]+(/versions/[^/]+)?|schemas/ids/\d+)?/?$)",
                message="This is not one of the documented forms of a registry URL.",
                fix="End it with nothing, /subjects/NAME, /subjects/NAME/versions/N "
                "or /schemas/ids/ID.",
            )
        ),
        broken=_AVRO | {"schema_registry": {"url": "https://registry.example.com/x"}},
        kept=_AVRO | {"schema_registry": _REGISTRY},
        effect="warn",
    ),
    _BOOK.rule(
        "registry-not-azure",
        "Azure's schema registry is not supported.",
        _registry(
            avoids(
                "url",
                r"^https://[^/]*\.servicebus\.windows\.net(:|/|$)",
                message="Azure's schema registry is not supported.",
                fix="Give a registry that is compatible with Confluent's.",
            )
        ),
        broken=_AVRO | {"schema_registry": {"url": "https://ns.servicebus.windows.net"}},
        kept=_AVRO | {"schema_registry": _REGISTRY},
        effect="warn",
    ),
    _BOOK.rule(
        "registry-authentication",
        "Credentials of a registry come with its authentication.",
        _registry(
            needs(
                "authentication",
                when=both(given("credentials"), _NOT_GLUE),
                fix="Set authentication to PLAIN, or leave credentials out.",
            )
        ),
        broken=_AVRO
        | {
            "schema_registry": {
                name: value for name, value in _REGISTRY.items() if name != "authentication"
            }
        },
        kept=_AVRO | {"schema_registry": _REGISTRY},
        effect="warn",
    ),
    _BOOK.rule(
        "registry-credentials",
        "PLAIN at the registry needs username and password.",
        _registry(
            needs(
                "credentials.username",
                "credentials.password",
                when=either(equal("authentication", "PLAIN"), given("credentials")),
            )
        ),
        broken=_AVRO | {"schema_registry": _REGISTRY | {"credentials": {"username": "sr"}}},
        kept=_AVRO | {"schema_registry": _REGISTRY},
    ),
    _BOOK.rule(
        "glue-fields",
        "A Glue registry needs region and name, and takes no URL or credentials.",
        _registry(
            needs("glue_region", "glue_registry_name", when=_IS_GLUE),
            forbids("url", "authentication", "credentials", "ca_certificate", when=_IS_GLUE),
            forbids("glue_region", "glue_registry_name", "glue_role_arn", when=_NOT_GLUE),
        ),
        broken={
            "format": "AvroConfluent",
            "schema_registry": {"type": "glue", "glue_role_arn": ROLE_EXAMPLE},
        },
        kept={"format": "AvroConfluent", "schema_registry": GLUE_EXAMPLE},
    ),
    _BOOK.rule(
        "glue-needs-role",
        "Glue is reached with a role: its own, or that of the brokers.",
        needs_any(
            "source.schema_registry.glue_role_arn",
            "source.iam_role",
            when=equal("source.schema_registry.type", "glue"),
        ),
        broken={
            "format": "AvroConfluent",
            "schema_registry": {
                name: value for name, value in GLUE_EXAMPLE.items() if name != "glue_role_arn"
            },
        },
        kept={"format": "AvroConfluent", "schema_registry": GLUE_EXAMPLE},
        effect="warn",
    ),
    _BOOK.rule(
        "glue-formats",
        "A Glue registry serves the formats AvroConfluent and Protobuf.",
        forbids(
            "source.schema_registry",
            when=both(
                equal("source.schema_registry.type", "glue"),
                unlike("source.format", *GLUE_FORMATS),
            ),
            message="A Glue registry serves the formats AvroConfluent and Protobuf only.",
            fix="Use format AvroConfluent or Protobuf.",
        ),
        broken={"schema_registry": GLUE_EXAMPLE},
        kept={"format": "AvroConfluent", "schema_registry": GLUE_EXAMPLE},
    ),
)

_SCHEMA_FORMATS: Condition = equal("source.format", "Avro", "AvroConfluent", "Protobuf")
_FORMAT_RULES = (
    BOOK.rule(
        "format-needs-schema",
        "Avro and Protobuf are read with a schema.",
        needs_any(
            "source.schema_registry",
            "source.protobuf_schema",
            when=_SCHEMA_FORMATS,
            fix="Give schema_registry, or protobuf_schema for Protobuf.",
        ),
        broken={"format": "AvroConfluent"},
        kept=WITH_SCHEMA,
        documentation=REGISTRIES,
        effect="warn",
    ),
    only_protobuf_rule(BOOK, "protobuf-schema-only-protobuf"),
    BOOK.rule(
        "protobuf-schema-or-registry",
        "protobuf_schema and schema_registry exclude each other.",
        forbids(
            "source.protobuf_schema",
            when=given("source.schema_registry"),
            fix="Keep schema_registry or protobuf_schema, not both.",
        ),
        broken={**WITH_SCHEMA, "schema_registry": _REGISTRY},
        kept={"format": "Protobuf", "schema_registry": _REGISTRY},
        documentation=REGISTRIES,
    ),
    encoding_rule(BOOK),
)

SCHEMA_RULES = (*_REGISTRY_RULES, *_FORMAT_RULES)
