"""Where an API key is kept, so that no file of settings holds it.

`env:`, `file:` and `keyring:` name the place of its secret, `sealed:` that of a file in which the
secret is sealed with the key that all replicas share.

None of these places can be reached by a secret's reference in a call: a key of the API never goes
out as a password of a source.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from clickpipes_mcp.errors import SecretUnavailable
from clickpipes_mcp.sealed_text import open_text
from clickpipes_mcp.secret_files import usual_directory
from clickpipes_mcp.secret_keyring import read_entry, write_entry
from clickpipes_mcp.secret_resolver import ENVIRONMENT_PREFIX, is_unexpanded

KEYRING_SERVICE: Final = "clickpipes-mcp API keys"
"""The name under which a keyring holds them; secrets of sources have another one."""

_MAX_BYTES: Final = 64 * 1024


class KeyUnavailable(ValueError):
    """A key is not where it is said to be; the text ends a sentence and tells no value."""


def key_from(
    place: str,
    secrets_dir: Path | None,
    environ: Mapping[str, str] | None = None,
    sealed_with: SecretStr | None = None,
) -> str:
    """The text that stands at a place.

    Raises:
        KeyUnavailable: There is nothing, or it may not be taken from there.
    """
    kind, _, name = place.partition(":")
    readers = {
        "env": lambda: _from_variable(name, os.environ if environ is None else environ),
        "file": lambda: _from_file(Path(name).expanduser(), secrets_dir or usual_directory()),
        "keyring": lambda: _from_keyring(name),
        "sealed": lambda: _from_sealed(
            _from_file(Path(name).expanduser(), secrets_dir or usual_directory()), sealed_with
        ),
    }
    if kind not in readers or not name:
        raise KeyUnavailable(
            "names the place of a secret: env:VARIABLE, file:PATH, keyring:NAME or sealed:PATH. It "
            "is never written out"
        )
    value = readers[kind]().strip()
    if not value or is_unexpanded(value) or len(value.splitlines()) > 1:
        raise KeyUnavailable(f"names a place ({kind}) that does not hold one line with a key")
    return value


def keep_key(name: str, secret: str) -> str:
    """Keep a key in the keyring; its place there.

    Raises:
        KeyUnavailable: There is no keyring, or it did not take it.
    """
    try:
        write_entry(KEYRING_SERVICE, name, secret)
    except SecretUnavailable as error:
        raise KeyUnavailable(f"cannot be kept: {error.message} {error.fix}".strip()) from error
    return f"keyring:{name}"


def _from_variable(name: str, environ: Mapping[str, str]) -> str:
    if name.startswith(ENVIRONMENT_PREFIX):
        raise KeyUnavailable(
            f"names a variable that calls may refer to: {ENVIRONMENT_PREFIX}* is for secrets of "
            "sources"
        )
    if name not in environ:
        raise KeyUnavailable(f"names the variable {name}, which is not set")
    return environ[name]


def _from_file(path: Path, secrets_dir: Path) -> str:
    try:
        if secrets_dir.resolve() in path.resolve().parents:
            raise KeyUnavailable("names a file that calls may refer to, in the secrets directory")
        with path.open(encoding="utf-8-sig") as file:
            return file.read(_MAX_BYTES)
    except (OSError, UnicodeDecodeError, RuntimeError) as error:
        raise KeyUnavailable(f"names the file {path}, which cannot be read") from error


def files_of(place: str) -> tuple[Path, ...]:
    """The files that a place leads to, which may change."""
    kind, _, name = place.partition(":")
    return (Path(name).expanduser(),) if kind in ("file", "sealed") else ()


def _from_sealed(text: str, sealed_with: SecretStr | None) -> str:
    if sealed_with is None:
        raise KeyUnavailable("names a sealed file, which CLICKPIPES_HTTP_KEY opens; it is not set")
    opened = open_text(text.strip(), sealed_with.get_secret_value())
    if opened is None:
        raise KeyUnavailable("names a file that was not sealed with this CLICKPIPES_HTTP_KEY")
    return opened


def _from_keyring(name: str) -> str:
    try:
        value = read_entry(KEYRING_SERVICE, name)
    except SecretUnavailable as error:
        why = f"{error.message} {error.fix}".strip()
        raise KeyUnavailable(f"names the keyring, which cannot be used: {why}") from error
    if value is None:
        raise KeyUnavailable(
            f"names an entry that the keyring lacks: keyring set '{KEYRING_SERVICE}' {name}"
        )
    return value
