"""The bucket and the names of files in the address of a Google Cloud Storage source."""

from collections.abc import Callable
from typing import Final

_HOSTS: Final = ("storage.googleapis.com", "storage.cloud.google.com")
_OF_A_BUCKET: Final = ".storage.googleapis.com"


def bucket_and_pattern(url: str) -> tuple[str, str] | None:
    """A bucket, and the pattern of names in it; None where the host is not Google's own.

    No parser of addresses reads this: a question mark is a wildcard here.
    """
    scheme, _, rest = url.partition("://")
    read = _SCHEMES.get(scheme.casefold())
    return read(rest) if read else None


def _of_web(rest: str) -> tuple[str, str] | None:
    host, _, path = rest.partition("/")
    host = host.casefold().removesuffix(":443")
    if host in _HOSTS:
        return _of_store(path)
    bucket = host.removesuffix(_OF_A_BUCKET)
    return (bucket, path) if bucket and bucket != host else None


def _of_store(rest: str) -> tuple[str, str] | None:
    bucket, _, pattern = rest.partition("/")
    return (bucket, pattern) if bucket else None


_SCHEMES: Final[dict[str, Callable[[str], tuple[str, str] | None]]] = {
    "https": _of_web,
    "gs": _of_store,
}
