"""Pipes as commands of the official command-line client.

Source: clickhousectl 0.5.0, `cloud clickpipe create … --help`.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import Final

from clickpipes_mcp.code.create_arguments import Body
from clickpipes_mcp.code.declaration import Declaration
from clickpipes_mcp.code.references import Reference
from clickpipes_mcp.code.target import STOPPED, Loss, Selection, Written
from clickpipes_mcp.code.targets.bodies import camel
from clickpipes_mcp.code.targets.shell import HEAD, as_file, command, comment, needed, word


class Form(Enum):
    """How an option takes its value."""

    VALUE = "one word"
    SWITCH = "stands there, or not"
    EACH = "once for every item"
    OBJECTS = "once for every object, as JSON"
    FILE = "the path of a file that holds it"
    COLUMNS = "once for every column, as name:type"
    DOCUMENT = "the path of a file that holds it as JSON"


def _values(names: str, prefix: str = "", **other: str) -> dict[str, tuple[str, Form]]:
    """Options named as their fields, with dashes; `other` are named otherwise."""
    named = {name: name.replace("_", "-") for name in names.split()} | other
    return {f"{prefix}{name}": (option, Form.VALUE) for name, option in named.items()}


Options = Mapping[str, tuple[str, Form]]

_INGEST: Final[Options] = {
    **_values("database table managed_table", "destination."),
    "destination.columns": ("column", Form.COLUMNS),
    "destination.table_definition": ("table-definition-file", Form.DOCUMENT),
    "destination.roles": ("role", Form.EACH),
    "field_mappings": ("field-mapping", Form.OBJECTS),
    **_values("replicas", "scaling.", replica_cpu_millicores="cpu-millicores"),
    **_values("", "scaling.", replica_memory_gb="memory-gb"),
    **_values(
        "streaming_max_insert_wait_ms object_storage_concurrency "
        "object_storage_polling_interval_ms object_storage_max_insert_bytes "
        "object_storage_max_file_count clickhouse_max_threads clickhouse_max_insert_threads "
        "clickhouse_max_download_threads clickhouse_min_insert_block_size_bytes "
        "clickhouse_parallel_distributed_insert_select kafka_read_committed "
        "object_storage_use_cluster_function clickhouse_parallel_view_processing",
        "settings.",
    ),
}
_KEY: Final = _values("access_key_id secret_key", "source.access_key.")
_ACCOUNT: Final = ("service-account-file", Form.FILE)
_CA: Final[Options] = {"source.ca_certificate": ("ca-certificate", Form.FILE)}

_DATABASE: Final[Options] = {
    **_values("", "destination.", database="destination-database"),
    "destination.roles": ("role", Form.EACH),
    "source.table_mappings": ("table-mapping-json", Form.OBJECTS),
    **_values("username password", "source.credentials."),
    **_values("host port iam_role tls_host uri read_preference", "source.", authentication="auth"),
    "source.disable_tls": ("disable-tls", Form.SWITCH),
    "source.skip_cert_verification": ("skip-cert-verification", Form.SWITCH),
    **_CA,
    **_values(
        "replication_mode sync_interval_seconds pull_batch_size initial_load_parallelism "
        "allow_nullable_columns delete_on_merge",
        "source.settings.",
        snapshot_num_rows_per_partition="snapshot-rows-per-partition",
        snapshot_number_of_parallel_tables="snapshot-parallel-tables",
    ),
}

_KAFKA: Final[Options] = {
    **_INGEST,
    **_values(
        "brokers topics format consumer_group iam_role exactly_once",
        "source.",
        type="kafka-type",
        authentication="auth",
    ),
    **_values(
        "username password access_key_id secret_key",
        "source.credentials.",
        connection_string="event-hubs-connection-string",
    ),
    "source.credentials.certificate": ("client-certificate", Form.FILE),
    "source.credentials.private_key": ("client-key", Form.FILE),
    **_values("", "source.offset.", strategy="offset", timestamp="offset-timestamp"),
    **_values(
        "glue_region glue_registry_name glue_role_arn",
        "source.schema_registry.",
        type="schema-registry-type",
        url="schema-registry-url",
    ),
    **_values(
        "",
        "source.schema_registry.credentials.",
        username="schema-registry-username",
        password="schema-registry-password",  # noqa: S106 # the name of an option
    ),
    "source.schema_registry.ca_certificate": ("schema-registry-ca-certificate", Form.FILE),
    "source.reverse_private_endpoint_ids": ("reverse-private-endpoint-id", Form.EACH),
    **_CA,
}
_KINESIS: Final[Options] = {
    **_INGEST,
    **_KEY,
    **_values(
        "stream_name region format iam_role iterator_type",
        "source.",
        authentication="auth",
        timestamp="iterator-timestamp",
    ),
    "source.use_enhanced_fan_out": ("enhanced-fan-out", Form.SWITCH),
}
_OBJECT_STORAGE: Final[Options] = {
    **_INGEST,
    **_KEY,
    **_values(
        "format compression queue_url start_after delimiter iam_role connection_string "
        "azure_container_name path",
        "source.",
        url="source-url",
        type="storage-type",
        authentication="auth",
    ),
    "source.is_continuous": ("continuous", Form.SWITCH),
    "source.skip_initial_load": ("skip-initial-load", Form.SWITCH),
    "source.service_account_key": _ACCOUNT,
}
_PUBSUB: Final[Options] = {
    **_INGEST,
    **_values(
        "topic project_id format seek_type seek_timestamp filter ack_deadline",
        "source.",
        authentication="auth",
    ),
    "source.enable_ordering": ("enable-ordering", Form.SWITCH),
    "source.service_account_key.service_account_file": _ACCOUNT,
}
_POSTGRES: Final[Options] = {
    **_DATABASE,
    **_values("", "source.", database="pg-database", type="postgres-type"),
    **_values("publication_name replication_slot_name enable_failover_slots", "source.settings."),
}
_MYSQL: Final[Options] = {
    **_DATABASE,
    **_values("server_id", "source.", type="mysql-type"),
    **_values("replication_mechanism use_compression", "source.settings."),
}
_MONGODB: Final[Options] = {
    **_DATABASE,
    **_values(
        "use_json_native_format",
        "source.settings.",
        snapshot_number_of_parallel_tables="snapshot-parallel-collections",
    ),
}
_BIGQUERY: Final[Options] = {
    **_DATABASE,
    **_values("project_id", "source.", snapshot_staging_path="staging-path"),
    "source.credentials.service_account_file": _ACCOUNT,
    **_values(
        "replication_method sync_cron query_cdc_pull_sync_parallelism sync_delay_seconds "
        "pull_window_size_seconds",
        "source.settings.",
    ),
}

COMMANDS: Final[Mapping[str, tuple[str, Options]]] = {
    "kafka": ("kafka", _KAFKA),
    "kinesis": ("kinesis", _KINESIS),
    "objectStorage": ("object-storage", _OBJECT_STORAGE),
    "pubsub": ("pubsub", _PUBSUB),
    "postgres": ("postgres", _POSTGRES),
    "mysql": ("mysql", _MYSQL),
    "mongodb": ("mongodb", _MONGODB),
    "bigquery": ("bigquery", _BIGQUERY),
}
"""By the API's key of the source: the command, and the option of every field it takes."""

_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {"objectStorage": ("source.url",)}
"""What the client runs no command without, although the API does without it."""

_IMPLIED: Final = frozenset({"source.schema_registry.authentication"})
"""What the client says by itself where it is given a login."""

_PROGRAM: Final = "clickhousectl cloud clickpipe create"


def write_clickhousectl(selection: Selection) -> Written:
    """A script that creates every pipe anew."""
    variables = ["CLICKHOUSE_CLOUD_API_KEY", "CLICKHOUSE_CLOUD_API_SECRET"]
    losses: list[Loss] = []
    parts = []
    for pipe in selection.pipes:
        values = _flat(pipe.arguments)
        missing = [name for name in _NEEDED.get(pipe.spec.arm, ()) if name not in values]
        lines, lost = ([], list(_refusal(missing))) if missing else _command(pipe, values)
        losses += [Loss(pipe.name, what) for what in lost]
        parts += [*(comment(what) for what in (pipe.name, *pipe.notes, *lost)), *lines, ""]
        if lines:
            used = (value for value in values.values() if isinstance(value, Reference))
            variables += [one.variable for one in used]
    return Written("\n".join([HEAD, *needed(variables), "", *parts]), tuple(losses))


def _refusal(missing: Sequence[str]) -> Iterator[str]:
    yield f"The client takes no pipe without {', '.join(missing)}, so it is left out."


def _command(pipe: Declaration, values: Body) -> tuple[list[str], list[str]]:
    """The lines of a command, and what it does not say."""
    name, options = COMMANDS[pipe.spec.arm]
    left_out: list[str] = []
    words = [f"--name{next(_texts(pipe.name, Form.VALUE))}", *_options(values, options, left_out)]
    if pipe.rests and not pipe.is_database:
        words.append("--start-paused")
    lost = [f"The client has no option for these: {', '.join(left_out)}."] if left_out else []
    lost += [STOPPED] if pipe.rests and pipe.is_database else []
    return [command([_PROGRAM, name, word(pipe.service_id)], words)], lost


def _flat(arguments: Body, at: str = "") -> dict[str, object]:
    """Every value by its path; the definition of a table stays whole."""
    found: dict[str, object] = {}
    for name, value in arguments.items():
        path = f"{at}{name}"
        if isinstance(value, dict) and name != "table_definition":
            found |= _flat(value, f"{path}.")
        elif path != "name":
            found[path] = value
    return found


def _options(values: Body, options: Options, left_out: list[str]) -> Iterator[str]:
    for path, value in values.items():
        if path in options:
            name, form = options[path]
            yield from (f"--{name}{text}" for text in _texts(value, form))
        elif path not in _IMPLIED:
            left_out.append(path)


def _texts(value: object, form: Form) -> Iterator[str]:
    """What follows the name of an option, each time it is given."""
    items: Sequence[object] = value if isinstance(value, list) else ()
    if form is Form.SWITCH:
        yield from [""] if value else []
    elif form is Form.FILE:
        yield f" {as_file(value)}"
    elif form is Form.DOCUMENT and isinstance(value, dict):
        yield f" {as_file(json.dumps(_document(value), ensure_ascii=False))}"
    elif form is Form.EACH:
        yield from (f" {word(item)}" for item in items)
    elif form is Form.OBJECTS:
        objects = [camel(item) for item in items if isinstance(item, dict)]
        yield from (f" {word(json.dumps(one, ensure_ascii=False))}" for one in objects)
    elif form is Form.COLUMNS:
        # What of a column cannot be shown as it is was left out before, and said to be.
        whole = [one for one in items if isinstance(one, dict) and one.keys() >= {"name", "type"}]
        yield from (f" {word(':'.join((one['name'], one['type'])))}" for one in whole)
    else:
        # What begins with a dash would be taken for an option.
        yield f"{'=' if str(value).startswith('-') else ' '}{word(value)}"


def _document(definition: Body) -> Body:
    """The client wants all of this of every table, and sends nothing that is empty."""
    engine = {"columnIds": [], **camel(definition.get("engine", {}))}
    empty = {"partitionBy": "", "primaryKey": "", "sortingKey": []}
    return {**empty, **camel(definition), "engine": engine}
