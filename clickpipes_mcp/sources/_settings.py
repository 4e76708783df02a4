"""The advanced settings of pipes: which there are, what they take, and where they apply.

Facts are those of the OpenAPI contract (ClickPipeSettings) and of the documentation of advanced
settings, unless a line says otherwise.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import ConfigDict, Field, JsonValue

from clickpipes_mcp.contract import Request, Rule
from clickpipes_mcp.field_types import Flag, between
from clickpipes_mcp.rule_words import (
    ABSENT,
    ALWAYS,
    Check,
    RuleBook,
    every,
    forbids,
    gives_something,
    reject,
)

DOCUMENTATION: Final = (
    "https://clickhouse.com/docs/integrations/clickpipes#adjusting-clickpipes-advanced-settings"
)


class _Settings(Request):
    """Settings are written in snake_case on the wire too."""

    model_config = ConfigDict(alias_generator=None)


class StreamSettings(_Settings):
    """What applies to every stream."""

    streaming_max_insert_wait_ms: int | None = between(
        500, 60_000, "Longest wait for a batch, {range}."
    )


class KafkaSettings(StreamSettings):
    """What applies to Kafka.

    The contract does not name kafka_read_committed. The command-line client and the Terraform
    provider send it, and the API refuses it for any other source
    (github.com/ClickHouse/clickhousectl/issues/602).
    """

    kafka_read_committed: Flag | None = Field(default=None, description="Skip uncommitted records.")


class FileSettings(_Settings):
    """What applies to files.

    Of object_storage_max_insert_bytes the contract says 10_485_760..53_687_091_200; the API
    enforces the range below (github.com/ClickHouse/clickhousectl/issues/794).
    """

    object_storage_concurrency: int | None = between(1, 35, "Files at once, {range}.")
    object_storage_polling_interval_ms: int | None = between(
        100, 3_600_000, "Milliseconds between polls, {range}."
    )
    object_storage_max_insert_bytes: int | None = between(
        524_288_000, 10_737_418_240, "Bytes per insert, {range}."
    )
    object_storage_max_file_count: int | None = between(1, 10_000, "Files in one insert, {range}.")
    object_storage_use_cluster_function: Flag | None = Field(
        default=None, description="Read with all replicas."
    )
    clickhouse_max_threads: int | None = between(0, 64, "Threads, {range}, where 0 is automatic.")
    clickhouse_max_insert_threads: int | None = between(0, 16, "Threads, {range}.")
    clickhouse_min_insert_block_size_bytes: int | None = between(
        0, 10_737_418_240, "Bytes, {range}."
    )
    clickhouse_max_download_threads: int | None = between(0, 32, "Threads, {range}.")
    clickhouse_parallel_distributed_insert_select: int | None = between(0, 2, "Mode, {range}.")
    clickhouse_parallel_view_processing: Flag | None = Field(
        default=None, description="Push to attached views concurrently."
    )


class PipeSettings(FileSettings, KafkaSettings):
    """Advanced settings of a streaming or object-storage pipe."""


SETTING_DEFAULTS: Final[Mapping[str, int | bool]] = {
    "streaming_max_insert_wait_ms": 5_000,
    "kafka_read_committed": False,
    "object_storage_polling_interval_ms": 30_000,
    "object_storage_max_insert_bytes": 10_737_418_240,
    "object_storage_max_file_count": 100,
    "object_storage_use_cluster_function": True,
    "clickhouse_max_insert_threads": 1,
    "clickhouse_min_insert_block_size_bytes": 1_073_741_824,
    "clickhouse_max_download_threads": 4,
    "clickhouse_parallel_distributed_insert_select": 2,
    "clickhouse_parallel_view_processing": False,
}
"""What a setting is while nobody sets it, where that is documented."""

_REFUSED_ELSEWHERE: Final = KafkaSettings.model_fields.keys() - StreamSettings.model_fields.keys()


def offered_settings(own: type[Request], *offered: str) -> Any:  # noqa: ANN401 # as Field
    """The settings field of a create that publishes only some of the settings it accepts.

    Without names, those that apply to the pipe; the settings tool publishes all of them.
    """
    shown = offered or tuple(own.model_fields)
    rest = "" if len(shown) == len(own.model_fields) else "; update_clickpipe_settings has more"
    hidden: list[JsonValue] = [name for name in PipeSettings.model_fields if name not in shown]
    return Field(
        default=None,
        description=f"Advanced settings{rest}.",
        json_schema_extra={"x-hide": hidden},
    )


def settings_rules(own: type[Request]) -> tuple[Rule[Request], ...]:
    """The rules of settings for a pipe to which these apply."""
    foreign = [name for name in PipeSettings.model_fields if name not in own.model_fields]
    refused = [name for name in foreign if name in _REFUSED_ELSEWHERE]
    ignored = [name for name in foreign if name not in _REFUSED_ELSEWHERE]
    book = RuleBook("settings.", _one_of(own.model_fields), DOCUMENTATION)
    empty = book.rule(
        "not-empty",
        "A settings request changes something.",
        gives_something("setting", own),
        broken=dict.fromkeys(book.example, ABSENT),
    )
    without_effect = book.rule(
        "other-family",
        "A setting of another kind of pipe has no effect.",
        _takes_none_of(ignored, own),
        broken=_one_of(ignored),
        effect="warn",
    )
    if not refused:
        return (empty, without_effect)
    elsewhere = book.rule(
        "kafka-only",
        "kafka_read_committed is refused, even as false, on any other pipe.",
        _takes_none_of(refused, own),
        broken=_one_of(refused),
    )
    return (empty, elsewhere, without_effect)


def _one_of(names: Iterable[str]) -> Mapping[str, object]:
    """The first of these settings that has a documented default, at that."""
    name = next(name for name in names if name in SETTING_DEFAULTS)
    return {name: SETTING_DEFAULTS[name]}


def _takes_none_of(names: Iterable[str], own: type[Request]) -> Check:
    return every(
        *(
            forbids(
                name,
                message=f"{name} does not apply to this kind of pipe.",
                allowed=tuple(own.model_fields),
            )
            for name in names
        )
    )


NO_SETTINGS_RULES: Final = (
    RuleBook("settings.", {}, DOCUMENTATION).rule(
        "not-for-databases",
        "The settings endpoint does not know database pipes.",
        reject(
            ALWAYS,
            "",
            "Database pipes have no such settings.",
            fix="Change sync_interval_seconds and pull_batch_size with update_clickpipe.",
        ),
        broken={"streaming_max_insert_wait_ms": 5000},
    ),
)
