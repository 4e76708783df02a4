"""An HTTP client that connects to the addresses that were judged, under the names they have."""

import ssl
from collections.abc import Iterator
from typing import Final

import httpx2
from typing_extensions import override

from clickpipes_mcp.checks.checklist import Place
from clickpipes_mcp.checks.trust import trusting
from clickpipes_mcp.kept_answers import kept

_CONNECT_S = 8.0
_ANSWER_S = 10.0
_MOST_BYTES: Final = 16 * 1024 * 1024
_ENCODING: Final = "content-encoding"


def pinned_client(place: Place, *, certificate: str = "") -> httpx2.Client:
    """A client of which every connection goes where `place` says.

    It follows no redirects, takes no proxy and no login from the environment, and waits no longer
    than the look may last. Requests raise AddressRefused where a host may not be connected to.
    An answer is read as it was sent, never unpacked, and no longer than 16 MB or the look lasts.
    """
    return httpx2.Client(
        transport=_Pinned(place, certificate),
        headers={"Accept-Encoding": "identity"},
        trust_env=False,
        follow_redirects=False,
    )


def byte_range(most_bytes: int, *, from_end: bool) -> str:
    """The Range header for that much of a file. Source: RFC 9110, section 14."""
    return f"bytes=-{most_bytes}" if from_end else f"bytes=0-{most_bytes - 1}"


def _read(certificate: str) -> ssl.SSLContext:
    return trusting(certificate, verifies=True)


_trusting = kept(_read, 16, longest=65_536)
"""Reading the public authorities takes longer than most answers."""


class _Pinned(httpx2.BaseTransport):
    def __init__(self, place: Place, certificate: str) -> None:
        self._place = place
        self._inner = httpx2.HTTPTransport(verify=_trusting(certificate), trust_env=False)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        left_s = self._place.remaining_s()
        if left_s <= 0:
            raise httpx2.ReadTimeout("no time is left", request=request)
        host = request.url.host
        timeout = httpx2.Timeout(min(_ANSWER_S, left_s), connect=min(_CONNECT_S, left_s))
        pinned = httpx2.Request(
            request.method,
            request.url.copy_with(host=self._place.pin(host)),
            headers=request.headers,  # with the Host that was asked for
            stream=request.stream,
            extensions={
                **request.extensions, "sni_hostname": host, "timeout": timeout.as_dict(),
            },
        )  # fmt: skip
        answer = self._inner.handle_request(pinned)
        return httpx2.Response(
            answer.status_code,
            headers=[one for one in answer.headers.multi_items() if one[0] != _ENCODING],
            stream=_Bounded(answer, self._place),
            extensions=answer.extensions,
        )

    def close(self) -> None:
        self._inner.close()


class _Bounded(httpx2.SyncByteStream):
    """The octets of an answer, while there is time for more."""

    def __init__(self, answer: httpx2.Response, place: Place) -> None:
        self._answer = answer
        self._place = place

    @override
    def __iter__(self) -> Iterator[bytes]:
        size_bytes = 0
        for part in self._answer.iter_raw():
            size_bytes += len(part)
            if size_bytes > _MOST_BYTES:
                raise httpx2.ReadError("the answer does not end")
            if self._place.remaining_s() <= 0:
                raise httpx2.ReadTimeout("no time is left")
            yield part

    @override
    def close(self) -> None:
        self._answer.close()
