"""The transport of Azure's own library, over connections to the addresses that were judged."""

from typing import TYPE_CHECKING, Any

from clickpipes_mcp.checks.checklist import Place

if TYPE_CHECKING:
    import requests

_CONNECT_S = 8.0
_ANSWER_S = 10.0


def pinned_session(place: Place) -> "requests.Session":
    """A session of which every connection goes where `place` says, under the host's own name.

    It takes no proxy and no login from the environment. Requests raise AddressRefused where a
    host may not be connected to.
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
            return super().send(request, *arguments, **options)

    session = requests.Session()
    session.trust_env = False
    for scheme in ("https://", "http://"):
        session.mount(scheme, Pinned(max_retries=0))
    return session
