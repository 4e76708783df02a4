"""Whether a pipe is set up as a request asks, in spite of all that a read shows differently.

Nothing is compared that the API never returns; what it fills in by itself counts as left out.
Source of what reads show: the OpenAPI contract, the Terraform provider and clickhousectl, in the
way they read a pipe back.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeAlias

from clickpipes_mcp.cloud.configuration import engine_name
from clickpipes_mcp.cloud.models import Pipe, Scaling
from clickpipes_mcp.redaction import MASK
from clickpipes_mcp.secret_refs import Secret, SendableBody

Facts: TypeAlias = dict[str, object]
"""Values by their path; the members of a list stand under what identifies them."""

_COMPARED = ("source", "destination", "fieldMappings")

NEVER_RETURNED = frozenset(
    {
        "accessKey",
        "columnIds",
        "connectionString",
        "credentials",
        "password",
        "protobufSchema",
        "roles",
        "serviceAccountKey",
        "validateSamples",
        "versionColumnId",
    }
)
"""Credentials as a whole, user names included, and what a create takes but no read shows."""

SOMETIMES_MISSING = frozenset(
    {
        "authentication",
        "azureContainerName",
        "deleteOnMerge",
        "enableFailoverSlots",
        "path",
        "skipInitialLoad",
    }
)
"""What some reads leave out although it is set."""

CHOSEN_BY_THE_API = frozenset(
    {
        "ackDeadline",
        "allowNullableColumns",
        "consumerGroup",
        "initialLoadParallelism",
        "primaryKey",
        "publicationName",
        "pullBatchSize",
        "serverId",
        "snapshotNumRowsPerPartition",
        "snapshotNumberOfParallelTables",
        "syncIntervalSeconds",
    }
)
"""Where it is left out, the API names or tunes it as it likes; that says nothing of the pipe."""

SHOWN_WHEN_LEFT_OUT: Mapping[str, Collection[object]] = {
    "authentication": ("basic", "SERVICE_ACCOUNT"),
    "compression": ("auto",),
    "database": ("default",),
    "delimiter": (",",),
    "replicationMechanism": ("GTID",),
    "replicationMode": ("cdc", "snapshot"),
    "strategy": ("from_beginning",),
    "tableEngine": ("MergeTree",),
    "type": ("confluent", "MergeTree", "mysql", "postgres"),
    "useJsonNativeFormat": (True,),
}
"""Defaults that a read fills in; as a pattern, what is unset reads as false, 0 or empty."""

_ORDERED = frozenset({"sortingKey", "sortingKeys"})
_COMMA_LISTS = frozenset({"brokers", "topics"})
_IDENTIFYING = (
    "sourceSchemaName",
    "sourceDatabaseName",
    "sourceDatasetName",
    "sourceTable",
    "sourceCollection",
    "targetTable",
    "name",
    "sourceField",
    "destinationField",
)
_LOGIN = re.compile(r"(?<=://)[^/?#@]*@")
_MEMBER = re.compile(r"\[[^\]]*\]")


def differences(
    wanted: Mapping[str, SendableBody], live: Pipe, known: Collection[str]
) -> tuple[str, ...]:
    """The paths, in the API's spelling, in which a pipe is not what a create body asks for.

    `known` are the names a create body may hold: what else a read shows is not compared.
    """
    arms = _arms(wanted.get("source"))
    if live.arm not in arms:
        return ("source",)
    asked = _facts({key: wanted.get(key) for key in _COMPARED})
    shown = _facts(
        {
            "source": {live.arm: dict(live.arm_body)},
            "destination": live.destination,
            "fieldMappings": list(live.field_mappings),
        }
    )
    found = [path for path in asked if _differs(path, asked[path], shown)]
    found += [path for path in shown if path not in asked and _is_more(path, shown[path], known)]
    found += _settings(wanted.get("settings"), live) + _sizes(wanted.get("scaling"), live.scaling)
    return tuple(dict.fromkeys(_MEMBER.sub("", path) for path in sorted(found)))


def holds_secrets(body: SendableBody) -> bool:
    """Whether a part of it can never be compared."""
    if isinstance(body, dict):
        return any(holds_secrets(value) for value in body.values())
    if isinstance(body, list):
        return any(holds_secrets(value) for value in body)
    return isinstance(body, Secret)


def _arms(source: object) -> tuple[str, ...]:
    if not isinstance(source, dict):
        return ()
    return tuple(key for key in source if key not in NEVER_RETURNED)


def _differs(path: str, asked: object, shown: Facts) -> bool:
    key = _last(path)
    if path not in shown:
        is_default = asked in SHOWN_WHEN_LEFT_OUT.get(key, ())
        return bool(asked) and not is_default and key not in SOMETIMES_MISSING
    value = shown[path]
    return value != MASK and not _is_same(asked, value)


def _is_more(path: str, value: object, known: Collection[str]) -> bool:
    """Whether a read shows something that was left out and is not the API's own doing."""
    key = _last(path)
    if key not in known or key in CHOSEN_BY_THE_API or value == MASK or not value:
        return False
    return value not in SHOWN_WHEN_LEFT_OUT.get(key, ())


def _last(path: str) -> str:
    return _MEMBER.sub("", path).rpartition(".")[2]


def _is_same(asked: object, shown: object) -> bool:
    if asked == shown or (not asked and not shown):
        return True
    if not isinstance(asked, str) or not isinstance(shown, str):
        return False
    return "".join(asked.split()) == "".join(shown.split()) or _is_same_moment(asked, shown)


def _is_same_moment(asked: str, shown: str) -> bool:
    try:
        moments = [datetime.fromisoformat(text) for text in (asked, shown)]
    except ValueError:
        return False
    one, other = (m if m.tzinfo else m.replace(tzinfo=UTC) for m in moments)
    return one == other


def _facts(document: Mapping[str, object]) -> Facts:
    return {path: value for path, value in _leaves("", document) if value is not None}


def _leaves(path: str, value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, Secret):
        return
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key not in NEVER_RETURNED:
                yield from _leaves(f"{path}.{key}" if path else key, inner)
    elif isinstance(value, list):
        yield from _members(path, value)
    else:
        yield path, _plain(path, value)


def _members(path: str, items: Sequence[object]) -> Iterator[tuple[str, object]]:
    if not all(isinstance(item, dict) for item in items):
        names = [str(item) for item in items]
        yield path, tuple(names if _last(path) in _ORDERED else sorted(names))
        return
    for item in items:
        # Fields of equal names are mapped where no mapping says otherwise.
        if isinstance(item, dict) and not _maps_to_itself(item):
            identity = "|".join(str(item[name]) for name in _IDENTIFYING if name in item)
            yield from _leaves(f"{path}[{identity.replace(']', '')}]", item)


def _maps_to_itself(item: Mapping[str, object]) -> bool:
    return "sourceField" in item and item["sourceField"] == item.get("destinationField")


def _plain(path: str, value: object) -> object:
    if not isinstance(value, str):
        return value
    key = _last(path)
    if key in _COMMA_LISTS:
        return tuple(sorted(name.strip() for name in value.split(",")))
    if path.endswith(".engine.type"):
        return engine_name(value)
    return _LOGIN.sub("", value.strip())


def _settings(wanted: object, live: Pipe) -> list[str]:
    """Settings asked for that are shown otherwise; right after a create none are shown."""
    if not isinstance(wanted, dict):
        return []
    return [
        f"settings.{key}"
        for key, value in wanted.items()
        if key in live.settings and not _is_same(_plain(key, value), live.settings[key])
    ]


def _sizes(wanted: object, live: Scaling | None) -> list[str]:
    """Sizes asked for that are shown otherwise; while a size settles none or 0 is shown."""
    if not isinstance(wanted, dict) or live is None or not live.replicas:
        return []
    shown = live.model_dump(by_alias=True, exclude_none=True)
    return [
        f"scaling.{key}" for key, value in wanted.items() if shown.get(key) and value != shown[key]
    ]
