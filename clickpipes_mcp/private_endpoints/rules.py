"""The rules of private endpoints: what each type needs, and how its things are named.

Facts are those of the OpenAPI contract and of the ClickPipes documentation of AWS PrivateLink and
of Google Private Service Connect, unless a line says otherwise.
"""

from collections.abc import Mapping
from typing import Final

from clickpipes_mcp.contract import Request, Rule
from clickpipes_mcp.private_endpoints.kinds import KINDS
from clickpipes_mcp.private_endpoints.name_rules import NAME_RULES, TYPED_NAME_RULES
from clickpipes_mcp.private_endpoints.rule_book import (
    BOOK,
    PRIVATELINK,
    SERVICE_CONNECT,
    of_type,
)
from clickpipes_mcp.rule_words import (
    ABSENT,
    Check,
    equal,
    every,
    forbids,
    given,
    matches,
    needs,
    reject,
    satisfies,
    unlike,
)

SERVICE_ATTACHMENT: Final = r"\Aprojects/[^/\s]+/regions/[^/\s]+/serviceAttachments/[^/\s]+\Z"
_BEGINNINGS: Final[Mapping[str, str]] = {
    "vpc_endpoint_service_name": "com.amazonaws.vpce.",
    "vpc_resource_configuration_id": "rcfg-",
    "vpc_resource_share_arn": "arn:aws",
    "msk_cluster_arn": "arn:aws",
}
"""How AWS writes them; nothing says that the API insists."""


def _every_companion() -> Check:
    return every(
        *(
            needs(name, when=equal("type", key), message=f"{name} is required for this type.")
            for key, kind in KINDS.items()
            for name in kind.companions
        )
    )


def _no_companion_of_another_type() -> Check:
    return every(
        *(
            forbids(
                name,
                when=unlike("type", key),
                message=f"{name} belongs to type {key}.",
                fix=f"Leave {name} out, or pass type {key}.",
            )
            for key, kind in KINDS.items()
            for name in kind.companions
        )
    )


def _begins(name: str, beginning: str) -> Check:
    return satisfies(
        name,
        lambda value: str(value).startswith(beginning),
        message=f"AWS begins these with {beginning}.",
        fix="Check what was given.",
    )


def hosted_on(provider: str) -> Rule[Request]:
    """The rule that the service's cloud has such endpoints."""
    return BOOK.rule(
        "same-cloud",
        "Private Service Connect needs a service on Google Cloud.",
        every(
            *(
                reject(
                    equal("type", key),
                    "type",
                    f"{kind.title} needs a service on {kind.provider}; this one is on {provider}.",
                    fix="Use a service there, or another way to the source.",
                )
                for key, kind in KINDS.items()
                if kind.provider not in ("", provider)
            )
        ),
        broken={},
        kept=of_type("VPC_RESOURCE"),
        documentation=SERVICE_CONNECT,
        effect="warn",
    )


CREATE_RULES: Final[tuple[Rule[Request], ...]] = (
    BOOK.rule(
        "companions",
        "Every type needs its own fields.",
        _every_companion(),
        broken={"gcp_service_attachment": ABSENT},
        kept=of_type("VPC_RESOURCE"),
    ),
    BOOK.rule(
        "foreign-fields",
        "No type takes the fields of another.",
        _no_companion_of_another_type(),
        broken={"msk_authentication": "SASL_IAM"},
        kept=of_type("MSK_MULTI_VPC"),
    ),
    BOOK.rule(
        "service-attachment",
        "A service attachment is named by its URI.",
        matches(
            "gcp_service_attachment",
            SERVICE_ATTACHMENT,
            message="This is not the URI of a service attachment.",
            fix="Give projects/P/regions/R/serviceAttachments/N, without https:// before it.",
        ),
        broken={"gcp_service_attachment": "orders"},
        documentation=SERVICE_CONNECT,
    ),
    BOOK.rule(
        "psc-preview",
        "The API reference calls Private Service Connect a preview, the guide does not.",
        reject(
            given("gcp_service_attachment"),
            "gcp_service_attachment",
            "The API reference calls service attachments a private preview.",
            fix="If the API refuses, ClickHouse support enables it for a service.",
        ),
        broken={},
        kept=of_type("VPC_ENDPOINT_SERVICE"),
        effect="warn",
    ),
    BOOK.rule(
        "aws-names",
        "AWS names its things in forms that can be recognised.",
        every(*(_begins(name, beginning) for name, beginning in _BEGINNINGS.items())),
        broken=of_type("MSK_MULTI_VPC") | {"msk_cluster_arn": "orders"},
        kept=of_type("MSK_MULTI_VPC"),
        documentation=PRIVATELINK,
        effect="warn",
    ),
    *NAME_RULES,
    *TYPED_NAME_RULES,
)
