"""Reading small JSON documents, such as an issuer's keys."""

import ssl
from collections.abc import Mapping
from pathlib import Path

import httpx

MAX_BYTES = 256 * 1024
_PATIENCE_S = 5.0


class JsonReader:
    """Reads JSON objects over verified connections, without following redirects."""

    def __init__(self, ca_file: Path | None) -> None:
        self._ca_file = ca_file

    async def __call__(self, address: str) -> Mapping[str, object]:
        """The object behind an address.

        Raises:
            OSError: It cannot be reached, or answers something else.
        """
        trusted = ssl.create_default_context()
        if self._ca_file is not None:
            trusted.load_verify_locations(cafile=self._ca_file)
        try:
            async with (
                httpx.AsyncClient(verify=trusted, timeout=_PATIENCE_S) as client,
                client.stream("GET", address, headers={"accept": "application/json"}) as answer,
            ):
                return _object(answer.status_code, await _limited(answer))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise OSError(f"{type(error).__name__} at {address}") from error


async def _limited(answer: httpx.Response) -> bytes:
    content = b""
    async for chunk in answer.aiter_bytes():
        content += chunk
        if len(content) > MAX_BYTES:
            raise OSError(f"more than {MAX_BYTES // 1024} KiB at {answer.url}")
    return content


def _object(status: int, content: bytes) -> Mapping[str, object]:
    if status != httpx.codes.OK:
        raise OSError(f"status {status}")
    try:
        found = httpx.Response(status, content=content).json()
    except ValueError:
        raise OSError("no JSON") from None
    if not isinstance(found, dict):
        raise OSError("no JSON object")  # what the caller is told to expect
    return found
