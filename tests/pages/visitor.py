"""A person with a browser that shows no pictures: opens links, sends forms."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import Any

import httpx2
from mcp_types import CallToolResult

from tests.serving import error

_LINK = re.compile(r"https?://\S+/(?:approve|secrets)/\S+")
_TOKEN = re.compile(r'name="form_token" value="([0-9a-f]+)"')
_SECRETS = re.compile(r'<label for="(secret-\d+)">([^<]*)</label>')
_TAGS = re.compile(r"<style>.*?</style>|<[^>]*>", re.DOTALL)


def link_in(result: CallToolResult) -> str:
    """The link that an answer holds for the person."""
    return link_of(error(result)["fix"])


def link_of(text: str) -> str:
    found = _LINK.findall(text)
    assert len(found) == 1, text
    return str(found[0])


@dataclass
class Visitor:
    """One browser at one page."""

    http: httpx2.AsyncClient
    link: str
    pages: list[httpx2.Response] = field(default_factory=list)

    async def look(self, **headers: str) -> httpx2.Response:
        """Open the page."""
        return self._turn_to(await self.http.get(self.link, headers=_named(headers)))

    async def send(self, *, form_token: str | None = None, **fields: str) -> httpx2.Response:
        """Fill in the form that is shown and send it, as a browser does."""
        if form_token is None:
            form_token = _TOKEN.findall(self.pages[-1].text)[0]
        own = {"origin": "/".join(self.link.split("/")[:3]), "sec-fetch-site": "same-origin"}
        return self._turn_to(
            await self.http.post(self.link, data={"form_token": form_token, **fields}, headers=own)
        )

    async def give(
        self,
        values: Mapping[str, str | bytes],
        *,
        decision: str = "give",
        kept: Collection[str] = (),
        form_token: str | None = None,
        **headers: str,
    ) -> httpx2.Response:
        """Fill in a form for secrets, by label: text is typed, bytes are a file.

        `kept` are the labels of those that are to be kept in the keyring.
        """
        await self.look()
        page = self.pages[-1].text
        token = form_token or _TOKEN.findall(page)[0]
        files: dict[str, Any] = {
            "form_token": (None, token),
            "decision": (None, decision),
        }
        for place, label in _SECRETS.findall(page):
            given = values.get(label, "")
            files[place] = (None, given if isinstance(given, str) else "")
            named = ("secret.txt", given) if isinstance(given, bytes) else ("", b"")
            files[f"{place}-file"] = named
            if label in kept:
                files[f"{place}-keep"] = (None, "yes")
        own = {"origin": "/".join(self.link.split("/")[:3]), "sec-fetch-site": "same-origin"}
        return self._turn_to(
            await self.http.post(self.link, files=files, headers=own | _named(headers))
        )

    async def agree(self, **fields: str) -> httpx2.Response:
        """Open the page, fill in the form and press the button that agrees."""
        await self.look()
        return await self.send(decision="agree", **fields)

    async def decline(self) -> httpx2.Response:
        """Open the page and press the button that declines."""
        await self.look()
        return await self.send(decision="decline")

    @property
    def seen(self) -> str:
        """The words of the page that is shown."""
        return " ".join(unescape(_TAGS.sub(" ", self.pages[-1].text)).split())

    def _turn_to(self, page: httpx2.Response) -> httpx2.Response:
        self.pages.append(page)
        return page


def _named(headers: dict[str, str]) -> dict[str, Any]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
