"""Reading small JSON documents, such as an issuer's keys."""

import json
from collections.abc import Mapping
from pathlib import Path

import anyio
import httpx2

from clickpipes_mcp.cloud.wire import LIBRARY_ERRORS, opened, read_limited, translated
from clickpipes_mcp.errors import Unreachable, UnreadableAnswer

MAX_BYTES = 256 * 1024
_PATIENCE_S = 5.0
_ACCEPT = {"accept": "application/json", "accept-encoding": "identity"}


class JsonReader:
    """Reads JSON objects over verified connections, without following redirects."""

    def __init__(self, ca_file: Path | None) -> None:
        self._ca_file = ca_file

    async def __call__(self, address: str) -> Mapping[str, object]:
        """The object behind an address.

        Raises:
            Unreachable: Nobody answers there, or not in time.
            UnreadableAnswer: What is answered is no small JSON object.
            InvalidSettings: Its certificate is not trusted, or the file of authorities unusable.
        """
        try:
            with anyio.fail_after(_PATIENCE_S):
                async with (
                    opened(address, self._ca_file) as client,
                    client.stream("GET", address, headers=_ACCEPT) as answer,
                ):
                    content = await read_limited(answer, MAX_BYTES)
        except TimeoutError as error:
            problem = f"{address} did not answer in time."
            raise Unreachable(problem, may_have_happened=False) from error
        except LIBRARY_ERRORS as error:
            raise translated(error, address, is_read=True) from error
        return _object(address, answer.status_code, content)


def _object(address: str, status: int, content: bytes) -> Mapping[str, object]:
    if status != httpx2.codes.OK:
        raise UnreadableAnswer(f"{address} answers with status {status}.")
    try:
        found = json.loads(content)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise UnreadableAnswer(f"{address} answers no JSON object.")
    return found
