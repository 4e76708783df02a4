"""The rules of reverse private endpoints.

Facts are those of the OpenAPI contract and of the ClickPipes documentation of AWS PrivateLink and
of Google Private Service Connect, unless a line says otherwise.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Final, TypeAlias

from clickpipes_mcp.contract import FieldPath, Request, Rule, Violation
from clickpipes_mcp.private_endpoints.kinds import KINDS, EndpointKind
from clickpipes_mcp.private_endpoints.names import covers
from clickpipes_mcp.private_endpoints.requests import EXAMPLES

PRIVATELINK: Final = "https://clickhouse.com/docs/integrations/clickpipes/aws-privatelink"
SERVICE_CONNECT: Final = "https://clickhouse.com/docs/integrations/clickpipes/gcp-psc"
CUSTOM_DNS: Final = f"{PRIVATELINK}#custom-private-dns"
REFERENCE: Final = (
    "https://clickhouse.com/docs/products/cloud/api-reference/clickpipes/"
    "create-reverse-private-endpoint"
)

_NAME: Final = re.compile(r"(\*\.)?[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})+", re.ASCII)
RESERVED_SUFFIXES: Final = ("local", "localhost", "internal", "corp", "private")
SERVICE_ATTACHMENT: Final = re.compile(
    r"projects/[^/\s]+/regions/[^/\s]+/serviceAttachments/[^/\s]+"
)
# How AWS writes them; nothing says that the API insists.
_BEGINNINGS: Final[Mapping[str, str]] = {
    "vpc_endpoint_service_name": "com.amazonaws.vpce.",
    "vpc_resource_configuration_id": "rcfg-",
    "vpc_resource_share_arn": "arn:aws",
    "msk_cluster_arn": "arn:aws",
}


Check: TypeAlias = Callable[[Request], Iterator[Violation]]


def _names(request: Request) -> Iterator[tuple[FieldPath, str]]:
    for index, mapping in enumerate(getattr(request, "custom_private_dns_mappings", None) or ()):
        yield ("custom_private_dns_mappings", index, "private_dns_name"), mapping.private_dns_name


def _kind(request: Request) -> EndpointKind | None:
    return KINDS.get(getattr(request, "type", ""))


def _companions(request: Request) -> Iterator[Violation]:
    kind = _kind(request)
    for name in kind.companions if kind else ():
        if getattr(request, name, None) is None:
            yield Violation((name,), f"{name} is required for this type.", fix=f"Give {name}.")


def _foreign_fields(request: Request) -> Iterator[Violation]:
    for key, kind in KINDS.items():
        for name in kind.companions:
            if kind is not _kind(request) and getattr(request, name, None) is not None:
                yield Violation(
                    (name,),
                    f"{name} belongs to type {key}.",
                    fix=f"Leave {name} out, or pass type {key}.",
                )


def _attachment(request: Request) -> Iterator[Violation]:
    given = getattr(request, "gcp_service_attachment", None)
    if given is not None and not SERVICE_ATTACHMENT.fullmatch(given):
        yield Violation(
            ("gcp_service_attachment",),
            "This is not the URI of a service attachment.",
            fix="Give projects/P/regions/R/serviceAttachments/N, without https:// before it.",
        )


def _beginnings(request: Request) -> Iterator[Violation]:
    for name, beginning in _BEGINNINGS.items():
        given = getattr(request, name, None)
        if given is not None and not given.startswith(beginning):
            yield Violation(
                (name,), f"AWS begins these with {beginning}.", fix="Check what was given."
            )


def _name_form(request: Request) -> Iterator[Violation]:
    for place, name in _names(request):
        if not _NAME.fullmatch(name):
            yield Violation(
                place,
                "This is not a full DNS name.",
                fix="Give a name such as db.example.com or *.example.com, without port, scheme or "
                "final dot.",
            )


def _reserved(request: Request) -> Iterator[Violation]:
    for place, name in _names(request):
        if name.rstrip(".").lower().rpartition(".")[2] in RESERVED_SUFFIXES:
            yield Violation(
                place,
                f"Names ending in {', '.join(RESERVED_SUFFIXES)} are reserved.",
                fix="Use a name under a public domain, as the source's certificate has it.",
            )


def _not_for_msk(request: Request) -> Iterator[Violation]:
    kind = _kind(request)
    if kind and kind.custom_dns == "never" and any(_names(request)):
        yield Violation(
            ("custom_private_dns_mappings",),
            "Endpoints of this type bring their own names and take no custom ones.",
            fix="Leave custom_private_dns_mappings out; use the broker names that MSK shows.",
        )


def _targets(request: Request) -> Iterator[Violation]:
    if getattr(request, "type", "") == "VPC_RESOURCE":
        return
    for index, mapping in enumerate(getattr(request, "custom_private_dns_mappings", None) or ()):
        if mapping.target_id is not None:
            yield Violation(
                ("custom_private_dns_mappings", index, "target_id"),
                "Only VPC_RESOURCE endpoints have targets to choose from.",
                fix="Leave target_id out.",
            )


def _dns_preview(request: Request) -> Iterator[Violation]:
    kind = _kind(request)
    if kind and kind.custom_dns == "preview" and any(_names(request)):
        yield Violation(
            ("custom_private_dns_mappings",),
            "Custom DNS names on AWS endpoints are a private preview.",
            fix="ClickHouse support enables it for a service; without that the API refuses.",
        )


def _service_connect_preview(request: Request) -> Iterator[Violation]:
    if getattr(request, "gcp_service_attachment", None) is not None:
        yield Violation(
            ("gcp_service_attachment",),
            "The API reference calls service attachments a private preview.",
            fix="If the API refuses, ClickHouse support enables it for a service.",
        )


def _expected_dns(request: Request) -> Iterator[Violation]:
    kind = _kind(request)
    if kind and kind.custom_dns == "expected" and not any(_names(request)):
        yield Violation(
            ("custom_private_dns_mappings",),
            "Private Service Connect brings no DNS name of its own.",
            fix="Give the source's host name, such as Cloud SQL's dnsName without its final dot.",
        )


def _unique(taken: Collection[str]) -> Check:
    def check(request: Request) -> Iterator[Violation]:
        seen: set[str] = set()
        for place, name in _names(request):
            if name.lower() in seen:
                yield Violation(place, "This name is given twice.", fix="Keep one of them.")
            elif any(covers(one, name) or covers(name, one) for one in taken):
                yield Violation(
                    place,
                    "Another endpoint of the service has this name or one that overlaps it.",
                    fix="Remove it there first, or choose another name.",
                )
            seen.add(name.lower())

    return check


def _dns(*names: str) -> dict[str, object]:
    mappings = [{"private_dns_name": name} for name in names]
    return {**EXAMPLES["GCP_PSC_SERVICE_ATTACHMENT"], "custom_private_dns_mappings": mappings}


_SOME_DNS: Final = {"custom_private_dns_mappings": [{"private_dns_name": "db.example.com"}]}
_DNS_WITH_TARGET: Final = {
    "custom_private_dns_mappings": [
        {"private_dns_name": "db.example.com", "target_id": "rcfg-12345678901234567"}
    ]
}


def dns_unique(taken: Collection[str] = ()) -> Rule[Any]:
    """The rule that a name leads to one endpoint of a service; others have `taken` theirs."""
    return Rule(
        id="private-endpoint.dns-unique",
        summary="A custom DNS name leads to one endpoint of the service.",
        check=_unique(taken),
        documentation=CUSTOM_DNS,
        broken=_dns("db.example.com", "DB.example.com"),
        kept=_dns("db.example.com", "*.example.com"),
    )


def hosted_on(provider: str) -> Rule[Any]:
    """The rule that the service's cloud has such endpoints."""

    def check(request: Request) -> Iterator[Violation]:
        kind = _kind(request)
        if kind and kind.provider not in ("", provider):
            yield Violation(
                ("type",),
                f"{kind.title} needs a service on {kind.provider}; this one is on {provider}.",
                fix="Use a service there, or another way to the source.",
            )

    return Rule(
        id="private-endpoint.same-cloud",
        summary="Private Service Connect needs a service on Google Cloud.",
        check=check,
        documentation=SERVICE_CONNECT,
        broken=EXAMPLES["GCP_PSC_SERVICE_ATTACHMENT"],
        kept=EXAMPLES["VPC_RESOURCE"],
        effect="warn",
    )


NAME_RULES: Final[tuple[Rule[Any], ...]] = (
    Rule(
        id="private-endpoint.dns-name",
        summary="Custom DNS names are full names, exact or with one leading star.",
        check=_name_form,
        documentation=CUSTOM_DNS,
        broken=_dns("https://db.example.com:5432"),
        kept=_dns("*.example.com", "db-1.example.com"),
    ),
    Rule(
        id="private-endpoint.dns-reserved-suffix",
        summary="Custom DNS names are not under a suffix reserved for private networks.",
        check=_reserved,
        documentation=CUSTOM_DNS,
        broken=_dns("db.corp"),
        kept=_dns("db.internal.example.com"),
    ),
    dns_unique(),
)
"""What holds for custom DNS names of any endpoint."""

TYPED_NAME_RULES: Final[tuple[Rule[Any], ...]] = (
    Rule(
        id="private-endpoint.dns-not-for-msk",
        summary="MSK multi-VPC endpoints take no custom DNS names.",
        check=_not_for_msk,
        documentation=CUSTOM_DNS,
        broken={**EXAMPLES["MSK_MULTI_VPC"], **_SOME_DNS},
        kept=EXAMPLES["MSK_MULTI_VPC"],
    ),
    Rule(
        id="private-endpoint.dns-target",
        summary="Only on VPC resource endpoints does a custom DNS name choose its target.",
        check=_targets,
        documentation=REFERENCE,
        broken={**EXAMPLES["VPC_ENDPOINT_SERVICE"], **_DNS_WITH_TARGET},
        kept={**EXAMPLES["VPC_RESOURCE"], **_DNS_WITH_TARGET},
    ),
    Rule(
        id="private-endpoint.dns-preview",
        summary="Custom DNS names on AWS endpoints have to be enabled by ClickHouse support.",
        check=_dns_preview,
        documentation=CUSTOM_DNS,
        broken={**EXAMPLES["VPC_RESOURCE"], **_SOME_DNS},
        kept=EXAMPLES["GCP_PSC_SERVICE_ATTACHMENT"],
        effect="warn",
    ),
    Rule(
        id="private-endpoint.psc-needs-dns",
        summary="Private Service Connect needs a custom DNS name to be reached by.",
        check=_expected_dns,
        documentation=SERVICE_CONNECT,
        broken=_dns(),
        kept=EXAMPLES["GCP_PSC_SERVICE_ATTACHMENT"],
        effect="warn",
    ),
)
"""What holds for custom DNS names by the type of their endpoint."""

CREATE_RULES: Final[tuple[Rule[Any], ...]] = (
    Rule(
        id="private-endpoint.companions",
        summary="Every type needs its own fields.",
        check=_companions,
        documentation=REFERENCE,
        broken={"type": "VPC_RESOURCE", "description": "orders"},
        kept=EXAMPLES["VPC_RESOURCE"],
    ),
    Rule(
        id="private-endpoint.foreign-fields",
        summary="No type takes the fields of another.",
        check=_foreign_fields,
        documentation=REFERENCE,
        broken={**EXAMPLES["VPC_RESOURCE"], "msk_authentication": "SASL_IAM"},
        kept=EXAMPLES["MSK_MULTI_VPC"],
    ),
    Rule(
        id="private-endpoint.service-attachment",
        summary="A service attachment is named by its URI.",
        check=_attachment,
        documentation=SERVICE_CONNECT,
        broken={**EXAMPLES["GCP_PSC_SERVICE_ATTACHMENT"], "gcp_service_attachment": "orders"},
        kept=EXAMPLES["GCP_PSC_SERVICE_ATTACHMENT"],
    ),
    Rule(
        id="private-endpoint.psc-preview",
        summary="The API reference calls Private Service Connect a preview, the guide does not.",
        check=_service_connect_preview,
        documentation=REFERENCE,
        broken=EXAMPLES["GCP_PSC_SERVICE_ATTACHMENT"],
        kept=EXAMPLES["VPC_ENDPOINT_SERVICE"],
        effect="warn",
    ),
    Rule(
        id="private-endpoint.aws-names",
        summary="AWS names its things in forms that can be recognised.",
        check=_beginnings,
        documentation=PRIVATELINK,
        broken={**EXAMPLES["MSK_MULTI_VPC"], "msk_cluster_arn": "orders"},
        kept=EXAMPLES["MSK_MULTI_VPC"],
        effect="warn",
    ),
    *NAME_RULES,
    *TYPED_NAME_RULES,
)
