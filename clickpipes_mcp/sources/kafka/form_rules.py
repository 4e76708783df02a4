"""Rules of Kafka pipes: how certificates, roles and private endpoints are written."""

import re
from collections.abc import Mapping

from clickpipes_mcp.contract import Request, Rule
from clickpipes_mcp.field_types import is_uuid
from clickpipes_mcp.rule_words import Check, RuleBook, every, satisfies
from clickpipes_mcp.secret_refs import Certificate
from clickpipes_mcp.sources._aws import role_arn_rule
from clickpipes_mcp.sources.kafka.facts import (
    BEST_PRACTICES,
    BOOK,
    BY_ROLE,
    CERTIFICATE,
    UPDATE_BOOK,
    UPDATE_BY_ROLE,
)

PRIVATE_ENDPOINTS = "https://clickhouse.com/docs/integrations/clickpipes/aws-privatelink"
_PEM = re.compile(r"-----BEGIN [A-Z ]{0,40}CERTIFICATE-----(\s|$)")
_ENDPOINT = "6f1bd1c1-1111-4111-8111-111111111111"
_CERTIFICATES = (
    "credentials.certificate",
    "ca_certificate",
    "schema_registry.ca_certificate",
)


def _may_be_pem(certificate: object) -> bool:
    """What is behind a reference is not known yet."""
    text = certificate.plain if isinstance(certificate, Certificate) else None
    return text is None or _PEM.search(text) is not None


def _are_pem(at: str) -> Check:
    return every(
        *(
            satisfies(
                f"{at}{path}",
                _may_be_pem,
                message="This is no certificate in PEM.",
                fix="Give the whole text, from BEGIN to END, with its line breaks, or a reference "
                "such as ${file:ca.pem}.",
            )
            for path in _CERTIFICATES
        )
    )


def _form_rules(book: RuleBook, by_role: Mapping[str, object]) -> tuple[Rule[Request], ...]:
    """The rules of the fields that a create and an update have in common."""
    return (
        book.rule(
            "certificates-pem",
            "Certificates are given as PEM text.",
            _are_pem(book.at),
            broken={"ca_certificate": "ca.pem"},
            kept={"ca_certificate": CERTIFICATE["certificate"]},
            documentation=BEST_PRACTICES,
            effect="warn",
        ),
        role_arn_rule(book, by_role=by_role, documentation=BEST_PRACTICES),
        book.rule(
            "endpoint-ids",
            "Private endpoints are named by their UUIDs.",
            satisfies(
                f"{book.at}reverse_private_endpoint_ids[]",
                lambda text: is_uuid(str(text)),
                message="This is not the UUID of a reverse private endpoint.",
                fix="Give its id in ClickHouse Cloud, neither its name nor the provider's id.",
            ),
            broken={"reverse_private_endpoint_ids": ["vpce-0123456789abcdef0"]},
            kept={"reverse_private_endpoint_ids": [_ENDPOINT]},
            documentation=PRIVATE_ENDPOINTS,
            effect="warn",
        ),
    )


FORM_RULES = _form_rules(BOOK, BY_ROLE)
UPDATE_FORM_RULES = _form_rules(UPDATE_BOOK, UPDATE_BY_ROLE)
