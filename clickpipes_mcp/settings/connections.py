"""Connections by name: several keys, organizations and levels behind one server.

They stand in a TOML file, a table each, and one of them is what a call means that names none. What
the environment fences off holds for all of them; a table may only fence off more.
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, TypeAlias

from pydantic import Field, PrivateAttr, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from typing_extensions import override

from clickpipes_mcp.errors import InvalidSettings
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.settings.choices import CONSENT_MODES, LEVELS
from clickpipes_mcp.settings.connections_file import (
    find_connections,
    read_connections,
    unusable,
)
from clickpipes_mcp.settings.key_places import KeyUnavailable, files_of, key_from
from clickpipes_mcp.settings.live_key import ApiKey, LiveKey
from clickpipes_mcp.settings.loading import contradictions, say_reason
from clickpipes_mcp.settings.model import Settings

Colour: TypeAlias = Literal["red", "orange", "yellow", "green", "blue", "purple", "grey"]

_KEYS: Final = ("key_id", "key_secret", "query_key_id", "query_key_secret")
_SECRETS: Final = ("key_secret", "query_key_secret")
_OF_ONE: Final = (
    *_KEYS,
    "organization_id",
    "service_id",
    "api_url",
    "api_dialect",
    "query_url",
    "ca_file",
    "allow",
    "read_only",
    "protected",
    "own_only",
    "ask_for",
    "consent",
    "secrets_bindings",
    "wake_service",
    "simulator",
    "simulator_scenario",
    "simulator_state",
    "simulator_seed",
    "simulator_speed",
)
"""Settings that a connection decides for itself; all others hold for the whole server."""

_NOT_INHERITED: Final = (
    *_KEYS,
    "organization_id",
    "service_id",
    "api_url",
    "query_url",
    "connection",
    "connections",
)


class ConnectionSettings(Settings):
    """The settings of one connection, which `connection` is the name of.

    A person sees `colour` on the page on which they agree.
    """

    connection: str
    colour: Colour | None = Field(None)
    _live: LiveKey | None = PrivateAttr(None)

    @property
    @override
    def current_key(self) -> ApiKey | None:
        return super().current_key if self._live is None else self._live.current()

    def follow(self, live: LiveKey) -> "ConnectionSettings":
        """The same, whose key is the one that stands in its place now."""
        followed = self.model_copy()
        followed._live = live  # noqa: SLF001 # of our own kind
        return followed

    @property
    @override
    def called(self) -> str | None:
        return self.connection

    @property
    @override
    def marked(self) -> str | None:
        return self.colour


@dataclass(frozen=True)
class Connections:
    """The settings of every connection; without names there is one, the default."""

    default: Settings
    named: Mapping[str, ConnectionSettings] = field(default_factory=dict)


def connections(base: Settings, environ: Mapping[str, str]) -> Connections:
    """What the file of connections makes of the settings from the environment.

    Without CLICKPIPES_CONNECTIONS the usual file is read where there is one, unless the environment
    brings a key of its own or decides for or against the simulator.

    Raises:
        InvalidSettings: Listing every problem at once, and no value that could be a secret.
    """
    path = find_connections(base)
    if path is None:
        if base.connection is not None:
            raise unusable(["CLICKPIPES_CONNECTION names a connection, and no file has any."])
        return Connections(base)
    file = read_connections(path)
    problems: list[str] = []
    named: dict[str, ConnectionSettings] = {}
    for name, table in file.tables.items():
        given, flaws = _given(name, table, base, environ)
        problems += flaws
        try:
            made = _fenced(base, ConnectionSettings.model_validate(_inherited(base) | given))
            problems += [f"[{name}] {flaw}" for flaw in contradictions(made)]
            named[name] = _following(made, path, table, base, environ)
        except ValidationError as error:
            problems += [f"[{name}] {_said(one)}" for one in error.errors() if not flaws]
    default = base.connection or file.default or next(iter(file.tables))
    if default not in file.tables:
        problems.append(f"The default is none of them: {', '.join(file.tables)}.")
    elif len(file.tables) > 1 and not (base.connection or file.default):
        problems.append(f'Begin it with the default, such as: default = "{default}".')
    if problems:
        raise unusable([f"{path}:", *problems])
    return Connections(named[default], named)


def _given(
    name: str, table: Mapping[str, object], base: Settings, environ: Mapping[str, str]
) -> tuple[dict[str, object], list[str]]:
    """What a table decides, with its secrets in place, and what is wrong with it."""
    given: dict[str, object] = {"connection": name}
    flaws: list[str] = []
    for key, value in table.items():
        if key not in (*_OF_ONE, "colour"):
            near = difflib.get_close_matches(key, _OF_ONE, n=1)
            meant = f"; did you mean {near[0]}?" if near else "."
            is_known = key in Settings.model_fields
            why = "holds for the whole server, not for one" if is_known else "is no setting of one"
            flaws.append(f"[{name}] {clean(key, limit=40)} {why}{'.' if is_known else meant}")
        elif key in _SECRETS:
            try:
                given[key] = key_from(str(value), base.secrets_dir, environ, base.http_key)
            except KeyUnavailable as error:
                flaws.append(f"[{name}] {key} {error}.")
        else:
            given[key] = value
    if "secrets_bindings" in table and base.secrets_bindings is not None:
        flaws.append(
            f"[{name}] secrets_bindings stands in the environment as well, where it holds for all."
        )
    flaws += [
        f"[{name}] {one} and {other} stand together or not at all."
        for one, other in (_KEYS[:2], _KEYS[2:])
        if (one in table) != (other in table)
    ]
    if "key_secret" not in table and table.get("simulator") is not True:
        flaws.append(f"[{name}] has no key; without one it has to say simulator = true.")
    return given, flaws


def _following(
    made: ConnectionSettings,
    path: Path,
    table: Mapping[str, object],
    base: Settings,
    environ: Mapping[str, str],
) -> ConnectionSettings:
    """With a key that is read again when the file of connections or its place has changed."""
    if made.key_id is None or made.key_secret is None:
        return made

    def read() -> ApiKey:
        try:
            now = read_connections(path).tables.get(made.connection, {})
            place = str(now.get("key_secret", ""))
            secret = key_from(place, base.secrets_dir, environ, base.http_key)
        except (InvalidSettings, KeyUnavailable) as error:
            raise InvalidSettings(
                f"The key of the connection {made.connection} is not where it was. Nothing was "
                "sent.",
                fix="The operator withdrew it, or puts it back: it counts from the next call on.",
            ) from error
        return ApiKey(str(now.get("key_id", "")), SecretStr(secret), (path, *files_of(place)))

    files = (path, *files_of(str(table["key_secret"])))
    return made.follow(LiveKey(ApiKey(made.key_id, made.key_secret, files), read))


def _fenced(base: Settings, made: ConnectionSettings) -> ConnectionSettings:
    """With the fences of both: those of the environment hold, whatever a table says."""
    fenced: dict[str, object] = {
        "allow": min(base.allow, made.allow, key=LEVELS.index),
        "read_only": base.read_only or made.read_only,
        "own_only": base.own_only or made.own_only,
        "protected": tuple(dict.fromkeys([*base.protected, *made.protected])),
        "ask_for": tuple(dict.fromkeys([*base.ask_for, *made.ask_for])),
    }
    if "consent" in base.model_fields_set:
        fenced["consent"] = max(base.consent, made.consent, key=CONSENT_MODES.index)
    return made.model_copy(update=fenced)


def _inherited(base: Settings) -> dict[str, object]:
    names = base.model_fields_set.difference(_NOT_INHERITED)
    return {name: getattr(base, name) for name in names}


def _said(detail: ErrorDetails) -> str:
    return f"{detail['loc'][0]} {say_reason(detail)}."
