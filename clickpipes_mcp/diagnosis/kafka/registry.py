"""Schema registries: reaching them, logging in, and finding the schema of a message."""

from functools import partial

from clickpipes_mcp.diagnosis._facts import Facts, Row
from clickpipes_mcp.diagnosis._links import docs
from clickpipes_mcp.diagnosis._rule import Breadth, Rule, Severity
from clickpipes_mcp.diagnosis._scope import KAFKA
from clickpipes_mcp.diagnosis._steps import RECORD_ERRORS, allow_list, at_source, iam, tool

_REGISTRIES = docs("kafka/schema-registries")
_rule = partial(Rule, arms=KAFKA, severity=Severity.CRITICAL, documentation=_REGISTRIES)
_RECREATE = tool(
    "create_kafka_clickpipe",
    "Address and login of a registry never change in place: recreate the pipe.",
)

RULES: tuple[Rule, ...] = (
    _rule(
        id="kafka.registry-login",
        title="The schema registry refuses the credentials",
        cause="It has an API key and secret of its own; those of the cluster do not work there, or "
        "they were revoked.",
        fix=(
            at_source("Test them.", "curl -u <key> https://<registry>/subjects"),
            _RECREATE,
        ),
        patterns=(
            r"\"?error[_ ]code\"?: ?\"?401\d*\b",
            r"unauthori[sz]ed.{0,40}(40101|error code: 401)",
            r"registry.{0,120}\b(401|unauthori[sz]ed)\b",
            r"\b401\b.{0,60}registry",
        ),
        reads_records=True,
        examples=(
            "schema registry answered 401 Unauthorized",
            'Failed to get schema from schema registry: {"error_code":401}',
        ),
    ),
    _rule(
        id="kafka.registry-denied",
        title="The login may not read this subject in the schema registry",
        cause="A role or permission on the subject is missing: the registry denied the operation.",
        fix=(
            iam("Confluent: grant on the subject.", "DeveloperRead"),
            at_source("Test it.", "curl -u <key> https://<registry>/subjects/<subject>/versions"),
        ),
        patterns=(
            r"denied operation .{0,40}Subject",
            r"\b403\d{2}\b",
            r"registry.{0,120}\b(403|forbidden|denied)\b",
            r"\b403\b.{0,60}registry",
        ),
        reads_records=True,
        examples=("User is denied operation Read on Subject: orders-value; error code: 40301",),
    ),
    _rule(
        id="kafka.schema-unknown",
        title="The schema registry has no such subject, version or schema id",
        cause="The schema was not found: it was deleted, or the message was produced with another "
        "registry.",
        fix=(
            at_source("See what it has.", "curl -u <key> https://<registry>/subjects"),
            at_source("Register the schema again, or point the pipe at the producer's registry."),
            _RECREATE,
        ),
        patterns=(
            r"\b4040[1-5]\b",
            r"(schema|subject|version) .{0,80}not found",
            r"Error retrieving (Avro|JSON|Protobuf)",
        ),
        reads_records=True,
        examples=("Subject 'orders-value' not found.; error code: 40401",),
    ),
    _rule(
        id="kafka.no-schema-id",
        title="A message does not begin with a schema id (unknown magic byte)",
        cause="It was not written by a serializer of the (Confluent) schema registry: plain JSON "
        "or "
        "Avro without framing, another registry's (Glue), or another topic's format.",
        fix=(
            at_source("Produce with a serializer that writes the schema id."),
            tool(
                "create_kafka_clickpipe",
                "Otherwise, recreate with /subjects/<name> or /schemas/ids/<id> in the registry "
                "URL, or "
                "with format JSONEachRow.",
            ),
            RECORD_ERRORS,
        ),
        patterns=(
            r"unknown magic byte",
            r"(invalid|missing) schema id",
            r"Invalid (header version|compression) byte",
        ),
        reads_records=True,
        examples=("org.apache.kafka.common.errors.SerializationException: Unknown magic byte!",),
    ),
    _rule(
        id="kafka.schema-missing",
        title="Messages carry no schema id and the registry URL names no schema",
        cause="Without an id inside the message, or a subject or id in the URL, a message cannot "
        "be read and is skipped.",
        fix=(
            tool(
                "create_kafka_clickpipe",
                "Recreate with /subjects/<name> or /schemas/ids/<id> in the registry URL.",
            ),
            at_source("Otherwise, produce with a serializer that writes the schema id."),
            RECORD_ERRORS,
        ),
        severity=Severity.ERROR,
        breadth=Breadth.BROAD,
        patterns=(r"SOURCE_SCHEMA_ERROR",),
        reads_records=True,
        examples=(
            Facts(arm="kafka", record_errors=(Row("SOURCE_SCHEMA_ERROR: no schema id found", 12),)),
        ),
    ),
    _rule(
        id="kafka.registry-certificate",
        title="The certificate of the schema registry is not trusted",
        cause="It is signed by a private authority, expired, or for another name.",
        fix=(
            at_source(
                "Look at it.",
                "openssl s_client -connect <registry>:443 -servername <registry>",
            ),
            tool("create_kafka_clickpipe", "Recreate with ca_certificate in schema_registry."),
        ),
        patterns=(
            r"CERTIFICATE_VERIFY_FAILED|certificate verify failed|SSLError",
            r"PKIX path|x509:|self[- ]signed",
        ),
        examples=(
            "Schema Registry request failed: SSLCertVerificationError CERTIFICATE_VERIFY_FAILED",
        ),
    ),
    _rule(
        id="kafka.registry-unreachable",
        title="The schema registry does not answer or refuses the login",
        cause="Its address is not https, not reachable, or not compatible with Confluent's "
        "interface (Azure's is not), or its credentials changed.",
        fix=(
            at_source("Test the registry.", "curl -u <key> https://<registry>/subjects"),
            allow_list("Allow the ClickPipes addresses at the registry, too."),
            _RECREATE,
        ),
        breadth=Breadth.BROAD,
        patterns=(
            r"(fetch|get|load|retrieve|read)\w{0,10} schemas?\b.{0,40}registry",
            r"schema[- ]?registry.{0,80}(refused|timeout|timed out)",
            r"schema[- ]?registry.{0,80}(no such host|https|not supported|unavailable|deadline)",
            r"schemaRegistry\.url",
            r"/(schemas/ids|subjects)/.{0,200}(timed out|timeout|refused|unknown host|reset)",
            r"RestClientException",
        ),
        reads_records=True,
        examples=("failed to fetch schema from registry: context deadline exceeded",),
    ),
)
