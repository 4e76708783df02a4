"""Reading small JSON documents, such as an issuer's keys."""

import json
import ssl
from collections.abc import Mapping
from pathlib import Path

import anyio
import httpx

from clickpipes_mcp.errors import Unreachable, UnreadableAnswer

MAX_BYTES = 256 * 1024
_PATIENCE_S = 5.0
_ACCEPT = {"accept": "application/json"}


class JsonReader:
    """Reads JSON objects over verified connections, without following redirects."""

    def __init__(self, ca_file: Path | None) -> None:
        self._ca_file = ca_file

    async def __call__(self, address: str) -> Mapping[str, object]:
        """The object behind an address.

        Raises:
            Unreachable: Nobody answers there, or not in time.
            UnreadableAnswer: What is answered is no small JSON object.
        """
        trusted = ssl.create_default_context()
        if self._ca_file is not None:
            trusted.load_verify_locations(cafile=self._ca_file)
        try:
            with anyio.fail_after(_PATIENCE_S):
                async with (
                    httpx.AsyncClient(verify=trusted) as client,
                    client.stream("GET", address, headers=_ACCEPT) as answer,
                ):
                    return _object(answer, await _limited(answer))
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            problem = f"{address} cannot be read ({type(error).__name__})."
            raise Unreachable(problem, may_have_happened=False) from error


async def _limited(answer: httpx.Response) -> bytes:
    content = b""
    async for chunk in answer.aiter_bytes():
        content += chunk
        if len(content) > MAX_BYTES:
            raise UnreadableAnswer(f"{answer.url} answers more than {MAX_BYTES // 1024} KiB.")
    return content


def _object(answer: httpx.Response, content: bytes) -> Mapping[str, object]:
    if answer.status_code != httpx.codes.OK:
        raise UnreadableAnswer(f"{answer.url} answers with status {answer.status_code}.")
    try:
        found = json.loads(content)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise UnreadableAnswer(f"{answer.url} answers no JSON object.")
    return found
