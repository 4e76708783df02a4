"""A server with passkeys under an address of its own, and browsers that reach it there."""

from html import unescape
from typing import Any

import httpx2

from tests.http.served import Running
from tests.serving import SHARED_KEY

ORIGIN = "https://mcp.example.com"
ENDPOINT = f"{ORIGIN}/mcp"
HOST = "mcp.example.com"
TOKEN = "a" * 32
CALLER = {"host": HOST, "authorization": f"Bearer {TOKEN}"}
OWN = {"origin": ORIGIN, "sec-fetch-site": "same-origin"}


def settings(directory: Any) -> dict[str, Any]:
    """Of all replicas."""
    tokens = directory / "tokens"
    tokens.touch(0o600)
    tokens.write_text(f"alice {TOKEN}\n")
    return {
        "http_url": ENDPOINT,
        "http_tokens": tokens,
        "http_key": SHARED_KEY,
        "approval": "passkey",
    }


def options_in(page: httpx2.Response) -> str:
    return unescape(page.text.partition('data-options="')[2].partition('"')[0])


async def fetched(running: Running, link: str) -> httpx2.Response:
    """A page, from this replica."""
    async with running.http() as http:
        return await http.get(link.removeprefix(ORIGIN), headers={"host": HOST})


async def sent(running: Running, page: httpx2.Response, **fields: str) -> httpx2.Response:
    """The form of a page, to this replica."""
    token = page.text.partition('name="form_token" value="')[2][:64]
    async with running.http() as http:
        return await http.post(
            page.url.path, data={"form_token": token, **fields}, headers={"host": HOST, **OWN}
        )


async def lined(running: Running, device: Any, **changed: Any) -> httpx2.Response:
    """Make a passkey on the page of this replica."""
    page = await fetched(running, f"{ENDPOINT}/enrol")
    given = {"origin": ORIGIN, "rp_id": HOST, **changed}
    return await sent(running, page, passkey=device.make(options_in(page), **given))


def line_in(text: str) -> str:
    return text.partition("CLICKPIPES_PASSKEYS=")[2].partition("<")[0].strip()
