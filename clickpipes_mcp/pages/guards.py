"""What every request to a page has to pass: its host, its origin, the token of its form, its size.

A link is a secret of its own. The guards are for the browser of somebody who has one: no other
site may send the form, show the page in a frame, or reach it under a name of its own.
"""

import hmac
from collections.abc import AsyncGenerator, Collection, Mapping
from hashlib import sha256
from secrets import token_bytes
from typing import Final
from urllib.parse import parse_qsl

from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

MOST_FORM_BYTES: Final = 16 * 1024
MOST_UPLOAD_BYTES: Final = 512 * 1024
_MOST_FIELDS: Final = 20
_MOST_PARTS: Final = 60


class PageRefused(Exception):  # the request was refused, nothing failed
    """A request that no browser on a page of ours makes."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class PageGuard:
    """Checks requests; tokens of forms are good in this process, or where the key is shared."""

    def __init__(self, hosts: Collection[str], key: str | None = None) -> None:
        self._hosts = frozenset(hosts)
        self._key = token_bytes(32) if key is None else sha256(b"forms\0" + key.encode()).digest()

    def form_token(self, page: str) -> str:
        """What the form of this page carries."""
        return hmac.new(self._key, page.encode("utf-8", "replace"), sha256).hexdigest()

    def check_host(self, request: Request) -> None:
        """Only under our own name.

        Raises:
            PageRefused: It is asked for under another one.
        """
        if request.headers.get("host", "").lower() not in self._hosts:
            raise PageRefused(421, "This page does not stand under that host name.")

    async def read_form(self, request: Request, page: str) -> Mapping[str, str]:
        """The fields of a form that was sent from this very page.

        Raises:
            PageRefused: It came from somewhere else, or is too large.
        """
        content = await self._content(request, MOST_FORM_BYTES)
        try:
            text = content.decode()
            fields = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS))
        except ValueError:
            raise PageRefused(400, "The form cannot be read.") from None
        self._check_token(fields.get("form_token", "").encode("utf-8", "replace"), page)
        return fields

    async def read_upload(self, request: Request, page: str) -> Mapping[str, bytes]:
        """The fields of a form with files that was sent from this very page; all in memory.

        Raises:
            PageRefused: It came from somewhere else, or is too large.
        """
        content = await self._content(request, MOST_UPLOAD_BYTES)

        async def whole() -> AsyncGenerator[bytes, None]:
            yield content

        # The parser keeps files in memory up to a size that is larger than all that is let in.
        parser = MultiPartParser(
            request.headers,
            whole(),
            max_files=_MOST_PARTS,
            max_fields=_MOST_PARTS,
            max_part_size=MOST_UPLOAD_BYTES,
        )
        try:
            form = await parser.parse()
        except (MultiPartException, ValueError, KeyError, AttributeError):
            raise PageRefused(400, "The form cannot be read.") from None
        fields: dict[str, bytes] = {}
        for name, one in form.multi_items():
            fields[name] = one.encode() if isinstance(one, str) else await one.read()
        await form.close()
        self._check_token(fields.get("form_token", b""), page)
        return fields

    async def _content(self, request: Request, most_bytes: int) -> bytes:
        self.check_host(request)
        origin, site = (request.headers.get(name) for name in ("origin", "sec-fetch-site"))
        if site not in (None, "same-origin") or (origin is not None and not self._is_own(origin)):
            raise PageRefused(403, "The form was sent from another site.")
        content = b""
        async for chunk in request.stream():
            content += chunk
            if len(content) > most_bytes:
                raise PageRefused(413, "The form is too large.")
        return content

    def _check_token(self, given: bytes, page: str) -> None:
        if not hmac.compare_digest(given, self.form_token(page).encode()):
            raise PageRefused(403, "The form was not sent from this page. Open its link again.")

    def _is_own(self, origin: str) -> bool:
        return origin.partition("://")[2].lower() in self._hosts
