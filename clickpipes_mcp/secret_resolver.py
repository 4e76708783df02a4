"""Where a reference to a secret leads: a variable, a file, the keyring, or a person."""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from clickpipes_mcp.errors import SecretUnavailable
from clickpipes_mcp.secret_files import read_secret_file
from clickpipes_mcp.secret_keyring import SERVICE, secret_in_keyring

ENVIRONMENT_PREFIX = "CLICKPIPES_SECRET_"
_UNEXPANDED = re.compile(r"\$\{[^${}]*\}|\$\(\w+\)|%\w+%|\{\{[^{}]*\}\}")
"""How shells, editors, Windows and templates write a variable that they would put in place."""


def is_unexpanded(text: str) -> bool:
    """Whether a text is nothing but a variable that nobody put the value of in place."""
    return _UNEXPANDED.fullmatch(text.strip()) is not None


@dataclass(frozen=True)
class SecretResolver:
    """Where references lead: prefixed environment variables, one directory, and a person.

    `asked` knows what the person of the present call gave, by label.
    """

    directory: Path | None = None
    allow_literals: bool = True
    asked: Callable[[str], str | None] | None = None

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
        sources = {
            "ask": self._asked,
            "env": self._environment,
            "file": self._file,
            "keyring": self._keyring,
        }
        value = sources[kind](name)
        value = value.removesuffix("\n").removesuffix("\r")  # one line break, in either form
        if not value:
            raise SecretUnavailable(
                f"The secret behind ${{{kind}:{name}}} is empty.", fix="Tell the person to set it."
            )
        if is_unexpanded(value):
            raise SecretUnavailable(
                f"The secret behind ${{{kind}:{name}}} is the name of another variable, which "
                "nobody put the value of in place.",
                fix="Tell the person to set the value itself there.",
            )
        try:
            value.encode()
        except UnicodeEncodeError:  # bytes of no encoding, which the system hands over in halves
            raise SecretUnavailable(
                f"The secret behind ${{{kind}:{name}}} is not text in UTF-8.",
                fix="The operator sets it anew, in UTF-8 or in base64 where the API takes that.",
            ) from None
        return value

    def _asked(self, label: str) -> str:
        value = self.asked(label) if self.asked else None
        if value is None:
            raise SecretUnavailable(
                f"The person has not given ${{ask:{label}}}, or not within the last hour.",
                fix="Repeat the call: the person is then asked on a private page.",
            )
        return value

    def _environment(self, name: str) -> str:
        if not name.startswith(ENVIRONMENT_PREFIX):
            raise SecretUnavailable(
                f"${{env:{name}}} is out of bounds: names begin with {ENVIRONMENT_PREFIX}.",
                fix=f"The person sets {ENVIRONMENT_PREFIX}{name} in the environment of this "
                f"server; pass ${{env:{ENVIRONMENT_PREFIX}{name}}}.",
            )
        value = os.environ.get(name)
        if value is None:
            raise SecretUnavailable(
                f"The environment variable {name} is not set.",
                fix=f"Tell the person: set {name} in the environment of this server and restart "
                f"it{self._or_a_file}.",
            )
        return value

    def _file(self, name: str) -> str:
        if self.directory is None:
            raise SecretUnavailable(
                "${file:…} references need a secrets directory.",
                fix="The operator sets CLICKPIPES_SECRETS_DIR to the directory that holds them.",
            )
        return read_secret_file(self.directory, name)

    @property
    def _or_a_file(self) -> str:
        if self.directory is None:
            return ""
        return (
            f"; or put the value into a file in {self.directory} and pass ${{file:NAME}}, which "
            "needs no restart"
        )

    def _keyring(self, name: str) -> str:
        value = secret_in_keyring(name)
        if value is None:
            raise SecretUnavailable(
                f"The keyring holds no secret named {name} for clickpipes-mcp.",
                fix=f"Tell the person to run: keyring set {SERVICE} {name}",
            )
        return value
