"""The bucket and the names of files in the address of an S3 source, and the queue of its events.

Source: each provider's documentation of its endpoints. Every bucket is asked for by a path, which
all of these stores take: names with dots in them fit no certificate.
"""

import re
from dataclasses import dataclass
from typing import Final

from clickpipes_mcp.checks.aws.endpoints import REGION, partition_of

_BEGIN: Final = r"(?:\A|\.)"
"""What stands before is the name of a bucket."""

_HOSTS: Final = {
    "s3": re.compile(
        rf"{_BEGIN}s3(?:\.dualstack)?(?:[.-](?P<region>{REGION.pattern}))?\.amazonaws\.com(?:\.cn)?\Z"
    ),
    "dospaces": re.compile(rf"{_BEGIN}(?P<region>[a-z]{{3}}\d)\.digitaloceanspaces\.com\Z"),
    "cloudflarer2": re.compile(
        rf"{_BEGIN}(?P<account>[0-9a-f]{{32}}(?:\.(?:eu|fedramp))?)\.r2\.cloudflarestorage\.com\Z"
    ),
    "ovhobjectstorage": re.compile(
        rf"{_BEGIN}s3\.(?P<region>[a-z0-9-]{{1,30}})(?P<kind>\.io|\.perf)?\.cloud\.ovh\.(?P<end>net|us)\Z"
    ),
}
"""By the type of a store, the hosts of its buckets. None is asked that is not its provider's."""
_STORES: Final = {
    "dospaces": "https://{region}.digitaloceanspaces.com",
    "cloudflarer2": "https://{account}.r2.cloudflarestorage.com",
    "ovhobjectstorage": "https://s3.{region}{kind}.cloud.ovh.{end}",
}
_USUAL_REGIONS: Final = {"s3": "us-east-1", "cloudflarer2": "auto"}
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,62}")
_QUEUE: Final = re.compile(
    rf"https://sqs\.(?P<region>{REGION.pattern})\.amazonaws\.com(?:\.cn)?/"
    r"(?P<account>\d{12})/(?P<name>[A-Za-z0-9_.-]{1,80})"
)


@dataclass(frozen=True)
class Bucket:
    """A bucket, the pattern of names in it, and where its store answers.

    `store` is empty for Amazon's own, which is known by the region. `is_region_given` where the
    address names it.
    """

    name: str
    pattern: str
    region: str
    store: str
    is_region_given: bool

    @property
    def arn(self) -> str:
        return f"arn:{partition_of(self.region)}:s3:::{self.name}"


@dataclass(frozen=True)
class QueueAddress:
    """An SQS queue."""

    url: str
    region: str
    account: str
    name: str

    @property
    def arn(self) -> str:
        return f"arn:{partition_of(self.region)}:sqs:{self.region}:{self.account}:{self.name}"


def bucket_of(url: str, store: str) -> Bucket | None:
    """The bucket of an address; None where the host is not one of the store's own.

    No parser of addresses reads this: a question mark is a wildcard here.
    """
    scheme, _, rest = url.partition("://")
    host, _, path = rest.partition("/")
    host = host.casefold().removesuffix(":443")
    known = _HOSTS[store].search(host)
    if scheme.casefold() != "https" or known is None:
        return None
    parts = {name: value or "" for name, value in known.groupdict().items()}
    name, pattern = host[: known.start()], path
    if not known.start():
        name, _, pattern = path.partition("/")
    if not _NAME.fullmatch(name):
        return None
    return Bucket(
        name=name,
        pattern=pattern,
        region=parts.get("region") or _USUAL_REGIONS.get(store, ""),
        store=_STORES[store].format(**parts) if store in _STORES else "",
        is_region_given=bool(parts.get("region")),
    )


def queue_of(url: str) -> QueueAddress | None:
    """The queue of an address; None where it is not one of Amazon's."""
    known = _QUEUE.fullmatch(url)
    return QueueAddress(url, known["region"], known["account"], known["name"]) if known else None
