"""Who learns a source's secrets, where that is not simply every host its configuration names.

A cloud provider is one recipient, whatever bucket or stream is read: its own hosts see requests
that are signed with a key, and a key file is for it alone.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from clickpipes_mcp.source_facts import Recipient
from clickpipes_mcp.sources._addresses import of_url

AMAZON: Final = "amazonaws.com"
GOOGLE: Final = "googleapis.com"
AZURE: Final = "core.windows.net"

_REGION = r"[a-z]{2}(?:-[a-z]{1,20}){1,4}-\d"
_STORES: Final = (
    (
        rf"\A(?:.+\.)?s3(?:-[a-z0-9-]+)?(?:\.dualstack)?(?:\.{_REGION})?\.amazonaws\.com(?:\.cn)?",
        AMAZON,
    ),
    (r"\A(?:.+\.)?storage\.googleapis\.com|storage\.cloud\.google\.com", GOOGLE),
    (r"\A.+\.digitaloceanspaces\.com", "digitaloceanspaces.com"),
    (r"\A.+\.r2\.cloudflarestorage\.com", "r2.cloudflarestorage.com"),
    (r"\A.+\.cloud\.ovh\.(?:net|us)", "cloud.ovh.net"),
)
"""Hosts on which nobody but the provider answers.

Source: https://docs.aws.amazon.com/general/latest/gr/s3.html and the providers' documentation.
"""

_OWN_SCHEMES: Final = {"gs": ("gcs", GOOGLE), "s3": ("s3", AMAZON)}
"""Addresses that name a bucket and no host: the type of store they belong to, and its provider."""


def only(provider: str) -> Callable[[Mapping[str, object]], Iterator[Recipient]]:
    """Of a source that is this provider's service."""

    def recipients(_: Mapping[str, object]) -> Iterator[Recipient]:
        yield Recipient(provider)

    return recipients


def of_store(configuration: Mapping[str, object]) -> Iterator[Recipient]:
    """The provider of the bucket, or the host of a store that is like one."""
    scheme, _, bucket = str(configuration.get("url")).partition("://")
    kind, provider = _OWN_SCHEMES.get(scheme.casefold(), ("", ""))
    if bucket and kind and configuration.get("type") == kind:
        yield Recipient(provider)
    for address in of_url(configuration):
        host = address.host.casefold().rstrip(".")
        yield Recipient(
            next((name for shape, name in _STORES if re.fullmatch(shape, host)), address.host)
        )
