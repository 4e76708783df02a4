"""Reading the settings, and saying every problem of them at once."""

import difflib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from clickpipes_mcp.errors import InvalidSettings
from clickpipes_mcp.field_types import is_uuid
from clickpipes_mcp.secret_resolver import is_unexpanded
from clickpipes_mcp.settings.model import Settings
from clickpipes_mcp.settings.variables import (
    BARE_KEY,
    BARE_PLACES,
    KEY_FAMILIES,
    PREFIX,
    variables_of,
)

_NOT_SETTINGS = "CLICKPIPES_SECRET_"
_LOOKS_LIKE_OURS = (PREFIX, "CLICKPIPE_", "CLICK_PIPES_")
_OF_ONE_LINE = ("key_id", "key_secret", "query_key_id", "query_key_secret", "http_key")


@dataclass(frozen=True)
class SettingDoc:
    """A row of the settings table: accepted variables (preferred first), default, meaning."""

    variables: tuple[str, ...]
    default: str
    description: str


def documented_settings() -> tuple[SettingDoc, ...]:
    """Every setting, in the order in which the documentation lists them."""
    return tuple(
        SettingDoc(variables_of(setting), _shown(field), field.description or "")
        for setting, field in Settings.model_fields.items()
    )


def load_settings(environ: Mapping[str, str] | None = None, **overrides: object) -> Settings:
    """The settings from an environment; overrides that are not None win over it.

    Raises:
        InvalidSettings: Listing every problem at once, and no value that could be a secret.
    """
    given_variables = os.environ if environ is None else environ
    variables = _meant_for_us(
        {name: value.strip() for name, value in given_variables.items() if value.strip()}
    )
    given = {name: value for name, value in overrides.items() if value is not None}
    problems = [
        *_misspelt(variables),
        *_half_keys(variables, given),
        *_unusable(variables),
        *_empty_keys(given_variables, variables, given),
    ]
    try:
        settings = Settings.model_validate(_from_environment(variables) | given)
    except ValidationError as error:
        problems.extend(_say(detail, variables, given) for detail in error.errors())
        raise _invalid(problems) from None
    problems.extend(contradictions(settings))
    if problems:
        raise _invalid(problems)
    return settings


def _meant_for_us(variables: Mapping[str, str]) -> Mapping[str, str]:
    """Without the bare names that belong to some other program.

    They count as a whole key; a bare place also beside a key under any name, where it has the form.
    """
    has_bare_key = all(name in variables for name in BARE_KEY)
    has_key = any(all(name in variables for name in family) for family in KEY_FAMILIES[:-1])
    strangers = {
        name
        for name in (*BARE_KEY, *BARE_PLACES)
        if not has_bare_key and not (has_key and _is_place(name, variables.get(name, "")))
    }
    return {name: value for name, value in variables.items() if name not in strangers}


def _is_place(name: str, value: str) -> bool:
    return name in BARE_PLACES and is_uuid(value)


def _from_environment(variables: Mapping[str, str]) -> dict[str, object]:
    values: dict[str, object] = {}
    for setting in Settings.model_fields:
        in_use = _in_use(setting, variables)
        if in_use in variables:
            values[setting] = variables[in_use]
    return values


def _in_use(setting: str, variables: Mapping[str, str]) -> str:
    names = variables_of(setting)
    return next((name for name in names if name in variables), names[0])


def _shown(field: FieldInfo) -> str:
    default: object = field.default
    if default is None or default == ():
        return ""
    if isinstance(default, tuple):
        return ",".join(default)
    return str(default).lower() if isinstance(default, bool) else str(default)


def _misspelt(variables: Mapping[str, str]) -> Iterator[str]:
    """Variables that look like settings of this server and are none.

    None may pass: CLICKPIPES_RO=true would leave every write allowed.
    """
    known = [name for setting in Settings.model_fields for name in variables_of(setting)]
    for name in variables:
        plain = name.upper().replace("-", "_")
        if name in known or not plain.startswith(_LOOKS_LIKE_OURS):
            continue
        if name.startswith(_NOT_SETTINGS):
            meant = [name.replace(_NOT_SETTINGS, "CLICKPIPES_SECRETS_")]
            if meant[0] in known:
                yield f"{name} is no setting but a secret; did you mean {meant[0]}?"
            continue
        stem = PREFIX + plain.removeprefix("CLICK_PIPES_").removeprefix("CLICKPIPE_")
        word = plain if plain.startswith(PREFIX) else stem
        meant = difflib.get_close_matches(word, known, n=1, cutoff=0.75)
        hint = f"did you mean {meant[0]}?" if meant else "unset it."
        yield f"{name} is not a setting of this server; {hint}"


def _unusable(variables: Mapping[str, str]) -> Iterator[str]:
    """Values that nobody can mean, in the variables that are in use; no value is told."""
    for setting in Settings.model_fields:
        name = _in_use(setting, variables)
        value = variables.get(name, "")
        if is_unexpanded(value):
            yield (
                f"{name} is the name of another variable, which nobody put the value of in "
                "place: set the value itself."
            )
        elif setting in _OF_ONE_LINE and len(value.splitlines()) > 1:
            yield f"{name} holds a line break, which no key has: set the one line alone."


def _empty_keys(
    environ: Mapping[str, str], variables: Mapping[str, str], given: Mapping[str, object]
) -> Iterator[str]:
    """Keys that are there and empty, where an organization or a service shows what is meant."""
    names = [name for family in KEY_FAMILIES for name in family]
    has_key = any(name in variables for name in names) or "key_id" in given
    is_simulated = _in_use("simulator", variables) in variables or "simulator" in given
    meant = [
        name
        for setting in ("organization_id", "service_id")
        for name in variables_of(setting)
        if name in variables
    ]
    empty = [name for name in names if name in environ]
    if meant and empty and not has_key and not is_simulated:
        yield (
            f"{empty[0]} is empty although {meant[0]} is set: without a key the built-in simulator "
            "would answer. Set the key, or set CLICKPIPES_SIMULATOR to true."
        )


def _half_keys(variables: Mapping[str, str], given: Mapping[str, object]) -> Iterator[str]:
    if given.keys() & {"key_id", "key_secret"}:
        if len(given.keys() & {"key_id", "key_secret"}) == 1:
            yield "Only one half of the API key was given; give its id and its secret together."
        return
    for pair in KEY_FAMILIES:
        present = [name for name in pair if name in variables]
        if len(present) == 1:
            missing = next(name for name in pair if name not in variables)
            accepted = "; ".join(" with ".join(family) for family in KEY_FAMILIES)
            yield (
                f"{present[0]} is set but {missing} is not. Both halves of an API key come from "
                f"one pair of names: {accepted}."
            )
        if present:
            return


def contradictions(settings: Settings) -> Iterator[str]:
    """Settings that are fine by themselves and cannot be meant together."""
    if settings.environment == "cloud" and not settings.key_id:
        yield (
            f"CLICKPIPES_SIMULATOR is off but there is no API key; set {KEY_FAMILIES[1][0]} and "
            f"{KEY_FAMILIES[1][1]}."
        )
    if (settings.query_key_id is None) != (settings.query_key_secret is None):
        yield "CLICKPIPES_QUERY_KEY_ID and CLICKPIPES_QUERY_KEY_SECRET are set together or not."
    if settings.approval != "page" and settings.consent != "ask":
        yield (
            f"CLICKPIPES_APPROVAL={settings.approval} wants a proof from the person, which "
            f"CLICKPIPES_CONSENT={settings.consent} does without: leave one of them out."
        )
    if settings.approval == "passkey" and settings.http is not None:
        yield from _unfit_for_passkeys(settings)
    if settings.http is not None:
        yield from _unsafe_serving(settings)
    if settings.store is not None and settings.http_key is None:
        yield (
            "CLICKPIPES_STORE needs CLICKPIPES_HTTP_KEY, the secret that all replicas share: what "
            "one of them hands out is good at the others."
        )
    if settings.store is not None and settings.journal is not None:
        yield (
            "CLICKPIPES_STORE keeps the journal of all replicas, which tells them what the others "
            "are creating: leave CLICKPIPES_JOURNAL out."
        )
    if settings.store is None and settings.store_password is not None:
        yield "CLICKPIPES_STORE_PASSWORD is for a store, and CLICKPIPES_STORE names none."


def _unfit_for_passkeys(settings: Settings) -> Iterator[str]:
    """Browsers make passkeys for a name, never for an address of numbers."""
    host = urlsplit(settings.http_url or "").hostname or ""
    if ":" in host or host.replace(".", "").isdigit():
        yield (
            "CLICKPIPES_APPROVAL=passkey needs a name: set CLICKPIPES_HTTP_URL to an address such "
            "as https://mcp.example.com/mcp, or to one on localhost."
        )


def _unsafe_serving(settings: Settings) -> Iterator[str]:
    if not settings.is_for_this_machine and not settings.asks_for_tokens:
        yield (
            "HTTP beyond this machine needs callers that say who they are; set "
            "CLICKPIPES_HTTP_TOKENS to a file of bearer tokens, or CLICKPIPES_HTTP_ISSUER."
        )
    if settings.http_url is None and not settings.is_for_this_machine:
        yield (
            "Beyond this machine CLICKPIPES_HTTP_URL has to say the endpoint's address, so that "
            "requests meant for another host can be told apart."
        )
    if settings.http_callers is not None and not settings.asks_for_tokens:
        yield (
            "CLICKPIPES_HTTP_CALLERS says what each caller sees, and nobody has to say who calls; "
            "set CLICKPIPES_HTTP_TOKENS or CLICKPIPES_HTTP_ISSUER."
        )
    if settings.http_issuer is not None and settings.http_url is None:
        yield (
            "CLICKPIPES_HTTP_ISSUER needs CLICKPIPES_HTTP_URL: only tokens made out to that "
            "address are accepted."
        )


def _invalid(problems: list[str]) -> InvalidSettings:
    return InvalidSettings(
        "The settings cannot be used. " + " ".join(problems),
        fix="The operator corrects the environment or options of this server and restarts it.",
    )


def _say(detail: ErrorDetails, variables: Mapping[str, str], given: Mapping[str, object]) -> str:
    setting = str(detail["loc"][0])
    if setting not in Settings.model_fields:
        return f"{setting} is not a setting."
    name = setting if setting in given else _in_use(setting, variables)
    return f"{name} {say_reason(detail)}."


_LIMITS = {
    "greater_than": ("gt", "greater than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than_equal": ("le", "at most"),
}


def say_reason(detail: ErrorDetails) -> str:
    """Why a value cannot be used, as the end of a sentence; the value is not told."""
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind == "literal_error":
        return f"must be {context['expected']}"
    if kind == "string_pattern_mismatch":
        return "must be one word"
    if kind == "too_short":
        return f"must have at least {context['min_length']} characters"
    if kind in _LIMITS:
        key, words = _LIMITS[kind]
        return f"must be {words} {context[key]}"
    for stem, words in (
        ("bool", "true or false"),
        ("int", "a whole number"),
        ("float", "a number"),
    ):
        if kind.startswith(stem):
            return f"must be {words}"
    return "is not valid"
