"""The rules of custom DNS names of private endpoints.

Facts are those of the OpenAPI contract and of the ClickPipes documentation of AWS PrivateLink and
of Google Private Service Connect, unless a line says otherwise.
"""

import re
from collections.abc import Collection, Iterator
from typing import Final

from clickpipes_mcp.contract import Request, Rule, Violation
from clickpipes_mcp.private_endpoints.kinds import KINDS
from clickpipes_mcp.private_endpoints.names import covers, normal
from clickpipes_mcp.private_endpoints.rule_book import (
    BOOK,
    PRIVATELINK,
    SERVICE_CONNECT,
    of_type,
)
from clickpipes_mcp.rule_words import (
    ABSENT,
    Check,
    both,
    equal,
    forbids,
    given,
    missing,
    reject,
    satisfies,
    unlike,
    visit,
)

CUSTOM_DNS: Final = f"{PRIVATELINK}#custom-private-dns"
RESERVED_SUFFIXES: Final = ("local", "localhost", "internal", "corp", "private")

_FULL_NAME: Final = re.compile(r"(\*\.)?[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})+", re.ASCII)
_MAPPINGS: Final = "custom_private_dns_mappings"
_NAMES: Final = f"{_MAPPINGS}[].private_dns_name"
_TARGET: Final = "rcfg-12345678901234567"


def _of_kinds(custom_dns: str) -> tuple[str, ...]:
    """The types whose custom DNS names are so."""
    return tuple(key for key, kind in KINDS.items() if kind.custom_dns == custom_dns)


def _mapping(*names: str) -> dict[str, object]:
    return {_MAPPINGS: [{"private_dns_name": name} for name in names]}


def _is_reserved(name: object) -> bool:
    return normal(str(name)).rpartition(".")[2] in RESERVED_SUFFIXES


def _leads_to_one_endpoint(taken: Collection[str]) -> Check:
    def check(request: object) -> Iterator[Violation]:
        seen: set[str] = set()
        for place, value in visit(request, _NAMES):
            name = str(value)
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


def dns_unique(taken: Collection[str] = ()) -> Rule[Request]:
    """The rule that a name leads to one endpoint of a service; others have `taken` theirs."""
    return BOOK.rule(
        "dns-unique",
        "A custom DNS name leads to one endpoint of the service.",
        _leads_to_one_endpoint(taken),
        broken=_mapping("db.example.com", "DB.example.com"),
        kept=_mapping("db.example.com", "*.example.com"),
        documentation=CUSTOM_DNS,
    )


NAME_RULES: Final[tuple[Rule[Request], ...]] = (
    BOOK.rule(
        "dns-name",
        "Custom DNS names are full names, exact or with one leading star.",
        satisfies(
            _NAMES,
            lambda name: _FULL_NAME.fullmatch(str(name)) is not None,
            message="This is not a full DNS name.",
            fix="Give a name such as db.example.com or *.example.com, without port, scheme or "
            "final dot.",
        ),
        broken=_mapping("https://db.example.com:5432"),
        kept=_mapping("*.example.com", "db-1.example.com"),
        documentation=CUSTOM_DNS,
    ),
    BOOK.rule(
        "dns-reserved-suffix",
        "Custom DNS names are not under a suffix reserved for private networks.",
        satisfies(
            _NAMES,
            lambda name: not _is_reserved(name),
            message=f"Names ending in {', '.join(RESERVED_SUFFIXES)} are reserved.",
            fix="Use a name under a public domain, as the source's certificate has it.",
        ),
        broken=_mapping("db.corp"),
        kept=_mapping("db.internal.example.com"),
        documentation=CUSTOM_DNS,
    ),
    dns_unique(),
)
"""What holds for custom DNS names of any endpoint."""

TYPED_NAME_RULES: Final[tuple[Rule[Request], ...]] = (
    BOOK.rule(
        "dns-not-for-msk",
        "MSK multi-VPC endpoints take no custom DNS names.",
        reject(
            both(equal("type", *_of_kinds("never")), given(_MAPPINGS)),
            _MAPPINGS,
            "Endpoints of this type bring their own names and take no custom ones.",
            fix="Leave custom_private_dns_mappings out; use the broker names that MSK shows.",
        ),
        broken=of_type("MSK_MULTI_VPC") | _mapping("db.example.com"),
        documentation=CUSTOM_DNS,
    ),
    BOOK.rule(
        "dns-target",
        "Only on VPC resource endpoints does a custom DNS name choose its target.",
        forbids(
            f"{_MAPPINGS}[].target_id",
            when=unlike("type", "VPC_RESOURCE"),
            message="Only VPC_RESOURCE endpoints have targets to choose from.",
            fix="Leave target_id out.",
        ),
        broken={f"{_MAPPINGS}.0.target_id": _TARGET},
        kept={
            **of_type("VPC_RESOURCE"),
            **_mapping("db.example.com"),
            f"{_MAPPINGS}.0.target_id": _TARGET,
        },
    ),
    BOOK.rule(
        "dns-preview",
        "Custom DNS names on AWS endpoints have to be enabled by ClickHouse support.",
        reject(
            both(equal("type", *_of_kinds("preview")), given(_MAPPINGS)),
            _MAPPINGS,
            "Custom DNS names on AWS endpoints are a private preview.",
            fix="ClickHouse support enables it for a service; without that the API refuses.",
        ),
        broken=of_type("VPC_RESOURCE") | _mapping("db.example.com"),
        documentation=CUSTOM_DNS,
        effect="warn",
    ),
    BOOK.rule(
        "psc-needs-dns",
        "Private Service Connect needs a custom DNS name to be reached by.",
        reject(
            both(equal("type", *_of_kinds("expected")), missing(_MAPPINGS)),
            _MAPPINGS,
            "Private Service Connect brings no DNS name of its own.",
            fix="Give the source's host name, such as Cloud SQL's dnsName without its final dot.",
        ),
        broken={_MAPPINGS: ABSENT},
        documentation=SERVICE_CONNECT,
        effect="warn",
    ),
)
"""What holds for custom DNS names by the type of their endpoint."""
