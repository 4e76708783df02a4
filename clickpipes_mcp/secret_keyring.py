"""The keyring of this machine's user: secrets of sources by name, and where a name may be used.

What a person lets this server keep there stands beside the places it was given for. An entry
without places was made by somebody else, and is never replaced.
"""

import json
import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from clickpipes_mcp.errors import SecretUnavailable

if TYPE_CHECKING:
    from types import ModuleType

SERVICE: Final = "clickpipes-mcp"
"""The name under which a keyring holds secrets of sources; API keys have another one."""

_logger = logging.getLogger(__name__)
_PLACES: Final = "clickpipes-mcp places"


def is_there() -> bool:
    """Whether a keyring can be written to that its makers recommend: none that is a plain file."""
    try:
        keyring = _keyring()
        return bool(keyring.core.recommended(keyring.get_keyring()))
    except SecretUnavailable:  # the extra is not installed, which is nobody's fault
        return False
    except Exception as error:  # noqa: BLE001 # see _tell_of
        _tell_of(error)
        return False


def secret_in_keyring(name: str) -> str | None:
    """What the keyring holds under a name.

    Raises:
        SecretUnavailable: There is no keyring, or it cannot be opened.
    """
    return read_entry(SERVICE, name)


def places_kept_for(name: str) -> frozenset[str]:
    """The places for which a person let this server keep a secret; none where nobody did."""
    try:
        told = json.loads(read_entry(_PLACES, name) or "[]")
        return frozenset(map(str, told))
    except (SecretUnavailable, TypeError, ValueError):
        return frozenset()


def keep_in_keyring(name: str, value: str, places: Iterable[str]) -> str:
    """Keep a secret for these places; why it was not kept, empty where it was."""
    try:
        if read_entry(SERVICE, name) is not None and not places_kept_for(name):
            return "it holds another secret of that name, which was left as it is"
    except SecretUnavailable:
        return "it cannot be opened"
    try:
        write_entry(_PLACES, name, json.dumps(sorted(places)))
        write_entry(SERVICE, name, value)
    except SecretUnavailable:
        return "it did not take it"
    return ""


def read_entry(service: str, name: str) -> str | None:
    """What stands in the keyring under a service and a name.

    Raises:
        SecretUnavailable: There is no keyring, or it cannot be opened.
    """
    keyring = _keyring()
    try:
        value = keyring.get_password(service, name)
    except Exception as error:
        _tell_of(error)
        raise SecretUnavailable(
            "The keyring cannot be opened.",
            fix="Tell the person to unlock it, or to run: keyring diagnose",
        ) from error
    return None if value is None else str(value)


def write_entry(service: str, name: str, value: str) -> None:
    """Put something into the keyring.

    Raises:
        SecretUnavailable: There is no keyring, or it did not take it.
    """
    keyring = _keyring()
    try:
        keyring.set_password(service, name, value)
    except Exception as error:
        _tell_of(error)
        raise SecretUnavailable("The keyring did not take it.") from error


def _tell_of(error: Exception) -> None:
    """Leave a trace of what a keyring failed with; its words may hold what it was to keep.

    Each backend raises errors of its own, some are locked until somebody is there, and the operator
    may have named one that cannot be loaded, in whatever way: so all have to be caught.
    """
    _logger.warning("The keyring cannot be used: %s", type(error).__name__)


def _keyring() -> "ModuleType":
    try:
        import keyring  # optional extra; importing it probes the desktop's services
    except ImportError as error:
        raise SecretUnavailable(
            "The keyring needs the extra of that name.",
            fix="The operator installs clickpipes-mcp[keyring].",
        ) from error
    return keyring
