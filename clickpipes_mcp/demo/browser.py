"""A browser without pictures: opens the page behind a link, fills in its form and sends it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

import httpx2

_LINK: Final = re.compile(r"http://127\.0\.0\.1:\d+/\S+")
_PATIENCE_S: Final = 10.0
_UNSEEN: Final = frozenset({"style", "script", "title", "svg"})
_BLOCKS: Final = frozenset({"h1", "h2", "p", "li", "label", "button"})


class PageUnusable(Exception):
    """The page does not answer, or has not what the person looks for."""


@dataclass
class Page:
    """What a person sees of a page, and what its form sends.

    A list below a heading is one line. `fields` are the names of the inputs by their labels,
    `buttons` the decisions by their words.
    """

    headline: str = ""
    lines: list[str] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    buttons: dict[str, str] = field(default_factory=dict)
    hidden: dict[str, str] = field(default_factory=dict)
    takes_files: bool = False


def link_in(text: str) -> str:
    """The link to a page on this machine that an answer holds.

    Raises:
        PageUnusable: There is none.
    """
    found = _LINK.search(text)
    if found is None:
        raise PageUnusable("the answer holds no link to a page")
    return found.group()


def read_page(text: str) -> Page:
    """A page as a person reads it, from its HTML."""
    reader = _Reader()
    reader.feed(text)
    return reader.page


class Browser:
    """One browser at one page of this machine."""

    def __init__(self, link: str) -> None:
        self._link = link

    async def look(self) -> Page:
        """Open the page.

        Raises:
            PageUnusable: It does not answer.
        """
        return await self._request("GET")

    async def send(self, page: Page, button: str, typed: Mapping[str, str]) -> Page:
        """Type into the form, by label, and press a button; the page that follows.

        Raises:
            PageUnusable: It does not answer, or has no such field or button.
        """
        missing = [label for label in typed if label not in page.fields]
        if missing or button not in page.buttons:
            raise PageUnusable(f"the page has no {(missing or [button])[0]!r}")
        content = {
            **page.hidden,
            "decision": page.buttons[button],
            **{page.fields[label]: value for label, value in typed.items()},
        }
        if page.takes_files:
            return await self._request("POST", parts=content)
        return await self._request("POST", content)

    async def _request(
        self,
        method: str,
        content: Mapping[str, str] | None = None,
        *,
        parts: Mapping[str, str] | None = None,
    ) -> Page:
        origin = "/".join(self._link.split("/")[:3])
        files = {name: (None, value.encode()) for name, value in (parts or {}).items()}
        try:
            async with httpx2.AsyncClient(timeout=_PATIENCE_S, trust_env=False) as client:
                response = await client.request(
                    method,
                    self._link,
                    data=content,
                    files=files or None,
                    headers={"origin": origin, "sec-fetch-site": "same-origin"},
                )
        except httpx2.HTTPError as error:
            raise PageUnusable("the page does not answer") from error
        return read_page(response.text)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page()
        self._unseen: list[str] = []
        self._block = ""
        self._section = ""
        self._words: list[str] = []
        self._attributes: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag in _UNSEEN:
            self._unseen.append(tag)
        elif tag == "form":
            self.page.takes_files = attributes.get("enctype") == "multipart/form-data"
        elif tag == "input" and attributes.get("type") == "hidden":
            self.page.hidden[attributes["name"]] = attributes.get("value", "")
        elif tag in _BLOCKS:
            self._block, self._words, self._attributes = tag, [], attributes

    def handle_data(self, data: str) -> None:
        if self._block and not self._unseen:
            self._words.append(data)

    def handle_endtag(self, tag: str) -> None:
        if self._unseen and tag == self._unseen[-1]:
            self._unseen.pop()
        elif tag == "section":
            self._section = ""
        elif tag == self._block:
            self._finish(" ".join("".join(self._words).split()))
            self._block = ""

    def _finish(self, words: str) -> None:
        if self._block == "h1":
            self.page.headline = words
        elif self._block == "h2":
            self._section = words
            self.page.lines.append(f"{words}:")
        elif self._block == "li" and self._section:
            line = self.page.lines.pop()
            self.page.lines.append(f"{line}{' ' if line.endswith(':') else '; '}{words}")
        elif self._block == "button":
            self.page.buttons[words] = self._attributes.get("value", "")
        else:
            if self._block == "label" and "for" in self._attributes:
                self.page.fields.setdefault(words, self._attributes["for"])
            self.page.lines.append(words)
