"""Rules of Kafka pipes: how certificates, roles and private endpoints are written."""

from collections.abc import Mapping

from clickpipes_mcp.contract import Request, Rule
from clickpipes_mcp.rule_words.checks import Check, every, matches, rule
from clickpipes_mcp.sources._aws import role_arn_rule
from clickpipes_mcp.sources.kafka.facts import (
    BY_ROLE,
    CERTIFICATE,
    DOCUMENTATION,
    EXAMPLE,
    UPDATE_BY_ROLE,
    UPDATE_EXAMPLE,
)

PRIVATE_ENDPOINTS = "https://clickhouse.com/docs/integrations/clickpipes/aws-privatelink"
PEM = r"-----BEGIN [A-Z ]*CERTIFICATE-----(\s|$)"
UUID = r"^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$"
_ENDPOINT = "6f1bd1c1-1111-4111-8111-111111111111"
_CERTIFICATES = (
    "credentials.certificate",
    "ca_certificate",
    "schema_registry.ca_certificate",
)


def _are_pem(at: str) -> Check:
    return every(
        *(
            matches(
                f"{at}{path}",
                PEM,
                message="This is not PEM; references are not resolved in this field.",
                fix="Give the text itself, from BEGIN to END, with its line breaks.",
            )
            for path in _CERTIFICATES
        )
    )


def _form_rules(
    prefix: str, at: str, example: Mapping[str, object], by_role: Mapping[str, object]
) -> tuple[Rule[Request], ...]:
    """What create and update hold the same fields to."""
    return (
        rule(
            f"{prefix}certificates-pem",
            "Certificates are given as PEM text.",
            _are_pem(at),
            example=example,
            broken={f"{at}ca_certificate": "ca.pem"},
            kept={f"{at}ca_certificate": CERTIFICATE["certificate"]},
            documentation=f"{DOCUMENTATION}/best-practices",
            effect="warn",
        ),
        role_arn_rule(
            f"{prefix}role-arn",
            f"{at}iam_role",
            example,
            by_role=by_role,
            documentation=f"{DOCUMENTATION}/best-practices",
        ),
        rule(
            f"{prefix}endpoint-ids",
            "Private endpoints are named by their UUIDs.",
            matches(
                f"{at}reverse_private_endpoint_ids[]",
                UUID,
                message="This is not the UUID of a reverse private endpoint.",
                fix="Give its id in ClickHouse Cloud, neither its name nor the provider's id.",
            ),
            example=example,
            broken={f"{at}reverse_private_endpoint_ids": ["vpce-0123456789abcdef0"]},
            kept={f"{at}reverse_private_endpoint_ids": [_ENDPOINT]},
            documentation=PRIVATE_ENDPOINTS,
            effect="warn",
        ),
    )


FORM_RULES = _form_rules("kafka.", "source.", EXAMPLE, BY_ROLE)
UPDATE_FORM_RULES = _form_rules("kafka.update-", "", UPDATE_EXAMPLE, UPDATE_BY_ROLE)
