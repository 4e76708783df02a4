"""The names that steps leave open, filled in from the pipe or from the error that was quoted."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from pydantic import JsonValue

from clickpipes_mcp.diagnosis import Facts, Step, StepKind, consumer_group
from clickpipes_mcp.source_facts import Address
from clickpipes_mcp.tools.insight.table_definition import definition_of

_NAME: Final = re.compile(r"[\w.-]{1,255}", re.ASCII)
"""What may stand in a statement without quotes around it, and in a sentence as it is."""

_OPEN: Final = re.compile(r"<([a-z ]{1,20})>")
_SAID: Final[Mapping[str, re.Pattern[str]]] = {
    "slot": re.compile(r"replication slot \"([\w-]{1,63})\"", re.ASCII),
    "publication": re.compile(r"publication \"([\w-]{1,63})\"", re.ASCII),
}
_REGISTRY: Final = re.compile(r"https?://([\w.-]{1,253})", re.ASCII)
_NAMESPACE: Final = re.compile(r"([\w-]{1,63})\.servicebus\.windows\.net\Z", re.ASCII)
_BUCKET: Final = re.compile(r"https://([a-z0-9-]{3,63})\.s3[.-]")
_AT_DESTINATION: Final = StepKind.SQL_AT_CLICKHOUSE
Names = Mapping[StepKind | None, Mapping[str, str]]


def names_of(facts: Facts, addresses: Sequence[Address], told: str) -> Names:
    """Names at the destination under its kind of step, and those of the source for any other."""
    return {
        _AT_DESTINATION: _known(_at_destination(facts)) | _defined(facts),
        None: _known(_at_source(facts, addresses, told)),
    }


def fill(step: Step, names: Names | None) -> Step:
    """The step with the names that are known."""
    if not names:
        return step
    known = names[_AT_DESTINATION if step.kind is _AT_DESTINATION else None]

    def named(text: str) -> str:
        return _OPEN.sub(lambda found: known.get(found[1], found[0]), text)

    def filled(value: JsonValue) -> JsonValue:
        if isinstance(value, dict):
            return {key: filled(inner) for key, inner in value.items()}
        return named(value) if isinstance(value, str) else value

    code = step.code if step.kind is StepKind.TOOL_CALL else named(step.code)
    arguments = {name: filled(value) for name, value in step.arguments.items()}
    return replace(step, text=named(step.text), code=code, arguments=arguments)


def is_open(value: JsonValue) -> bool:
    """Whether a name is left open in it."""
    if isinstance(value, dict):
        return any(map(is_open, value.values()))
    return isinstance(value, str) and _OPEN.search(value) is not None


def _known(found: Iterator[tuple[str, object]]) -> dict[str, str]:
    return {place: str(value) for place, value in found if value and _NAME.fullmatch(str(value))}


def _defined(facts: Facts) -> dict[str, str]:
    found = definition_of(facts.destination)
    return {"definition": found} if found else {}


def _at_destination(facts: Facts) -> Iterator[tuple[str, object]]:
    yield "database", facts.destination.get("database")
    yield "table", facts.destination.get("table") or _only_table(facts).get("targetTable")


def _at_source(
    facts: Facts, addresses: Sequence[Address], told: str
) -> Iterator[tuple[str, object]]:
    source, settings = facts.source, facts.source.get("settings")
    table = _only_table(facts)
    for place, pattern in _SAID.items():
        said = pattern.search(told)
        yield place, said[1] if said else None
    if isinstance(settings, Mapping):
        yield "slot", settings.get("replicationSlotName")
        yield "publication", settings.get("publicationName")
    if addresses:
        yield "host", addresses[0].host
        yield "port", addresses[0].port
        yield "namespace", _first(_NAMESPACE, addresses[0].host)
    registry = source.get("schemaRegistry")
    if isinstance(registry, Mapping):
        yield "registry", _first(_REGISTRY, registry.get("url"))
    yield "topic", source.get("topics") or source.get("topic")
    if "brokers" in source:
        yield "group", consumer_group(facts)
    yield "pipe id", facts.pipe_id
    yield "stream", source.get("streamName")
    yield "database", source.get("database") or table.get("sourceDatabaseName")
    yield "schema", table.get("sourceSchemaName")
    yield "table", table.get("sourceTable")
    yield "dataset", table.get("sourceDatasetName")
    yield "project", source.get("projectId")
    yield "bucket", _first(_BUCKET, source.get("url"))


def _first(pattern: re.Pattern[str], text: object) -> str | None:
    found = pattern.match(str(text or ""))
    return found[1] if found else None


def _only_table(facts: Facts) -> Mapping[str, object]:
    """The mapping of a pipe that has a single one: of several nobody knows which is meant."""
    tables = facts.source.get("tableMappings")
    only = tables[0] if isinstance(tables, list) and len(tables) == 1 else None
    return only if isinstance(only, Mapping) else {}
