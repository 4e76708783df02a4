"""What an operator can choose."""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
)

from clickpipes_mcp.settings.addresses import (
    DEFAULT_API_URL,
    api_address,
    binding,
    endpoint_address,
    host_of,
    is_loopback,
    issuer_address,
    origins,
    store_address,
)
from clickpipes_mcp.settings.choices import (
    ASKED_FOR,
    DEFAULT_QUERY_URL,
    DEFAULT_TOOLSETS,
    EARLIER_TOOLSETS,
    TOOLSETS,
    WORD,
    ApiDialect,
    ApprovalProof,
    Checks,
    Choice,
    Consent,
    Environment,
    Level,
    LiteralSecretPolicy,
    LogLevel,
    Patterns,
    Place,
    Uuid,
    Words,
)
from clickpipes_mcp.settings.live_key import ApiKey
from clickpipes_mcp.settings.paths import existing


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
    organization_id: Uuid | None = Field(
        None,
        description="Organization UUID. Looked up from the key when it is left out.",
    )
    service_id: Uuid | None = Field(
        None,
        description="Pins every tool to this service and drops the parameter from their schemas.",
    )
    api_url: Annotated[str, AfterValidator(api_address)] = Field(
        DEFAULT_API_URL,
        description="Address of the API, with or without /v1. HTTPS, or HTTP on this machine.",
    )
    connections: Place = Field(
        None,
        description="TOML file of connections by name, each with a key, an organization and fences "
        "of its own; `off` reads none. Left out: connections.toml in this server's directory of "
        "the user's configuration, unless there is an API key.",
    )
    connection: str | None = Field(
        None, description="Which of the connections is meant by a call that names none."
    )
    query_key_id: str | None = Field(
        None, description="Key id that may query the services. Left out: the API key is tried."
    )
    query_key_secret: SecretStr | None = Field(None, description="Secret of that key.")
    query_url: Annotated[str, AfterValidator(api_address)] | None = Field(
        None, description="Address of the services' query endpoints."
    )
    probe_private: bool = Field(
        default=False,
        description="Let diagnosis connect to private addresses of sources when asked to probe.",
    )
    checks: Annotated[Checks, Choice] = Field(
        "public",
        description="What check_source may connect to from this machine: `public` addresses alone, "
        "`private` ones as well, or nothing with `off`.",
    )
    api_dialect: Annotated[ApiDialect, Choice] = Field(
        "live",
        description="`live` speaks as the API does; `reference-page` as its reference page says.",
    )
    consent: Consent = Field(
        "ask",
        description="Who agrees before data is lost or a pipe stops: `ask` asks the person, "
        "`chat` accepts a relayed yes (weaker), `dangerously-off` asks nobody.",
    )
    allow: Annotated[Level, Choice] = Field(
        "destroy",
        description="The most that tools may do: `read` changes nothing, `write` creates and "
        "changes, `destroy` also stops, resyncs and deletes, once a person has agreed.",
    )
    protected: Patterns = Field(
        (),
        description="Names of pipes, with `*` and `?`, such as `prod-*,billing`. Such a pipe and "
        "one whose name looks like it is never stopped, resynced, deleted or renamed, and loses "
        "no tables, whoever agrees.",
    )
    own_only: bool = Field(
        default=False,
        description="Stop, resync and delete only what the journal says this server created. "
        "Without a journal that is nothing.",
    )
    approval: Annotated[ApprovalProof, Choice] = Field(
        "page",
        description="What a person has to bring to agree, beside the name: `page` nothing, `pin` "
        "the PIN of `clickpipes-mcp approve --set-pin`, `passkey` the passkey of `clickpipes-mcp "
        "approve --enrol-passkey`.",
    )
    passkeys: Words = Field(
        (),
        description="Passkeys that may agree over HTTP, as the page `/enrol` below the address of "
        "the endpoint shows them. They are public halves, and no secrets.",
    )
    open_browser: bool = Field(
        default=True,
        description="Open the page on which a person agrees in the browser, where there is a "
        "desktop. Its link stands in the answer in any case.",
    )
    ask_for: Words = Field(
        (),
        description="What a person is asked about besides, of: costs, credentials. `costs` is a "
        "size that costs more, `credentials` a new login of a pipe.",
    )
    literal_secrets: Annotated[LiteralSecretPolicy, Choice] = Field(
        "warn",
        description="Secrets written out in a call: `warn` sends them, `refuse` wants references.",
    )
    secrets_dir: Path | None = Field(
        None,
        description="Directory that `${file:name}` references may read from. Left out: `secrets` "
        "in this server's directory of the user's configuration.",
    )
    secrets_bindings: Path | None = Field(
        None,
        description="File that says where secrets may go: a line each, a reference and then hosts "
        "or kinds of sources, such as `env:CLICKPIPES_SECRET_PG *.corp.example kind:postgres`.",
    )
    read_only: bool = Field(
        default=False,
        description="Offer only tools that change nothing. Short for `read` as the most that is "
        "allowed, and wins over it.",
    )
    read_only_discovery: bool = Field(
        default=False,
        description="With read_only, offer discover_source_schema and check_source all the "
        "same: they change nothing, but send credentials to the source.",
    )
    toolsets: Words = Field(
        DEFAULT_TOOLSETS, description=f"Sets of tools to offer, of: {', '.join(TOOLSETS)}."
    )
    sources: Words = Field((), description="Sources to offer create tools for. Empty means all.")
    journal: Place = Field(
        None,
        description="File that every write is recorded in, before and after it is sent; `off` "
        "keeps none. Left out: one in the user's state directory, when there is an API key.",
    )
    journal_max_mb: int = Field(
        10,
        ge=0,
        le=10_000,
        description="Megabytes after which the journal is put aside and a new file begun; 0 never.",
    )
    journal_kept: int = Field(
        5, ge=1, le=100, description="How many files of the journal are kept aside."
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
    simulator_state: Place = Field(
        None,
        description="File that keeps the simulated pipes between runs; `off` ends them with the "
        "process. Left out: one in the user's state directory, as far as that can be written; "
        "`clickpipes-mcp simulate --forget` removes it.",
    )
    simulator_seed: int = Field(0, ge=0, description="Makes the simulator's ids repeatable.")
    http: Annotated[str | None, BeforeValidator(binding)] = Field(
        None,
        description="Port, or HOST:PORT, to serve streamable HTTP on instead of standard input "
        "and output. The path is /mcp.",
    )
    http_url: Annotated[str, AfterValidator(endpoint_address)] | None = Field(
        None,
        description="Address of the endpoint as clients know it, where it is not the one bound, "
        "such as https://mcp.example.com/mcp.",
    )
    http_origins: Annotated[tuple[str, ...], BeforeValidator(origins)] = Field(
        (), description="Origins of web pages that may call it, such as https://app.example.com."
    )
    http_tokens: Path | None = Field(
        None,
        description="File of bearer tokens that callers may present, a name and a token a line.",
    )
    http_callers: Path | None = Field(
        None,
        description="TOML file that says which callers see which connections and how far each may "
        "go; who does not stand in it sees nothing. What is changed in it counts from the next "
        "call on.",
    )
    http_issuer: Annotated[str, AfterValidator(issuer_address)] | None = Field(
        None, description="OAuth issuer whose JWTs callers may present, made out to http_url."
    )
    http_scope: str | None = Field(
        None,
        pattern=r"^[!#-\[\]-~]+$",
        description="Scope of your own that such a JWT must hold, where the issuer does not know "
        "clickpipes:read, clickpipes:write and clickpipes:destroy. Alone it stands for all three.",
    )
    http_key: SecretStr | None = Field(
        None,
        min_length=32,
        description="Secret that all replicas share, of 32 characters or more: a question that "
        "one asks can then be answered through another.",
    )
    http_sessions: bool | None = Field(
        None,
        description="Keep sessions for clients of the older protocol, so that they can be asked. "
        "Left out: unless http_key says that there are replicas.",
    )
    store: Annotated[str, AfterValidator(store_address)] | None = Field(
        None,
        description="PostgreSQL in which all replicas keep what they have to know of each other, "
        "such as postgresql://clickpipes@db.example.com/clickpipes. Beyond this machine with TLS, "
        "always verified. Needs the extra `store`, http_key and `clickpipes-mcp store init`.",
    )
    store_password: str | None = Field(
        None,
        description="Where its password is kept: env:VARIABLE, file:PATH or keyring:NAME.",
    )
    metrics: bool = Field(
        default=False,
        description="Over HTTP, serve figures for Prometheus at /metrics, behind the callers' "
        "tokens where there are any.",
    )
    otel: bool = Field(
        default=False,
        description="Send figures and traces to an OpenTelemetry collector, which the `OTEL_…` "
        "variables name. Needs the extra `otel`.",
    )
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
    def current_key(self) -> ApiKey | None:
        """The key to send with, as it is now; None where there is none.

        Raises:
            InvalidSettings: It was withdrawn.
        """
        if self.key_id is None or self.key_secret is None:
            return None
        return ApiKey(self.key_id, self.key_secret)

    @property
    def keeps_sessions(self) -> bool:
        """Whether this process keeps sessions over HTTP; replicas cannot."""
        return self.http_key is None if self.http_sessions is None else self.http_sessions

    @property
    def called(self) -> str | None:
        """The name of the connection; None where there is but one."""
        return None

    @property
    def marked(self) -> str | None:
        """The colour of the connection, for a person to tell it from others."""
        return None

    @property
    def where(self) -> str:
        """What every answer is labelled with."""
        return self.environment if self.called is None else f"{self.called}, {self.environment}"

    @property
    def level(self) -> Level:
        """The most that tools may do."""
        return "read" if self.read_only else self.allow

    @property
    def keeps_journal(self) -> bool:
        """Whether every write is recorded, in a file or in the store."""
        return self.store is not None or self.journal_path is not None

    @property
    def journal_path(self) -> Path | None:
        """The file of the journal; None where none is kept, or the usual one is meant."""
        return None if self.journal in (None, "off") else Path(self.journal).expanduser()

    @property
    def query_address(self) -> str:
        """Where SQL is sent; a key of one environment never reaches the host of another."""
        if self.query_url is not None:
            return self.query_url
        return DEFAULT_QUERY_URL if self.api_url == DEFAULT_API_URL else self.api_url

    @property
    def http_address(self) -> tuple[str, int] | None:
        """Host and port to serve HTTP on; None where the server speaks over stdio."""
        if self.http is None:
            return None
        host, _, port = self.http.rpartition(":")
        return host_of(host), int(port)

    @property
    def is_for_this_machine(self) -> bool:
        """Whether HTTP is served to nobody beyond this machine, as far as the settings tell."""
        hosts = [self.http_address[0]] if self.http_address else []
        if self.http_url is not None:
            hosts.append(urlsplit(self.http_url).hostname or "")
        return all(is_loopback(host) for host in hosts)

    @property
    def http_scopes(self) -> list[str]:
        """What a caller's token has to hold."""
        return [] if self.http_scope is None else [self.http_scope]

    @property
    def asks_for_tokens(self) -> bool:
        """Whether callers over HTTP have to say who they are."""
        return self.http_tokens is not None or self.http_issuer is not None

    @field_validator("toolsets", "sources", "ask_for")
    @classmethod
    def _are_known(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        known: tuple[str, ...] = ()
        if info.field_name == "ask_for":
            known = ASKED_FOR
        elif info.field_name == "toolsets":
            known, value = TOOLSETS, tuple(EARLIER_TOOLSETS.get(word, word) for word in value)
        if any((known and word not in known) or not WORD.fullmatch(word) for word in value):
            allowed = f" of: {', '.join(known)}" if known else " such as kafka,postgres"
            raise ValueError(f"must be a comma-separated list{allowed}")
        return tuple(dict.fromkeys(value))

    @field_validator("secrets_dir", "secrets_bindings", "ca_file", "http_tokens", "http_callers")
    @classmethod
    def _exists(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        if value is None:
            return None
        return existing(value, is_directory=info.field_name == "secrets_dir")
