"""What the operator chose: read once, checked as a whole, never changed afterwards.

Every setting is an environment variable. The API's credentials are accepted under the names
that the Terraform provider, clickhousectl, community clients and the API reference page use.
"""

import difflib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from clickpipes_mcp.errors import InvalidSettings

PREFIX = "CLICKPIPES_"
_NOT_SETTINGS = "CLICKPIPES_SECRET_"
DEFAULT_API_URL = "https://api.clickhouse.cloud"
DEFAULT_QUERY_URL = "https://queries.clickhouse.cloud"
TOOLSETS = ("pipes", "create", "tuning", "insight", "private_endpoints")
DEFAULT_TOOLSETS = ("pipes", "create", "tuning", "insight")

KEY_FAMILIES = (
    ("CLICKPIPES_KEY_ID", "CLICKPIPES_KEY_SECRET"),
    ("CLICKHOUSE_CLOUD_API_KEY", "CLICKHOUSE_CLOUD_API_SECRET"),
    ("CLICKHOUSE_CLOUD_KEY_ID", "CLICKHOUSE_CLOUD_KEY_SECRET"),
    ("CLICKHOUSE_TOKEN_KEY", "CLICKHOUSE_TOKEN_SECRET"),
    ("KEY_ID", "KEY_SECRET"),
)
"""Pairs of variables that name an API key; the first family with anything set is the one used.

Source: the Terraform provider's and clickhousectl's documentation, the API reference page.
"""

VARIABLES: Mapping[str, tuple[str, ...]] = {
    "key_id": tuple(key_id for key_id, _ in KEY_FAMILIES),
    "key_secret": tuple(secret for _, secret in KEY_FAMILIES),
    "organization_id": ("CLICKPIPES_ORGANIZATION_ID", "CLICKHOUSE_ORG_ID", "ORG_ID"),
    "service_id": ("CLICKPIPES_SERVICE_ID", "CLICKHOUSE_SERVICE_ID", "SERVICE_ID"),
    "api_url": ("CLICKPIPES_API_URL", "CLICKHOUSE_API_URL", "CLICKHOUSE_CLOUD_API_URL"),
}
"""Variables of the settings that go by several names; the others are the prefix and the name."""

ApiDialect: TypeAlias = Literal["live", "reference-page"]
ConsentMode: TypeAlias = Literal["ask", "chat", "off"]
LiteralSecretPolicy: TypeAlias = Literal["warn", "refuse"]
LogLevel: TypeAlias = Literal["debug", "info", "warning", "error"]
Environment: TypeAlias = Literal["simulator", "cloud"]

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_WORD = re.compile(r"[a-z0-9_]+")


def _split_list(value: object) -> object:
    if isinstance(value, str):
        return tuple(word for word in re.split(r"[,\s]+", value.lower()) if word)
    return value


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


Words: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(_split_list)]
Choice = BeforeValidator(_lower)


class Settings(BaseModel):
    """Everything an operator can choose; build it with `load_settings`."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    key_id: str | None = Field(
        None,
        description="API key id. Without a key the built-in simulator answers.",
    )
    key_secret: SecretStr | None = Field(
        None,
        description="API key secret, from the same family of names as the id.",
    )
    organization_id: str | None = Field(
        None,
        description="Organization UUID. Looked up from the key when it is left out.",
    )
    service_id: str | None = Field(
        None,
        description="Pins every tool to this service and drops the parameter from their schemas.",
    )
    api_url: str = Field(
        DEFAULT_API_URL,
        description="Address of the API, with or without /v1. HTTPS, or HTTP on this machine.",
    )
    query_key_id: str | None = Field(
        None, description="Key id that may query the services. Left out: the API key is tried."
    )
    query_key_secret: SecretStr | None = Field(None, description="Secret of that key.")
    query_url: str | None = Field(None, description="Address of the services' query endpoints.")
    probe_private: bool = Field(
        default=False,
        description="Let diagnosis connect to private addresses of sources when asked to probe.",
    )
    api_dialect: Annotated[ApiDialect, Choice] = Field(
        "live",
        description="`live` speaks as the API does; `reference-page` as its reference page says.",
    )
    consent: Annotated[ConsentMode, Choice] = Field(
        "ask",
        description="Who agrees before data is lost or a pipe stops: `ask` asks the person, "
        "`chat` accepts a relayed yes (weaker), `off` asks nobody.",
    )
    literal_secrets: Annotated[LiteralSecretPolicy, Choice] = Field(
        "warn",
        description="Secrets written out in a call: `warn` sends them, `refuse` wants references.",
    )
    secrets_dir: Path | None = Field(
        None, description="Directory that `${file:name}` references may read from."
    )
    read_only: bool = Field(default=False, description="Offer only tools that change nothing.")
    toolsets: Words = Field(
        DEFAULT_TOOLSETS, description=f"Sets of tools to offer, of: {', '.join(TOOLSETS)}."
    )
    sources: Words = Field((), description="Sources to offer create tools for. Empty means all.")
    journal: Path | None = Field(
        None, description="File that every write is recorded in, before and after it is sent."
    )
    ca_file: Path | None = Field(
        None, description="PEM file of certificate authorities to trust besides the public ones."
    )
    read_timeout_s: float = Field(
        30.0, gt=0, le=600, description="Seconds a read may take, retries included."
    )
    write_timeout_s: float = Field(
        300.0, gt=0, le=1800, description="Seconds a write may take; creating checks the source."
    )
    wake_service: bool = Field(
        default=False, description="Wake an idle service when a write needs it."
    )
    simulator: bool | None = Field(
        None, description="Use the built-in simulator. Left out: only when there is no API key."
    )
    simulator_speed: float = Field(
        1.0, gt=0, le=100_000, description="Simulated seconds that pass in one real second."
    )
    simulator_scenario: str | None = Field(
        None, description="Trouble the simulator begins with; `simulate --scenario list` names it."
    )
    simulator_state: Path | None = Field(
        None, description="File that keeps the simulated pipes between runs."
    )
    simulator_seed: int = Field(0, ge=0, description="Makes the simulator's ids repeatable.")
    log_level: Annotated[LogLevel, Choice] = Field(
        "warning", description="How much to write to standard error: debug, info, warning, error."
    )

    @property
    def environment(self) -> Environment:
        """Which world the tools act on."""
        if self.simulator is None:
            return "cloud" if self.key_id else "simulator"
        return "simulator" if self.simulator else "cloud"

    @property
    def query_address(self) -> str:
        """Where SQL is sent; a key of one environment never reaches the host of another."""
        if self.query_url is not None:
            return self.query_url
        return DEFAULT_QUERY_URL if self.api_url == DEFAULT_API_URL else self.api_url

    @field_validator("organization_id", "service_id")
    @classmethod
    def _is_uuid(cls, value: str | None) -> str | None:
        if value is None or _UUID.fullmatch(value.lower()):
            return value and value.lower()
        raise ValueError("must be a UUID, as the console shows it")

    @field_validator("api_url", "query_url")
    @classmethod
    def _is_safe_address(cls, value: str | None) -> str | None:
        return None if value is None else _api_address(value)

    @field_validator("toolsets", "sources")
    @classmethod
    def _are_known(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        known = TOOLSETS if info.field_name == "toolsets" else ()
        if any((known and word not in known) or not _WORD.fullmatch(word) for word in value):
            allowed = f" of: {', '.join(known)}" if known else " such as kafka,postgres"
            raise ValueError(f"must be a comma-separated list{allowed}")
        return tuple(dict.fromkeys(value))

    @field_validator("secrets_dir", "ca_file")
    @classmethod
    def _exists(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        if value is None:
            return None
        path = value.expanduser()
        wants_directory = info.field_name == "secrets_dir"
        if not (path.is_dir() if wants_directory else path.is_file()):
            raise ValueError(
                f"must be {'a directory' if wants_directory else 'a file'} that exists"
            )
        return path


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
    variables = {
        name: value.strip()
        for name, value in (os.environ if environ is None else environ).items()
        if value.strip()
    }
    given = {name: value for name, value in overrides.items() if value is not None}
    problems = [*_misspelt(variables), *_half_keys(variables, given)]
    try:
        settings = Settings.model_validate(_from_environment(variables) | given)
    except ValidationError as error:
        problems.extend(_say(detail, variables, given) for detail in error.errors())
        raise _invalid(problems) from None
    problems.extend(_contradictions(settings))
    if problems:
        raise _invalid(problems)
    return settings


def variables_of(setting: str) -> tuple[str, ...]:
    """The variables that set it, preferred first."""
    return VARIABLES.get(setting, (PREFIX + setting.upper(),))


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
    known = [name for setting in Settings.model_fields for name in variables_of(setting)]
    for name in variables:
        if not name.startswith(PREFIX) or name.startswith(_NOT_SETTINGS) or name in known:
            continue
        # A near miss must not pass: CLICKPIPES_READONLY would leave every write allowed.
        meant = difflib.get_close_matches(name, known, n=1, cutoff=0.85)
        if meant:
            yield f"{name} is not a setting; did you mean {meant[0]}?"


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


def _contradictions(settings: Settings) -> Iterator[str]:
    if settings.environment == "cloud" and not settings.key_id:
        yield (
            f"CLICKPIPES_SIMULATOR is off but there is no API key; set {KEY_FAMILIES[1][0]} and "
            f"{KEY_FAMILIES[1][1]}."
        )
    if (settings.query_key_id is None) != (settings.query_key_secret is None):
        yield "CLICKPIPES_QUERY_KEY_ID and CLICKPIPES_QUERY_KEY_SECRET are set together or not."


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
    return f"{name} {_reason(detail)}."


_LIMITS = {
    "greater_than": ("gt", "greater than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than_equal": ("le", "at most"),
}


def _reason(detail: ErrorDetails) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind == "literal_error":
        return f"must be {context['expected']}"
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


def _api_address(value: str) -> str:
    """The address without /v1 and without a trailing slash.

    Raises:
        ValueError: It would send credentials in the clear, or is not a plain address.
    """
    if any(character.isspace() or not character.isprintable() for character in value):
        raise ValueError("must not contain spaces or control characters")
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError(f"must be an address such as {DEFAULT_API_URL}") from None
    if parts.scheme not in {"http", "https"} or not host:
        raise ValueError(f"must be an address such as {DEFAULT_API_URL}")
    if "@" in parts.netloc:
        raise ValueError("must not contain credentials; set the API key in its own variables")
    if parts.query or parts.fragment or "?" in value or "#" in value:
        raise ValueError("must not have a query or a fragment")
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError("must begin with https:// (http:// only for this machine)")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/').removesuffix('/v1')}"


def is_loopback(host: str) -> bool:
    """Whether a host name can only mean this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
