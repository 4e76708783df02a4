"""Names of hosts: one spelling each, patterns of them, and which belong to one cluster."""

import re
from ipaddress import ip_address
from typing import Final

_ANY: Final = "*."
_LABELS: Final = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*", re.ASCII)
_NUMBERED: Final = re.compile(r"\A(.*?)\d{1,3}", re.ASCII | re.DOTALL)

SHARED_DOMAINS: Final = (
    "aivencloud.com",
    "amazonaws.com",
    "azure.com",
    "confluent.cloud",
    "neon.tech",
    "ondigitalocean.com",
    "psdb.cloud",
    "supabase.co",
    "supabase.com",
    "timescale.com",
    "upstash.io",
    "windows.net",
)
"""Where customers of a provider are neighbours: a name beside one's own may be anybody's."""

_OWN_CLUSTERS: Final = re.compile(r"\.c\d+\.kafka(-serverless)?\.[a-z0-9-]+\.amazonaws\.com$")
"""Domains of Amazon MSK hold the name and the id of one cluster.

Source: https://docs.aws.amazon.com/msk/latest/developerguide/msk-get-bootstrap-brokers.html
"""


def host_name(text: str) -> str:
    """The one spelling of a host."""
    return text.strip().strip("[]").rstrip(".").casefold()


def is_host_pattern(text: str) -> bool:
    """Whether it can name hosts: `db.example.com`, `*.example.com`, or an address."""
    if _is_address(text):
        return True
    rest = text.removeprefix(_ANY)
    return _LABELS.fullmatch(rest) is not None


def matches_host(pattern: str, host: str) -> bool:
    """Whether a pattern names a host; `*.example.com` names that domain and all below it."""
    domain = pattern.removeprefix(_ANY)
    return host == domain or (domain != pattern and host.endswith(f".{domain}"))


def are_of_one_cluster(one: str, other: str) -> bool:
    """Whether two brokers stand side by side: their names differ in a number only.

    Never in a domain in which strangers can take a name.
    """
    if one == other:
        return True
    (first, _, domain), (second, _, domain_of_other) = one.partition("."), other.partition(".")
    if domain != domain_of_other or "." not in domain or _is_address(one) or _is_shared(domain):
        return False
    stems = [_NUMBERED.fullmatch(label) for label in (first, second)]
    return bool(stems[0] and stems[1] and stems[0][1] == stems[1][1])


def _is_shared(domain: str) -> bool:
    if _OWN_CLUSTERS.search(f".{domain}"):
        return False
    return any(domain == shared or domain.endswith(f".{shared}") for shared in SHARED_DOMAINS)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
