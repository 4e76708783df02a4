"""A server on this machine that answers as Azure documents its Blob service.

It is ours, for the default run; the same look is held against Azurite where Node is at hand. It
does not check signatures, Azurite does.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from tests.checks.answering_server import answering_server

ACCOUNT = "exampleaccount"
_ROOT = f"/{ACCOUNT}/events"


@dataclass
class Blob:
    content: bytes
    day: int = 1
    tier: str = "Hot"
    size: int = 0

    def row(self, name: str) -> str:
        written = format_datetime(datetime(2026, 1, self.day, tzinfo=UTC), usegmt=True)
        return (
            f"<Blob><Name>{escape(name)}</Name><Properties><Last-Modified>{written}</Last-Modified>"
            f"<Etag>1</Etag><Content-Length>{self.size or len(self.content)}</Content-Length>"
            f"<BlobType>BlockBlob</BlobType><AccessTier>{self.tier}</AccessTier>"
            "</Properties></Blob>"
        )


@dataclass
class BlobServer:
    """One container; what is refused is by `list` and by the names of blobs."""

    port: int = 0
    blobs: dict[str, Blob] = field(default_factory=dict)
    refused: dict[str, tuple[int, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}/{ACCOUNT}"

    def answer(self, url: str, headers: Any) -> tuple[int, dict[str, str], bytes]:
        parts = urlsplit(url)
        path = unquote(parts.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.asked.append(path)
        self.logins.append(headers.get("Authorization") or query.get("sig", ""))
        name = path.removeprefix(_ROOT).removeprefix("/")
        if path != _ROOT and not path.startswith(f"{_ROOT}/"):
            return _error(404, "ContainerNotFound")
        if (name or "list") in self.refused:
            return _error(*self.refused[name or "list"])
        return self._read(name, headers) if name else self._list(query)

    def _list(self, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        begun = sorted(one for one in self.blobs if one.startswith(query.get("prefix", "")))
        behind = [one for one in begun if one >= query.get("marker", "")]
        page, rest = behind[: int(query["maxresults"])], behind[int(query["maxresults"]) :]
        rows = "".join(self.blobs[name].row(name) for name in page)
        marker = f"<NextMarker>{escape(rest[0])}</NextMarker>" if rest else "<NextMarker />"
        told = (
            '<?xml version="1.0" encoding="utf-8"?><EnumerationResults ContainerName="events">'
            f"<MaxResults>{query['maxresults']}</MaxResults><Blobs>{rows}</Blobs>{marker}</EnumerationResults>"
        )
        return 200, {"Content-Type": "application/xml"}, told.encode()

    def _read(self, name: str, headers: Any) -> tuple[int, dict[str, str], bytes]:
        content = self.blobs[name].content
        first, last = map(int, headers["x-ms-range"].removeprefix("bytes=").split("-"))
        part = content[first : last + 1]
        told = {
            "Content-Range": f"bytes {first}-{first + len(part) - 1}/{len(content)}",
            "x-ms-blob-type": "BlockBlob",
            "ETag": "1",
            "Last-Modified": format_datetime(datetime.now(UTC), usegmt=True),
        }
        return 206, told, part


def _error(status: int, code: str) -> tuple[int, dict[str, str], bytes]:
    message = f"{code}. The string to sign was GET"
    told = f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>{message}</Message></Error>'
    return status, {"x-ms-error-code": code, "Content-Type": "application/xml"}, told.encode()


@contextmanager
def running_blobs() -> Iterator[BlobServer]:
    """It listens on a port of this machine."""
    blobs = BlobServer()
    with answering_server(lambda _, path, headers, __: blobs.answer(path, headers)) as port:
        blobs.port = port
        yield blobs
