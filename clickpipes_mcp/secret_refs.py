"""Secrets as references that are resolved only at the moment of sending.

A secret argument is either a reference, `${env:CLICKPIPES_SECRET_NAME}`, `${file:name}` or
`${keyring:name}`, or a literal. Neither form shows its value in a `repr`, an error or a dump.
"""

import base64
import hashlib
import hmac
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, Union

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from clickpipes_mcp.errors import SecretUnavailable
from clickpipes_mcp.redaction import MASK
from clickpipes_mcp.secret_files import read_secret_file

ENVIRONMENT_PREFIX = "CLICKPIPES_SECRET_"
_REFERENCE = re.compile(r"\$\{(?P<kind>env|file|keyring):(?P<name>[^${}]+)\}")
_LOOKS_LIKE_A_REFERENCE = re.compile(r"^\$\{.*\}$", re.DOTALL)

SendableBody: TypeAlias = Union[
    bool, int, float, str, "Secret", list["SendableBody"], dict[str, "SendableBody"], None
]
"""A request body in which secrets are still `Secret` objects."""

PlacedSecret: TypeAlias = "tuple[tuple[str | int, ...], Secret]"


class Secret:
    """A secret argument whose value is out of reach of `repr`, equality and serialisation."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return f"Secret({self.masked!r})"

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
        if not found or (
            found["kind"] == "env" and not found["name"].startswith(ENVIRONMENT_PREFIX)
        ):
            return None
        return f"{found['kind']}:{found['name']}"

    @property
    def masked(self) -> str:
        """The reference as written, or a mask in place of a literal."""
        return MASK if self.is_literal else self._text

    def reveal(self, resolver: "SecretResolver") -> str:
        """The value to send.

        Raises:
            SecretUnavailable: The reference is malformed, points nowhere or out of bounds.
        """
        match = _REFERENCE.fullmatch(self._text)
        if match:
            return resolver.lookup(match["kind"], match["name"])
        if _LOOKS_LIKE_A_REFERENCE.match(self._text):
            raise SecretUnavailable(
                "A secret reference is malformed.",
                fix="Write ${env:CLICKPIPES_SECRET_NAME}, ${file:name} or ${keyring:name}.",
            )
        return self._text

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(
            cls,
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
        return {"type": "string", "x-secret": True}


def digest_of(body: SendableBody, key: bytes) -> str:
    """Tells whether two bodies are alike, secrets as they are written included.

    Only who holds the key can tell, so that no secret can be guessed from it.
    """
    text = json.dumps(body, sort_keys=True, default=lambda secret: secret._text)  # noqa: SLF001
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


class JsonKeySecret(Secret):
    """A secret the API wants in base64: a JSON key file is encoded, base64 is left as it is."""

    __slots__ = ()

    def reveal(self, resolver: "SecretResolver") -> str:
        text = super().reveal(resolver)
        if text.lstrip().startswith("{"):
            return base64.b64encode(text.encode()).decode()
        return text


@dataclass(frozen=True)
class SecretResolver:
    """Where references lead: prefixed environment variables and one directory."""

    directory: Path | None = None
    allow_literals: bool = True

    def lookup(self, kind: str, name: str) -> str:
        """The secret behind a reference.

        Raises:
            SecretUnavailable: It does not exist or lies out of bounds.
        """
        if not name.isprintable():  # NUL and lone surrogates, which no system call takes
            raise SecretUnavailable(
                "A secret reference names something with characters that cannot be seen.",
                fix="Write its name in visible characters.",
            )
        sources = {"env": self._environment, "file": self._file, "keyring": self._keyring}
        value = sources[kind](name).rstrip("\r\n")
        if not value:
            raise SecretUnavailable(
                f"The secret behind ${{{kind}:{name}}} is empty.",
                fix="The operator of this server sets it; then repeat the call unchanged.",
            )
        try:
            value.encode()
        except UnicodeEncodeError:  # bytes of no encoding, which the system hands over in halves
            raise SecretUnavailable(
                f"The secret behind ${{{kind}:{name}}} is not text in UTF-8.",
                fix="The operator sets it anew, in UTF-8 or in base64 where the API takes that.",
            ) from None
        return value

    def _environment(self, name: str) -> str:
        if not name.startswith(ENVIRONMENT_PREFIX):
            raise SecretUnavailable(
                f"${{env:{name}}} is out of bounds.",
                fix=f"Only variables whose name begins with {ENVIRONMENT_PREFIX} may be used.",
            )
        value = os.environ.get(name)
        if value is None:
            raise SecretUnavailable(
                f"The environment variable {name} is not set.",
                fix="The operator sets it in the environment of this server and restarts it.",
            )
        return value

    def _file(self, name: str) -> str:
        if self.directory is None:
            raise SecretUnavailable(
                "${file:…} references need a secrets directory.",
                fix="The operator sets CLICKPIPES_SECRETS_DIR to the directory that holds them.",
            )
        return read_secret_file(self.directory, name)

    def _keyring(self, name: str) -> str:
        try:
            import keyring  # optional extra; importing it probes the desktop's services
        except ImportError as error:
            raise SecretUnavailable(
                "${keyring:…} references need the keyring extra.",
                fix="The operator installs clickpipes-mcp[keyring].",
            ) from error
        value = keyring.get_password("clickpipes-mcp", name)
        if value is None:
            raise SecretUnavailable(
                f"The keyring holds no secret named {name} for clickpipes-mcp.",
                fix=f"The operator runs: keyring set clickpipes-mcp {name}",
            )
        return str(value)


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
    """The paths at which a body holds a secret as a literal."""
    for path, secret in secrets_in(body):
        if secret.is_literal:
            steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
            yield "".join(steps).removeprefix(".")
