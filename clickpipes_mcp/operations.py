"""What is asked of a pipe that exists: settings, size, state; and the size of a service's CDC.

Facts are those of the OpenAPI contract (ClickPipeSettings, ClickPipeScalingPatchRequest,
ClickPipesCdcScaling, ClickPipeStatePatchRequest) unless a line says otherwise.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Literal, TypeAlias, get_args

from pydantic import BeforeValidator, ConfigDict, Field

from clickpipes_mcp.contract import Family, Request, Rule, Violation

StateCommand: TypeAlias = Literal["start", "stop", "resync"]
STATE_COMMANDS: Final[tuple[StateCommand, ...]] = get_args(StateCommand)
RESYNC_ARMS: Final = ("postgres", "mysql", "mongodb")
"""The contract names Postgres and MySQL; the Terraform provider and the documents add MongoDB."""

SETTINGS_DOCUMENTATION: Final = (
    "https://clickhouse.com/docs/integrations/clickpipes#adjusting-clickpipes-advanced-settings"
)
SCALING_DOCUMENTATION: Final = (
    "https://clickhouse.com/docs/integrations/clickpipes/kafka/best-practices"
)
CDC_SCALING_DOCUMENTATION: Final = (
    "https://clickhouse.com/docs/integrations/clickpipes/postgres/scaling"
)


def _as_flag(value: object) -> object:
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return value == "true"
    raise ValueError("must be true or false")


Flag = Annotated[bool, BeforeValidator(_as_flag)]
"""A boolean that is not guessed from numbers or words, other than true and false as text."""

_STREAMING = (Family.STREAMING,)
_FILES = (Family.OBJECT_STORAGE,)


@dataclass(frozen=True)
class SettingFact:
    """Where a setting applies and what it is when nobody sets it.

    `arms` narrows the families; `low` and `high` are inclusive, None for a yes or no.
    `default` is None where none is documented.
    """

    families: tuple[Family, ...]
    low: int | None = None
    high: int | None = None
    default: int | bool | None = None
    arms: tuple[str, ...] = ()

    def applies_to(self, family: Family, arm: str) -> bool:
        return family in self.families and (not self.arms or arm in self.arms)


SETTING_FACTS: Final[Mapping[str, SettingFact]] = {
    "streaming_max_insert_wait_ms": SettingFact(_STREAMING, 500, 60_000, 5_000),
    # Not in the contract: the command-line client and the Terraform provider send it, and the
    # API refuses it off Kafka (github.com/ClickHouse/clickhousectl/issues/602).
    "kafka_read_committed": SettingFact(_STREAMING, default=False, arms=("kafka",)),
    "object_storage_concurrency": SettingFact(_FILES, 1, 35),
    "object_storage_polling_interval_ms": SettingFact(_FILES, 100, 3_600_000, 30_000),
    # The contract says 10_485_760..53_687_091_200; the API enforces the range below
    # (github.com/ClickHouse/clickhousectl/issues/794).
    "object_storage_max_insert_bytes": SettingFact(
        _FILES, 524_288_000, 10_737_418_240, 10_737_418_240
    ),
    "object_storage_max_file_count": SettingFact(_FILES, 1, 10_000, 100),
    "object_storage_use_cluster_function": SettingFact(_FILES, default=True),
    "clickhouse_max_threads": SettingFact(_FILES, 0, 64),
    "clickhouse_max_insert_threads": SettingFact(_FILES, 0, 16, 1),
    "clickhouse_min_insert_block_size_bytes": SettingFact(_FILES, 0, 10_737_418_240, 1_073_741_824),
    "clickhouse_max_download_threads": SettingFact(_FILES, 0, 32, 4),
    "clickhouse_parallel_distributed_insert_select": SettingFact(_FILES, 0, 2, 2),
    "clickhouse_parallel_view_processing": SettingFact(_FILES, default=False),
}
"""Every setting of a pipe. Defaults are those of the documentation of advanced settings."""


def settings_for(family: Family, arm: str) -> tuple[str, ...]:
    """The settings that apply to a pipe; none for database pipes, which have no such endpoint."""
    return tuple(name for name, fact in SETTING_FACTS.items() if fact.applies_to(family, arm))


class PipeSettings(Request):
    """Advanced settings of a streaming or object-storage pipe; snake_case on the wire too."""

    model_config = ConfigDict(alias_generator=None)

    streaming_max_insert_wait_ms: Annotated[int, Field(ge=500, le=60_000)] | None = Field(
        default=None, description="Longest wait for a batch, 500-60000."
    )
    kafka_read_committed: Flag | None = Field(default=None, description="Skip uncommitted records.")
    object_storage_concurrency: Annotated[int, Field(ge=1, le=35)] | None = Field(
        default=None, description="Files at once, 1-35."
    )
    object_storage_polling_interval_ms: Annotated[int, Field(ge=100, le=3_600_000)] | None = Field(
        default=None, description="Between polls, 100-3600000."
    )
    object_storage_max_insert_bytes: (
        Annotated[int, Field(ge=524_288_000, le=10_737_418_240)] | None
    ) = Field(default=None, description="Bytes per insert, 524288000-10737418240.")
    object_storage_max_file_count: Annotated[int, Field(ge=1, le=10_000)] | None = Field(
        default=None, description="Files per insert, 1-10000."
    )
    object_storage_use_cluster_function: Flag | None = Field(
        default=None, description="Read with all replicas."
    )
    clickhouse_max_threads: Annotated[int, Field(ge=0, le=64)] | None = Field(
        default=None, description="0-64, 0: auto."
    )
    clickhouse_max_insert_threads: Annotated[int, Field(ge=0, le=16)] | None = Field(
        default=None, description="0-16."
    )
    clickhouse_min_insert_block_size_bytes: (
        Annotated[int, Field(ge=0, le=10_737_418_240)] | None
    ) = Field(default=None, description="0-10737418240.")
    clickhouse_max_download_threads: Annotated[int, Field(ge=0, le=32)] | None = Field(
        default=None, description="0-32."
    )
    clickhouse_parallel_distributed_insert_select: Annotated[int, Field(ge=0, le=2)] | None = Field(
        default=None, description="0-2."
    )
    clickhouse_parallel_view_processing: Flag | None = Field(
        default=None, description="Push to attached views concurrently."
    )


class ScalingRequest(Request):
    """The size of one streaming pipe; `concurrency` is deprecated and only for object storage."""

    replicas: Annotated[int, Field(ge=1, le=40)] | None = Field(
        default=None, description="1-40, at most one a partition."
    )
    replica_cpu_millicores: Annotated[int, Field(ge=125, le=2000)] | None = Field(
        default=None, description="Each: 125-2000."
    )
    replica_memory_gb: Annotated[float, Field(ge=0.5, le=8)] | None = Field(
        default=None, description="Each: 4 per 1000 millicores."
    )
    concurrency: Annotated[int, Field(ge=0, le=34)] | None = Field(
        default=None, description="Deprecated, object storage only: 0-34, 0 is auto."
    )


class CdcScalingRequest(Request):
    """The size that all database pipes of a service share."""

    replica_cpu_millicores: Annotated[int, Field(ge=1000, le=32_000, multiple_of=1000)] | None = (
        Field(default=None, description="1000-32000 in steps of 1000; above 24000 is unproven.")
    )
    replica_memory_gb: Annotated[float, Field(ge=4, le=128, multiple_of=4)] | None = Field(
        default=None, description="4-128: exactly 4 per 1000 millicores."
    )


REPLICA_SIZES: Final[Mapping[str, tuple[int, float]]] = {
    "XS": (125, 0.5),
    "S": (250, 1),
    "M": (500, 2),
    "L": (1000, 4),
    "XL": (2000, 8),
}
"""Documented replica sizes of streaming pipes: millicores and GiB. Source: ClickPipes billing."""

MEMORY_GB_PER_CORE: Final = 4
DOCUMENTED_CDC_MILLICORES: Final = 24_000
DOCUMENTED_REPLICAS: Final = 10
"""The Terraform provider stops here; the contract allows 40."""

Check: TypeAlias = Callable[[Request], Iterator[Violation]]


def is_balanced(cpu_millicores: object, memory_gb: object) -> bool:
    """Whether memory is four times the cores; true where one of them is unset."""
    if not isinstance(cpu_millicores, int | float) or not isinstance(memory_gb, int | float):
        return True
    return memory_gb * 1000 == cpu_millicores * MEMORY_GB_PER_CORE


def _not_empty(noun: str) -> Check:
    def check(request: Request) -> Iterator[Violation]:
        if not request.body():
            names = ", ".join(list(type(request).model_fields)[:4])
            yield Violation((), f"No {noun} is given.", fix=f"Give at least one, such as {names}.")

    return check


def _balanced(request: Request) -> Iterator[Violation]:
    cpu = getattr(request, "replica_cpu_millicores", None)
    memory = getattr(request, "replica_memory_gb", None)
    if not is_balanced(cpu, memory):
        yield Violation(
            ("replica_memory_gb",),
            "Memory in GiB is four times the cores.",
            fix="Give 4 GiB for each 1000 millicores.",
        )


def _at_most(name: str, limit: int, message: str, fix: str) -> Check:
    def check(request: Request) -> Iterator[Violation]:
        value = getattr(request, name, None)
        if isinstance(value, int) and value > limit:
            yield Violation((name,), message, fix=fix)

    return check


SCALING_RULES: Final[tuple[Rule[Request], ...]] = (
    Rule(
        id="scaling.not-empty",
        summary="A scaling request changes something.",
        check=_not_empty("size"),
        documentation=SCALING_DOCUMENTATION,
        broken={},
        kept={"replicas": 2, "replica_cpu_millicores": 500, "replica_memory_gb": 2},
    ),
    Rule(
        id="scaling.documented-size",
        summary="Replica sizes other than 4 GiB a core are not documented.",
        check=_balanced,
        documentation=SCALING_DOCUMENTATION,
        broken={"replicas": 2, "replica_cpu_millicores": 500, "replica_memory_gb": 8},
        kept={"replicas": 2, "replica_cpu_millicores": 500, "replica_memory_gb": 2},
        effect="warn",
    ),
    Rule(
        id="scaling.many-replicas",
        summary="The contract allows 40 replicas, the Terraform provider 10.",
        check=_at_most(
            "replicas",
            DOCUMENTED_REPLICAS,
            "More than 10 replicas is unusual and costs accordingly.",
            "Check that the source has as many partitions or shards.",
        ),
        documentation=SCALING_DOCUMENTATION,
        broken={"replicas": 11, "replica_cpu_millicores": 500, "replica_memory_gb": 2},
        kept={"replicas": 10, "replica_cpu_millicores": 500, "replica_memory_gb": 2},
        effect="warn",
    ),
)

CDC_SCALING_RULES: Final[tuple[Rule[Request], ...]] = (
    Rule(
        id="cdc-scaling.not-empty",
        summary="A CDC scaling request changes something.",
        check=_not_empty("size"),
        documentation=CDC_SCALING_DOCUMENTATION,
        broken={},
        kept={"replica_cpu_millicores": 2000},
    ),
    Rule(
        id="cdc-scaling.memory-per-core",
        summary="CDC memory is exactly 4 GiB a core.",
        check=_balanced,
        documentation=CDC_SCALING_DOCUMENTATION,
        broken={"replica_cpu_millicores": 2000, "replica_memory_gb": 16},
        kept={"replica_cpu_millicores": 2000, "replica_memory_gb": 8},
    ),
    Rule(
        id="cdc-scaling.documented-maximum",
        summary="The contract allows 32 cores, the documentation and the Terraform provider 24.",
        check=_at_most(
            "replica_cpu_millicores",
            DOCUMENTED_CDC_MILLICORES,
            "Above 24000 millicores sources disagree on what is allowed.",
            "Give at most 24000 millicores and 96 GiB.",
        ),
        documentation=CDC_SCALING_DOCUMENTATION,
        broken={"replica_cpu_millicores": 32_000, "replica_memory_gb": 128},
        kept={"replica_cpu_millicores": 24_000, "replica_memory_gb": 96},
        effect="warn",
    ),
)


def settings_rules(family: Family, arm: str) -> tuple[Rule[Request], ...]:
    """The rules of the settings endpoint for a pipe of this kind."""
    applicable = settings_for(family, arm)
    if not applicable:
        return (_no_settings_at_all(),)
    kept = {applicable[0]: _example_of(applicable[0])}
    rules = [
        Rule(
            id="settings.not-empty",
            summary="A settings request changes something.",
            check=_not_empty("setting"),
            documentation=SETTINGS_DOCUMENTATION,
            broken={},
            kept=kept,
        )
    ]
    foreign = [name for name in SETTING_FACTS if name not in applicable]
    exclusive = [name for name in foreign if SETTING_FACTS[name].arms]
    ignored = [name for name in foreign if not SETTING_FACTS[name].arms]
    if exclusive:
        rules.append(
            Rule(
                id="settings.kafka-only",
                summary="kafka_read_committed is refused, even as false, on any other pipe.",
                check=foreign_settings(exclusive, applicable),
                documentation=SETTINGS_DOCUMENTATION,
                broken=kept | {exclusive[0]: False},
                kept=kept,
            )
        )
    if ignored:
        rules.append(
            Rule(
                id="settings.other-family",
                summary="A setting of another kind of pipe has no effect.",
                check=foreign_settings(ignored, applicable),
                documentation=SETTINGS_DOCUMENTATION,
                broken=kept | {ignored[0]: _example_of(ignored[0])},
                kept=kept,
                effect="warn",
            )
        )
    return tuple(rules)


def foreign_settings(names: Sequence[str], applicable: Sequence[str]) -> Check:
    """A check that none of these settings is given."""

    def check(request: Request) -> Iterator[Violation]:
        for name in names:
            if getattr(request, name, None) is not None:
                yield Violation(
                    (name,),
                    f"{name} does not apply to this kind of pipe.",
                    allowed=tuple(applicable),
                    fix=f"Leave {name} out.",
                )

    return check


def _example_of(name: str) -> int | bool:
    fact = SETTING_FACTS[name]
    if fact.default is not None:
        return fact.default
    return fact.high if fact.high is not None else True


def _no_settings_at_all() -> Rule[Request]:
    def check(_: Request) -> Iterator[Violation]:
        yield Violation(
            (),
            "Database pipes have no such settings.",
            fix="Change sync_interval_seconds and pull_batch_size with update_clickpipe.",
        )

    return Rule(
        id="settings.not-for-databases",
        summary="The settings endpoint does not know database pipes.",
        check=check,
        documentation=SETTINGS_DOCUMENTATION,
        broken={"streaming_max_insert_wait_ms": 5000},
        kept={},
    )
