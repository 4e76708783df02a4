"""The transport of Azure's own library, over connections to the addresses that were judged."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from clickpipes_mcp.checks.checklist import Place

if TYPE_CHECKING:
    import requests
    from urllib3 import BaseHTTPResponse

_CONNECT_S = 8.0
_ANSWER_S = 10.0
_MOST_BYTES: Final = 16 * 1024 * 1024


def pinned_session(place: Place) -> "requests.Session":
    """A session of which every connection goes where `place` says, under the host's own name.

    It takes no proxy and no login from the environment. Requests raise AddressRefused where a
    host may not be connected to. An answer is read no longer than 16 MB, unpacked, or the look
    lasts.
    """
    import requests  # comes with the extra that needs it
    from requests.adapters import HTTPAdapter
    from urllib3.util import Timeout

    class Pinned(HTTPAdapter):
        def build_connection_pool_key_attributes(
            self,
            request: "requests.PreparedRequest",
            verify: bool | str,  # noqa: FBT001 # as the library has it
            cert: str | tuple[str, str] | None = None,
        ) -> tuple[Any, Any]:
            where, how = super().build_connection_pool_key_attributes(request, verify, cert)
            host = where["host"]
            if where["scheme"] == "https":
                how |= {"server_hostname": host, "assert_hostname": host}
            return where | {"host": place.pin(host)}, how

        def send(self, request: Any, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401
            left_s = place.remaining_s()
            if left_s <= 0:
                raise requests.exceptions.ReadTimeout("no time is left")
            request.headers["Host"] = request.url.split("/")[2]
            options["timeout"] = Timeout(
                connect=min(_CONNECT_S, left_s), read=min(_ANSWER_S, left_s)
            )
            answer: Any = super().send(request, *arguments, **options)
            answer.raw.stream = partial(_bounded, answer.raw, answer.raw.stream, place)
            return answer

    session = requests.Session()
    session.trust_env = False
    for scheme in ("https://", "http://"):
        session.mount(scheme, Pinned(max_retries=0))
    return session


def _bounded(
    raw: "BaseHTTPResponse",
    stream: Callable[..., Iterator[bytes]],
    place: Place,
    *how: object,
    **options: object,
) -> Iterator[bytes]:
    """The octets of an answer, while there is time for more."""
    from urllib3.exceptions import ProtocolError

    size_bytes = 0
    for part in stream(*how, **options):
        size_bytes += len(part)
        is_late = place.remaining_s() <= 0
        if is_late or size_bytes > _MOST_BYTES:
            raw.close()
            raise ProtocolError("no time is left" if is_late else "the answer does not end")
        yield part
