"""Many reads at once over streamable HTTP, by a client that costs next to nothing."""

import asyncio
import json
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager

from tests.benchmarks.stdio import Call
from tests.faults.processes import MODERN

AT_ONCE = 64
_STARTS_WITHIN_S = 60.0
_LOOKS_EVERY_S = 0.02


@contextmanager
def serving_http(argv: Sequence[str], port: int, environment: Mapping[str, str]) -> Iterator[None]:
    """Run a server over HTTP while the block runs."""
    with subprocess.Popen(
        argv,
        env=environment,
        cwd=environment["HOME"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            _wait_for(port, process)
            yield
        finally:
            process.kill()


def calls_per_s(port: int, calls: Sequence[Call]) -> float:
    """How many of these calls a second are answered when 64 clients make them."""
    return asyncio.run(_calls_per_s(port, [_request(port, call) for call in calls]))


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    began = time.monotonic()
    while time.monotonic() - began < _STARTS_WITHIN_S and process.poll() is None:
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(_LOOKS_EVERY_S)
    raise ConnectionError(f"{process.args!r} does not listen on {port}")


def _request(port: int, call: Call) -> bytes:
    tool, arguments = call
    asked = {"name": tool, "arguments": arguments, "_meta": MODERN}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": asked}
    body = json.dumps(message).encode()
    head = (
        "POST /mcp HTTP/1.1",
        f"host: 127.0.0.1:{port}",
        "content-type: application/json",
        "accept: application/json, text/event-stream",
        "mcp-protocol-version: 2026-07-28",
        "mcp-method: tools/call",
        f"mcp-name: {tool}",
        f"content-length: {len(body)}",
    )
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


async def _calls_per_s(port: int, requests: Sequence[bytes]) -> float:
    left = iter(requests)
    began = time.perf_counter()
    await asyncio.gather(*(_work(port, left) for _ in range(AT_ONCE)))
    return len(requests) / (time.perf_counter() - began)


async def _work(port: int, requests: Iterable[bytes]) -> None:
    """One client: a connection that is kept, and the next request when one is answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for request in requests:
            writer.write(request)
            status, body = await _answer(reader)
            if status != b"200" or b'"result"' not in body or b'"isError":true' in body:
                raise ValueError(f"answered {status!r}: {body[:300]!r}")
    finally:
        writer.close()


async def _answer(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    status = head.split(b" ", 2)[1]
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
    if b"content-length" in fields:
        return status, await reader.readexactly(int(fields[b"content-length"]))
    body = b""
    while (size := int(await reader.readuntil(b"\r\n"), 16)) > 0:
        body += (await reader.readexactly(size + 2))[:-2]
    await reader.readexactly(2)
    return status, body
