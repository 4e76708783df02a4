"""A page as a terminal uses it: the same requests as a browser's, without one."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any, Final, Self
from urllib.parse import SplitResult, urlsplit

import httpx2
from pydantic import AfterValidator, BaseModel, TypeAdapter, ValidationError

from clickpipes_mcp.errors import CallerError, Unreachable
from clickpipes_mcp.redaction import strip_invisible
from clickpipes_mcp.settings import is_loopback

_Line = Annotated[str, AfterValidator(strip_invisible)]
"""A text of whoever answers, which may be anybody: nothing in it steers a terminal."""


class _Question(BaseModel):
    headline: _Line
    about: list[_Line]
    details: list[_Line]
    cautions: list[_Line]
    lost: list[_Line]
    kept: list[_Line]
    undo: _Line
    name: _Line
    agree: _Line
    decline: _Line
    takes_name: bool
    takes_pin: bool
    takes_passkey: bool
    flaws: dict[str, _Line]
    form_token: str


class _Ending(BaseModel):
    ending: _Line
    title: _Line
    told: _Line
    code: _Line


_PAGE: Final[TypeAdapter[_Question | _Ending]] = TypeAdapter(_Question | _Ending)
_JSON: Final = {"accept": "application/json"}
_PATIENCE_S: Final = 10.0


@dataclass(frozen=True)
class Shown:
    """What a page shows: a question with its `facts`, or an ending with its `title`."""

    facts: Mapping[str, Any]

    @property
    def is_over(self) -> bool:
        return "ending" in self.facts

    @property
    def flaws(self) -> Mapping[str, str]:
        """What was wrong with the answer, by field."""
        return dict(self.facts.get("flaws", {}))


class Visit:
    """One page that is being looked at and answered; `place` is the host and port it is on."""

    def __init__(self, link: str) -> None:
        parts = _split(link)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise _no_link()
        if parts.scheme == "http" and not is_loopback(parts.hostname):
            raise CallerError(
                "That link leads to another machine without TLS: whoever sits in the way reads "
                "along and answers in its place.",
                fix="Use the https link of the server. Its operator sets CLICKPIPES_HTTP_URL.",
            )
        self.link = link
        self.place = strip_invisible(parts.netloc.rpartition("@")[2])
        self.is_encrypted = parts.scheme == "https"
        self._http = httpx2.Client(
            headers=_JSON, timeout=_PATIENCE_S, trust_env=False, follow_redirects=False
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def look(self) -> Shown:
        """What the page shows.

        Raises:
            Unreachable: The server that asked is gone.
        """
        return self._read("GET")

    def answer(self, shown: Shown, **fields: str) -> Shown:
        """Send the form of a page, and see what it then shows.

        Raises:
            Unreachable: The server that asked is gone.
        """
        return self._read("POST", {"form_token": str(shown.facts["form_token"]), **fields})

    def _read(self, method: str, form: Mapping[str, str] | None = None) -> Shown:
        try:
            response = self._http.request(method, self.link, data=form)
            shown = _PAGE.validate_json(response.content)
        except (httpx2.HTTPError, httpx2.InvalidURL, ValidationError) as error:
            raise _gone() from error
        if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise _gone()
        return Shown(shown.model_dump())


def _split(link: str) -> SplitResult:
    try:
        return urlsplit(link)
    except ValueError as error:
        raise _no_link() from error


def _no_link() -> CallerError:
    return CallerError("That is no link to a page.", fix="Take it from the chat, whole.")


def _gone() -> Unreachable:
    return Unreachable(
        "The page does not answer: the server that asked is gone, or it is not on this machine.",
        may_have_happened=False,
        fix="Ask the assistant to make the call again.",
    )
