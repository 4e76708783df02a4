"""Reverse private endpoints: their types, what is asked of them, and the rules of it."""

from clickpipes_mcp.private_endpoints.kinds import KINDS, STATUSES, EndpointKind, status_named
from clickpipes_mcp.private_endpoints.name_rules import NAME_RULES, TYPED_NAME_RULES, dns_unique
from clickpipes_mcp.private_endpoints.names import Replacement, covers
from clickpipes_mcp.private_endpoints.requests import (
    EXAMPLES,
    CreateEndpoint,
    CustomDns,
    DnsMapping,
)
from clickpipes_mcp.private_endpoints.rules import CREATE_RULES, hosted_on

__all__ = [
    "CREATE_RULES",
    "EXAMPLES",
    "KINDS",
    "NAME_RULES",
    "STATUSES",
    "TYPED_NAME_RULES",
    "CreateEndpoint",
    "CustomDns",
    "DnsMapping",
    "EndpointKind",
    "Replacement",
    "covers",
    "dns_unique",
    "hosted_on",
    "status_named",
]
