"""Requests to Google's JSON APIs, signed in with a key or as anybody, over pinned connections.

Google's own clients resolve names and open connections themselves, with no way to say to which
address; so the documented REST is spoken here, and Google's library only signs for the token.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Final, Self

import httpx2
from pydantic import JsonValue

from clickpipes_mcp.checks.checklist import (
    Checked,
    LookEnded,
    Outcome,
    Place,
    part_of,
    text_of,
)
from clickpipes_mcp.checks.google.endpoints import Endpoints
from clickpipes_mcp.checks.google.fields import rows_of, words_of
from clickpipes_mcp.checks.google.keys import LOGIN, AccountKey
from clickpipes_mcp.checks.pinned_http import byte_range, pinned_client

OFF: Final = ("SERVICE_DISABLED", "accessNotConfigured")
"""Reasons of an API that is not enabled in a project."""

Scopes = Sequence[str]


@dataclass(frozen=True)
class Answer:
    """What came back: the status, and the object in the body."""

    status: int
    body: Mapping[str, JsonValue] = field(default_factory=dict)

    @property
    def is_ok(self) -> bool:
        return self.status == httpx2.codes.OK

    @property
    def is_missing(self) -> bool:
        return self.status == httpx2.codes.NOT_FOUND

    @property
    def is_refused(self) -> bool:
        return self.status in (httpx2.codes.UNAUTHORIZED, httpx2.codes.FORBIDDEN)

    @property
    def is_off(self) -> bool:
        """Whether the API is not enabled in the project."""
        return any(reason in OFF for reason in self._reasons)

    @property
    def told(self) -> str:
        """The sentence of an error."""
        return text_of(part_of(self.body, "error"), "message") or f"HTTP {self.status}"

    @property
    def _reasons(self) -> list[str]:
        error = part_of(self.body, "error")
        parts = [*rows_of(error, "errors"), *rows_of(error, "details")]
        return [text_of(one, "reason") for one in parts]


@dataclass(frozen=True)
class Content:
    """The status, and a part of a file."""

    status: int
    octets: bytes = field(repr=False)

    @property
    def is_there(self) -> bool:
        return self.status in (httpx2.codes.OK, httpx2.codes.PARTIAL_CONTENT)


class Google:
    """Asks Google; signs in before the first request, where there is a key."""

    def __init__(
        self, place: Place, endpoints: Endpoints, key: AccountKey | None, scopes: Scopes
    ) -> None:
        self.endpoints = endpoints
        self.key = key
        self._place = place
        self._client = pinned_client(place)
        self._scopes = scopes
        self._token = ""

    def __enter__(self) -> Self:
        with ExitStack() as left_when_it_fails:
            left_when_it_fails.callback(self._client.close)
            self._token = "" if self.key is None else self._sign_in(self.key)
            left_when_it_fails.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def get(self, url: str, **parameters: str | Sequence[str]) -> Answer:
        """The object at an address."""
        return self._ask(self._client.build_request("GET", url, params=parameters))

    def post(self, url: str, body: Mapping[str, JsonValue]) -> Answer:
        """What an address answers to a question that is an object."""
        return self._ask(self._client.build_request("POST", url, json=dict(body)))

    def rights(self, url: str, asked: Sequence[str]) -> frozenset[str] | None:
        """Which of these permissions the account has on a resource; None where nobody tells."""
        answer = self.post(f"{url}:testIamPermissions", {"permissions": list(asked)})
        return frozenset(words_of(answer.body, "permissions")) if answer.is_ok else None

    def content(self, url: str, *, most_bytes: int, from_end: bool = False) -> Content:
        """The beginning or the end of a file, and no more, whoever sends all of it."""
        asked = {
            "Range": byte_range(most_bytes, from_end=from_end), "Accept-Encoding": "identity"
        }  # fmt: skip
        found = b""
        try:
            with self._client.stream("GET", url, headers=asked | self._login) as response:
                for part in response.iter_raw():
                    found += part
                    if len(found) >= most_bytes:
                        break
        except httpx2.HTTPError as error:
            raise LookEnded(_unreached(error)) from error
        return Content(response.status_code, found[:most_bytes])

    def _ask(self, request: httpx2.Request) -> Answer:
        request.headers.update(self._login)
        response = self._send(request)
        try:
            read = json.loads(response.text.replace(self._token or "\0", "…"))
        except ValueError:
            read = {}
        return Answer(response.status_code, read if isinstance(read, dict) else {})

    @property
    def _login(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"} if self._token else {}

    def _send(self, request: httpx2.Request) -> httpx2.Response:
        try:
            return self._client.send(request)
        except httpx2.HTTPError as error:
            raise LookEnded(_unreached(error)) from error

    def _sign_in(self, key: AccountKey) -> str:
        from google.auth.exceptions import GoogleAuthError  # optional extra
        from google.oauth2.service_account import Credentials

        try:
            credentials = Credentials.from_service_account_info(  # type: ignore[no-untyped-call]
                {**key.info, "token_uri": self.endpoints.token}, scopes=self._scopes
            )
            credentials.refresh(self._ask_for_token)
        except ValueError as error:  # never with the text of the key
            raise LookEnded(_UNUSABLE) from error
        except GoogleAuthError as error:
            raise LookEnded(_refused(error)) from error
        return str(credentials.token)

    def _ask_for_token(
        self,
        url: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        **_: object,
    ) -> "_TokenAnswer":
        """What Google's library asks with; it goes to one address, whatever the library wants."""
        if (url, method) != (self.endpoints.token, "POST"):
            raise LookEnded(_UNUSABLE)
        response = self._send(
            self._client.build_request(method, url, content=body, headers=headers)
        )
        is_busy = response.status_code >= httpx2.codes.INTERNAL_SERVER_ERROR
        if is_busy or not _is_object(response.content):
            raise LookEnded(
                Checked(LOGIN, Outcome.UNSEEN, f"Google answered {response.status_code}.", _LATER)
            )
        return _TokenAnswer(response.status_code, response.headers, response.content)


_LATER: Final = "Look again in a while."


def _is_object(content: bytes) -> bool:
    try:
        return isinstance(json.loads(content), dict)
    except ValueError:
        return False


@dataclass(frozen=True)
class _TokenAnswer:
    """As Google's library wants it."""

    status: int
    headers: Mapping[str, str]
    data: bytes


_UNUSABLE: Final = Checked(
    LOGIN,
    Outcome.NOT_OK,
    "The private key in the key file cannot be used.",
    "Create a new key of the service account as JSON, and give that file whole.",
)


def _refused(error: Exception) -> Checked:
    told = error.args[0] if error.args and isinstance(error.args[0], str) else "no reason"
    return Checked(
        LOGIN,
        Outcome.NOT_OK,
        f"Google does not let the account in: {told}",
        "Look whether the account is there and enabled, and create a new key: the old one may be "
        "deleted.",
    )


def _unreached(error: Exception) -> Checked:
    return Checked(
        "reachable",
        Outcome.UNSEEN,
        f"Google did not answer from here: {error}",
        "Let this machine reach googleapis.com. ClickPipes has its own way there.",
    )
