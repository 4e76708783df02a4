"""Secrets as references that are resolved only at the moment of sending.

A secret argument is either a reference, `${ask:label}`, `${file:name}`,
`${env:CLICKPIPES_SECRET_NAME}` or `${keyring:name}`, or a literal. Neither form shows its value in
a `repr`, an error or a dump. Logins and certificates take references too; written out they are no
secret.
"""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterator, Mapping
from typing import ClassVar, Final, Self, TypeAlias, Union

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from clickpipes_mcp.errors import SecretUnavailable
from clickpipes_mcp.pem import is_damaged
from clickpipes_mcp.redaction import MASK
from clickpipes_mcp.secret_resolver import ENVIRONMENT_PREFIX, SecretResolver, is_unexpanded

ASK: Final = "ask:"
"""How a reference begins that a person is asked about."""

LONGEST_LABEL: Final = 40
_REFERENCE = re.compile(
    r"\$\{(?:(?P<kind>env|file|keyring):(?P<name>[^${}]+)"
    rf"|ask:(?P<label>[A-Za-z0-9][A-Za-z0-9_-]{{0,{LONGEST_LABEL - 1}}}))\}}"
)
_HOLDS_A_REFERENCE = re.compile(r"^\$\{.*\}$|\$\{(?:env|file|keyring|ask):[^${}]*\}", re.DOTALL)

_MALFORMED: Final = "holds a reference that is malformed, or is only a part of the text"
_WELL_FORMED: Final = (
    "Write ${file:name}, ${env:CLICKPIPES_SECRET_NAME} or ${keyring:name}, and put the whole value "
    f"there; or write ${{ask:label}} with a label of up to {LONGEST_LABEL} letters, digits, - _."
)
_DAMAGED: Final = (
    "is a damaged PEM: no certificate or key comes of its base64. The whole text is needed, from "
    "BEGIN to END, with its line breaks"
)

_ADDRESS_WITH_LOGIN: Final = re.compile(r"\A\s*+[A-Za-z][A-Za-z0-9+.-]{1,30}://[^/\s@]{1,999}@")
_PEM: Final = "-----BEGIN "
_PRIVATE: Final = "PRIVATE KEY-----"
_SERVICE_ACCOUNT: Final = "service_account"
_OF_A_KEY_FILE: Final = ("private_key", "client_email")
"""What Google writes into the key file of a service account, and logs in with.

Source: https://cloud.google.com/iam/docs/keys-create-delete
"""

_NO_PEM: Final = "is no PEM, which begins with -----BEGIN"

SendableBody: TypeAlias = Union[
    bool, int, float, str, "Secret", list["SendableBody"], dict[str, "SendableBody"], None
]
"""A request body in which secrets are still `Secret` objects."""

PlacedSecret: TypeAlias = "tuple[tuple[str | int, ...], Secret]"


def holds_reference(text: str) -> bool:
    """Whether a text has the form of a reference, or has one in it."""
    return _HOLDS_A_REFERENCE.search(text) is not None


class Secret:
    """A secret argument whose value is out of reach of `repr`, equality and serialisation.

    `is_confidential` is whether it is a secret where it is written out, `has_lines` whether it may
    have more than one line.
    """

    __slots__ = ("_text",)
    is_confidential: ClassVar[bool] = True
    has_lines: ClassVar[bool] = False

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return f"Secret({MASK if self.is_literal else self._text!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self)) and self.masked == other.masked

    def __hash__(self) -> int:
        return hash(self.masked)

    @property
    def is_literal(self) -> bool:
        return _REFERENCE.fullmatch(self._text) is None

    @property
    def reference(self) -> str | None:
        """What it refers to, such as `env:CLICKPIPES_SECRET_NAME`.

        None for a literal, and for a variable that may never be used.
        """
        found = _REFERENCE.fullmatch(self._text)
        if found and found["label"]:
            return f"{ASK}{found['label']}"
        if not found or (
            found["kind"] == "env" and not found["name"].startswith(ENVIRONMENT_PREFIX)
        ):
            return None
        return f"{found['kind']}:{found['name']}"

    @property
    def masked(self) -> str:
        """The reference as written, or a mask in place of a secret that is written out."""
        return MASK if self.is_literal and self.is_confidential else self._text

    @property
    def plain(self) -> str | None:
        """The text where it is written out and no secret."""
        return self._text if self.is_literal and not self.is_confidential else None

    def reveal(self, resolver: SecretResolver) -> str:
        """The value to send.

        Raises:
            SecretUnavailable: The reference is malformed, points nowhere or out of bounds, or
                what it points to cannot be meant.
        """
        return self.read(resolver)

    def read(self, resolver: SecretResolver) -> str:
        """The value as it was written; raises as `reveal` does.

        What is no secret is shown by the API to everyone, so a reference may bring there only what
        has the form of such a text.
        """
        match = _REFERENCE.fullmatch(self._text)
        if match:
            value = resolver.lookup(match["kind"] or "ask", match["name"] or match["label"])
        elif holds_reference(self._text):
            raise SecretUnavailable(f"The text {_MALFORMED}.", fix=_WELL_FORMED)
        else:
            value = self._text
        flaw = self._flaw_in(value)
        if not (flaw or self.is_literal or self.is_confidential):
            flaw = self._flaw_of_form(value)
        if flaw:
            named = "The value" if self.is_literal else f"The secret behind {self._text}"
            raise SecretUnavailable(f"{named} {flaw}.", fix="Tell the person to correct it.")
        return value

    def place(self, resolver: SecretResolver) -> str | None:  # noqa: ARG002 # most name none
        """Where the value leads to, as an account does; None where that cannot be told."""
        return None

    @classmethod
    def flaw_on_form(cls, value: str) -> str:
        """Why a value that a person gives cannot be meant, as the end of a sentence; else empty.

        A person can put it right at once, so more is looked at here than of other references.
        """
        if not value:
            return "is empty"
        if is_unexpanded(value):
            return "is the name of a variable, which nobody put the value of in place"
        return cls._flaw_in(value) or cls._flaw_of_form(value)

    @classmethod
    def _flaw_of_form(cls, value: str) -> str:
        """Any line of text may be a password, except what a person pastes in its place."""
        is_address = _ADDRESS_WITH_LOGIN.match(value) is not None
        return "is an address with a login in it, where the secret alone is wanted" * is_address

    @classmethod
    def _flaw_in(cls, value: str) -> str:
        """Why a value cannot be meant; empty where nothing speaks against it."""
        if "\0" in value:
            return "holds the character NUL, as a file in UTF-16 does where UTF-8 is wanted"
        is_one_line = len(value.splitlines()) < 2 and not value.endswith(("\n", "\r"))
        return "" if is_one_line else "holds a line break, which no login, password or key has"

    @classmethod
    def _of(cls, text: str) -> Self:
        """As an argument of a call; what can never be meant is refused at once."""
        secret = cls(text)
        if secret.is_literal and holds_reference(text):
            raise ValueError(f"{_MALFORMED}. {_WELL_FORMED}")
        flaw = cls._flaw_in(text) if secret.is_literal else ""
        if flaw:
            raise ValueError(flaw)
        return secret

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(
            cls._of,
            core_schema.str_schema(min_length=1, strict=True),
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda secret, info: secret.masked if info.mode_is_json() else secret,
                info_arg=True,
            ),
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        kept = {"x-secret": True} if cls.is_confidential else {}
        return {"type": "string", "x-reference": True, **kept}


def digest_of(body: SendableBody, key: bytes) -> str:
    """Tells whether two bodies are alike, secrets as they are written included.

    Only who holds the key can tell, so that no secret can be guessed from it.
    """
    text = json.dumps(body, sort_keys=True, default=lambda secret: secret._text)  # noqa: SLF001
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


class Login(Secret):
    """A name to log in with, or the id of a key."""

    __slots__ = ()
    is_confidential = False


_AZURE: Final = "core.windows.net"


def _pairs_of(text: str) -> list[tuple[str, str, str]]:
    """The names and values of a connection string, as `str.partition` splits them."""
    return [part.partition("=") for part in text.strip().strip(";").split(";")]


class ConnectionString(Secret):
    """What Azure calls so: names with values, and semicolons between them.

    Each of `ways` is a set of names with which one can log in.
    """

    __slots__ = ()
    ways: ClassVar[tuple[tuple[str, ...], ...]] = ()

    def place(self, resolver: SecretResolver) -> str | None:
        """The address of the account; another key or SAS of the same account leads to it too.

        Source: https://learn.microsoft.com/azure/storage/common/storage-configure-connection-string
        """
        try:
            pairs = _pairs_of(self.read(resolver))
        except SecretUnavailable:
            return None
        named = {name.strip().casefold(): value.strip() for name, _, value in pairs}
        endpoint = named.get("blobendpoint", "").partition("://")[2].rstrip("/")
        account, suffix = named.get("accountname"), named.get("endpointsuffix", _AZURE)
        place = endpoint or (account and f"{account}.blob.{suffix}")
        return place.casefold() if place else None

    @classmethod
    def _flaw_of_form(cls, value: str) -> str:
        pairs = _pairs_of(value)
        if len(pairs) < 2 or not all(name and equals for name, equals, _ in pairs):
            return "is no connection string, which reads Name=value;Name=value"
        held = {name.strip().lower() for name, _, given in pairs if given.strip()}
        if not cls.ways or any(held.issuperset(map(str.lower, way)) for way in cls.ways):
            return ""
        return f"lacks a part, it needs {', or '.join(' and '.join(way) for way in cls.ways)}"


class PrivateKey(Secret):
    """A private key as PEM text."""

    __slots__ = ()
    has_lines = True

    @classmethod
    def _flaw_in(cls, value: str) -> str:
        return _DAMAGED if is_damaged(value) else ""

    @classmethod
    def _flaw_of_form(cls, value: str) -> str:
        if _PEM not in value:
            return _NO_PEM
        if _PRIVATE not in value:
            return "is a certificate, where the private key is wanted"
        is_locked = "ENCRYPTED" in value
        return "is locked with a passphrase, for which the API has no field" * is_locked


class Certificate(PrivateKey):
    """One or more certificates as PEM text."""

    __slots__ = ()
    is_confidential = False

    @classmethod
    def _flaw_of_form(cls, value: str) -> str:
        if _PEM not in value:
            return _NO_PEM
        return "holds a private key, where only certificates belong" if _PRIVATE in value else ""


class JsonKeySecret(Secret):
    """A secret the API wants in base64: a JSON key file is encoded, base64 is left as it is."""

    __slots__ = ()
    has_lines = True

    @classmethod
    def _flaw_in(cls, value: str) -> str:  # noqa: ARG003 # a file of JSON has several lines
        return ""

    @classmethod
    def _flaw_of_form(cls, value: str) -> str:
        text = value.strip()
        try:
            content = text if text.startswith("{") else base64.b64decode(text, validate=True)
            key = json.loads(content)
        except (ValueError, RecursionError):
            key = None
        if not isinstance(key, dict):
            return "is neither a key file in JSON nor the base64 of one"
        if key.get("type") != _SERVICE_ACCOUNT:
            return f"is JSON of another kind, whose type is not {_SERVICE_ACCOUNT}"
        lacking = [name for name in _OF_A_KEY_FILE if not isinstance(key.get(name), str)]
        if lacking:
            return f"is a key file without {' and '.join(lacking)}"
        flaw = PrivateKey.flaw_on_form(key[_OF_A_KEY_FILE[0]])
        return f"is a key file whose private_key {flaw}" if flaw else ""

    def reveal(self, resolver: SecretResolver) -> str:
        text = self.read(resolver)
        if text.lstrip().startswith("{"):
            return base64.b64encode(text.encode()).decode()
        return text


def secrets_in(body: SendableBody, path: tuple[str | int, ...] = ()) -> Iterator[PlacedSecret]:
    """Every secret of a body, with the place where it stands."""
    if isinstance(body, Secret):
        yield path, body
    elif isinstance(body, Mapping):
        for key, value in body.items():
            yield from secrets_in(value, (*path, key))
    elif isinstance(body, list):
        for index, value in enumerate(body):
            yield from secrets_in(value, (*path, index))


def literal_secrets(body: SendableBody) -> Iterator[str]:
    """The paths at which a body holds a secret written out."""
    for path, secret in secrets_in(body):
        if secret.is_literal and secret.is_confidential:
            yield joined_path(path)


def joined_path(path: tuple[str | int, ...]) -> str:
    """A place in a body, in dots and brackets."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(steps).removeprefix(".")
