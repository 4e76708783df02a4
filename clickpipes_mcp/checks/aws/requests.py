"""Requests to Amazon's services and to stores that speak S3, signed, over pinned connections.

Amazon's own clients resolve names and open connections themselves, and look for logins in the
environment, in files and at metadata services; so only their signatures are used here.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Self
from xml.etree.ElementTree import Element

import httpx2
from pydantic import JsonValue

from clickpipes_mcp.checks.aws.answers import parse_xml
from clickpipes_mcp.checks.aws.endpoints import Endpoints
from clickpipes_mcp.checks.aws.keys import LOGIN, AccessKey
from clickpipes_mcp.checks.checklist import Checked, LookEnded, Outcome, Place, text_of
from clickpipes_mcp.checks.pinned_http import byte_range, pinned_client

if TYPE_CHECKING:
    from botocore.auth import SigV4Auth

_MOST_BYTES: Final = 8 * 1024 * 1024
"""Of an answer; the largest that is asked for is a page of a thousand long names."""

_NO_KEY: Final = (
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "SignatureDoesNotMatch",
    "InvalidSignatureException",
    "IncompleteSignature",
    "UnrecognizedClientException",
)
"""Codes by which a service tells that it does not know the key. Source: AWS, common errors."""

_SKEWED: Final = ("RequestTimeTooSkewed", "RequestExpired")
_DENIED: Final = ("AccessDenied", "AccessDeniedException", "AllAccessDisabled", "Forbidden")


@dataclass(frozen=True)
class Answer:
    """What came back: the status, the region it told of, and the content, cut where it is long."""

    status: int
    region: str = ""
    content: bytes = field(default=b"", repr=False)

    @property
    def is_ok(self) -> bool:
        return self.status in (httpx2.codes.OK, httpx2.codes.PARTIAL_CONTENT)

    @property
    def is_denied(self) -> bool:
        """Whether the login may not do this."""
        return not self.is_ok and (self.code in _DENIED or self.status == httpx2.codes.FORBIDDEN)

    @cached_property
    def xml(self) -> Element:
        """The content as XML; empty where it is none."""
        return parse_xml(self.content)

    @cached_property
    def body(self) -> Mapping[str, JsonValue]:
        """The object in the content; empty where there is none."""
        try:
            read = json.loads(self.content)
        except (ValueError, RecursionError):
            return {}
        return read if isinstance(read, dict) else {}

    @property
    def code(self) -> str:
        """The code of an error; empty where none was told."""
        return text_of(self.body, "__type").rpartition("#")[2] or self.xml.findtext(".//Code", "")

    @property
    def told(self) -> str:
        """The sentence of an error."""
        words = text_of(self.body, "message") or text_of(self.body, "Message")
        return words or self.xml.findtext(".//Message", "") or self.code or f"HTTP {self.status}"


@dataclass(frozen=True)
class _Request:
    method: str
    url: str
    headers: dict[str, str]
    content: bytes = field(default=b"", repr=False)


class Aws:
    """Asks services in one region, with a key or as anybody."""

    def __init__(
        self, place: Place, endpoints: Endpoints, key: AccessKey | None, region: str
    ) -> None:
        self.endpoints = endpoints
        self.key = key
        self.region = region
        self._place = place
        self._client = pinned_client(place)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def get(self, url: str, *, most_bytes: int = 0, from_end: bool = False) -> Answer:
        """What a store answers; with `most_bytes` a file's beginning or end, and no more."""
        from botocore.auth import S3SigV4Auth  # optional extra

        headers = {"Accept-Encoding": "identity"}
        if most_bytes:
            headers["Range"] = byte_range(most_bytes, from_end=from_end)
        request = _Request("GET", url, headers)
        return self._send(request, S3SigV4Auth, "s3", most_bytes or _MOST_BYTES)

    def ask(self, service: str, action: str, version: str, body: Mapping[str, JsonValue]) -> Answer:
        """What a service answers to an action, such as `AmazonSQS.GetQueueAttributes`."""
        from botocore.auth import SigV4Auth  # optional extra

        headers = {
            "Accept-Encoding": "identity",
            "Content-Type": f"application/x-amz-json-{version}",
            "X-Amz-Target": action,
        }
        url = f"{self.endpoints.service(service, self.region)}/"
        request = _Request("POST", url, headers, json.dumps(dict(body)).encode())
        return self._send(request, SigV4Auth, service, _MOST_BYTES)

    def _send(
        self,
        request: _Request,
        signature: "type[SigV4Auth]",
        service: str,
        most_bytes: int,
    ) -> Answer:
        headers = request.headers
        if self.key is not None:
            headers = self._signed(self.key, request, signature, service)
        try:
            with self._client.stream(
                request.method, request.url, headers=headers, content=request.content
            ) as response:
                found = self._read(response, most_bytes)
        except httpx2.HTTPError as error:
            raise LookEnded(_unreached(error)) from error
        region = response.headers.get("x-amz-bucket-region", "")
        answer = Answer(response.status_code, region, found)
        if self.key is not None and answer.code in (*_NO_KEY, *_SKEWED):
            raise LookEnded(_refused(answer))
        return answer

    def _read(self, response: httpx2.Response, most_bytes: int) -> bytes:
        found = bytearray()
        for part in response.iter_raw():
            found += part
            if len(found) >= most_bytes or self._place.remaining_s() <= 0:
                break
        return bytes(found[:most_bytes])

    def _signed(
        self, key: AccessKey, request: _Request, signature: "type[SigV4Auth]", service: str
    ) -> dict[str, str]:
        from botocore.awsrequest import AWSRequest  # optional extra
        from botocore.credentials import Credentials

        signed: Any = AWSRequest(
            request.method, request.url, headers=request.headers, data=request.content
        )
        login = Credentials(key.key_id, key.secret)
        signature(login, service, self.region).add_auth(signed)
        return dict(signed.headers.items())


def _refused(answer: Answer) -> Checked:
    if answer.code in _SKEWED:
        return Checked(
            LOGIN, Outcome.UNSEEN, f"It answered: {answer.told}", "Set the clock of this machine."
        )
    return Checked(
        LOGIN,
        Outcome.NOT_OK,
        f"The access key is not let in: {answer.told}",
        "Correct both halves of access_key; a key may be deleted or inactive.",
    )


def _unreached(error: Exception) -> Checked:
    return Checked(
        "reachable",
        Outcome.UNSEEN,
        f"Nobody answered from here: {error}",
        "Correct host and region, and let this machine reach it. ClickPipes has its own way there.",
    )
