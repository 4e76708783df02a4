"""PostgreSQL, copied once or replicated through logical decoding.

Source: OpenAPI contract, ClickPipeMutatePostgresSource and ClickPipePatchPostgresSource.
"""

from collections.abc import Mapping
from typing import Literal, get_args

from pydantic import Field

from clickpipes_mcp.contract import Family, Request, Rule, SourceSpec
from clickpipes_mcp.field_types import Flag, Text
from clickpipes_mcp.rule_words import (
    RuleBook,
    avoids,
    both,
    equal,
    every,
    forbids,
    given,
    needs,
    only_when,
    reject,
    satisfies,
    unlike,
)
from clickpipes_mcp.source_facts import Loss, ReadBack, Traces
from clickpipes_mcp.sources._address_rules import private_address_rule
from clickpipes_mcp.sources._addresses import of_server
from clickpipes_mcp.sources._charges import DATABASE_CHARGES
from clickpipes_mcp.sources._database import (
    ONLY_CHANGES,
    SQL_READ_BACK,
    TLS_LOSSES,
    Host,
    RoleArn,
    SqlAuthentication,
    SqlMappingChanges,
    SqlReplicationSettings,
    SqlServer,
    SqlTableMapping,
    SqlTableToRemove,
    SyncSettings,
    Tls,
    fixed_at_creation,
)
from clickpipes_mcp.sources._database_rules import (
    ROLE_ARN,
    address_rules,
    authentication_rules,
    new_address_rules,
    new_credentials_rules,
    nullable_rules,
    sync_rules,
    tls_rules,
)
from clickpipes_mcp.sources._database_table_rules import (
    delta_rules,
    engine_rules,
    identity_rules,
    order_rules,
    partition_rules,
    target_rules,
)
from clickpipes_mcp.sources._destination_rules import reserved_roles_rule
from clickpipes_mcp.sources._pipe import DOCS, DatabaseCreate
from clickpipes_mcp.sources._settings import NO_SETTINGS_RULES
from clickpipes_mcp.sources._tunnel import TUNNEL_READ_BACK, SshKeyId, tunnel_rules
from clickpipes_mcp.ssh_keys import PIPE_FIELD

PostgresType = Literal[
    "postgres",
    "supabase",
    "neon",
    "alloydb",
    "planetscale",
    "rdspostgres",
    "aurorapostgres",
    "cloudsqlpostgres",
    "azurepostgres",
    "crunchybridge",
    "tigerdata",
]
AWS_TYPES = ("rdspostgres", "aurorapostgres")
"""Source: ClickHouse docs, integrations/clickpipes/postgres/auth."""

POOLER_HOST = r"(?i)pooler|pgbouncer|\.proxy-[^.]*\."
POOLER_PORT = 6432
"""Source: ClickHouse docs, integrations/clickpipes/postgres: no poolers for CDC."""

DOCUMENTATION = f"{DOCS}/postgres"
_TABLE = ("source_schema_name", "source_table")


class PostgresSettings(SqlReplicationSettings):
    publication_name: Text | None = Field(
        default=None, description="Made by default, if the user owns the tables."
    )
    replication_slot_name: Text | None = Field(
        default=None, description="An existing slot, for cdc_only alone."
    )
    enable_failover_slots: Flag | None = Field(
        default=None, description="From Postgres 17 on; not with replication_slot_name."
    )


class PostgresSource(Tls, SqlServer):
    host: Host
    type: PostgresType | None = Field(default=None, description="postgres by default.")
    database: Text = Field(description="Database to copy from.")
    authentication: SqlAuthentication | None = Field(
        default=None, description="basic by default; IAM_ROLE is for snapshots of RDS and Aurora."
    )
    iam_role: RoleArn | None = None
    settings: PostgresSettings = Field(description="How to replicate.")
    table_mappings: list[SqlTableMapping] = Field(min_length=1, description="Tables to copy.")
    ssh_key_resource_id: SshKeyId = None


class PostgresCreate(DatabaseCreate):
    source: PostgresSource = Field(description="The server and its tables.")


class PostgresTableToRemove(SqlTableToRemove):
    partition_by_expr: str | None = Field(default=None, description="Azure needs none.")


class PostgresUpdate(Tls, SqlServer, SqlMappingChanges):
    database: Text | None = Field(default=None, description="Database to copy from.")
    settings: SyncSettings | None = Field(default=None, description="Settings that can change.")
    table_mappings_to_remove: list[PostgresTableToRemove] | None = Field(
        default=None, description="Tables to stop replicating."
    )


_CREDENTIALS = {"username": "clickpipes", "password": "${env:CLICKPIPES_SECRET_PG}"}
_ORDERS = {
    "source_schema_name": "public",
    "source_table": "orders",
    "target_table": "public_orders",
    "table_engine": "ReplacingMergeTree",
}
EXAMPLE: Mapping[str, object] = {
    "name": "Orders from Postgres",
    "source": {
        "host": "postgres.example.com",
        "port": 5432,
        "database": "shop",
        "credentials": _CREDENTIALS,
        "settings": {"replication_mode": "cdc"},
        "table_mappings": [_ORDERS],
    },
    "destination": {"database": "default"},
}
UPDATE_EXAMPLE: Mapping[str, object] = {
    "host": "postgres.example.com",
    "credentials": _CREDENTIALS,
    "settings": {"sync_interval_seconds": 60},
    "table_mappings_to_add": [_ORDERS],
    "table_mappings_to_remove": [
        {
            "source_schema_name": "public",
            "source_table": "carts",
            "target_table": "public_carts",
        }
    ],
}

_BOOK = RuleBook("postgres.", EXAMPLE, DOCUMENTATION, at="source.")
_UPDATE_BOOK = RuleBook("postgres.", UPDATE_EXAMPLE, DOCUMENTATION)
_BY_ROLE = {
    "type": "rdspostgres",
    "authentication": "IAM_ROLE",
    "iam_role": ROLE_ARN,
    "credentials": {"username": "clickpipes"},
}
_REPLICATES = unlike("source.settings.replication_mode", "snapshot")
_SLOT = "source.settings.replication_slot_name"
_SLOT_FIX = "Set replication_mode to cdc_only, or leave the slot out: ClickPipes makes its own."
_FAILOVER = "source.settings.enable_failover_slots"


def _dotless(book: RuleBook, name: str) -> Rule[Request]:
    items = f"{book.at}{name}[]"
    message = "Names with a dot inside are not supported by the replication engine."
    fix = "Give schema and table apart; rename a table whose own name has a dot."
    return book.rule(
        "names-without-dots",
        "Schema and table names hold no dot.",
        every(
            *(avoids(f"{items}.{part}", r"\.", message=message, fix=fix) for part in _TABLE),
        ),
        broken={f"{name}.0.source_table": "public.orders"},
        documentation=f"{DOCUMENTATION}/faq",
        effect="warn",
    )


_OWN_RULES = (
    _BOOK.rule(
        "slot-needs-cdc-only",
        "A replication slot is named only in cdc_only mode.",
        forbids(_SLOT, when=unlike("source.settings.replication_mode", "cdc_only"), fix=_SLOT_FIX),
        broken={"settings.replication_slot_name": "clickpipes_slot"},
        kept={"settings": {"replication_mode": "cdc_only", "replication_slot_name": "own_slot"}},
    ),
    _BOOK.rule(
        "failover-needs-own-slot",
        "Failover is set up only for a slot that ClickPipes makes.",
        satisfies(
            _FAILOVER,
            lambda value: value is not True,
            when=given(_SLOT),
            message="enable_failover_slots applies only where ClickPipes makes the slot.",
            fix="Leave out enable_failover_slots or replication_slot_name.",
        ),
        broken={
            "settings": {
                "replication_mode": "cdc_only",
                "replication_slot_name": "own_slot",
                "enable_failover_slots": True,
            }
        },
        kept={"settings.enable_failover_slots": True},
    ),
    _BOOK.rule(
        "iam-copies-once",
        "With IAM_ROLE authentication only snapshots work.",
        reject(
            both(equal("source.authentication", "IAM_ROLE"), _REPLICATES),
            "source.settings.replication_mode",
            "IAM_ROLE authentication cannot replicate changes from Postgres.",
            fix="Set replication_mode to snapshot, or use basic authentication.",
        ),
        broken=_BY_ROLE,
        kept={**_BY_ROLE, "settings.replication_mode": "snapshot"},
        documentation=f"{DOCUMENTATION}/auth",
        effect="warn",
    ),
    _BOOK.rule(
        "no-pooler",
        "Changes cannot be replicated through a connection pooler.",
        only_when(
            _REPLICATES,
            every(
                avoids(
                    "source.host",
                    POOLER_HOST,
                    message="This looks like a connection pooler, which cannot replicate changes.",
                    fix="Give the direct address of the server.",
                ),
                reject(
                    equal("source.port", POOLER_PORT),
                    "source.port",
                    "This is the usual port of a connection pooler, which cannot replicate.",
                    fix="Give the server's own port, often 5432.",
                ),
            ),
        ),
        broken={"host": "db-pooler.example.com", "port": POOLER_PORT},
        effect="warn",
    ),
    _BOOK.rule(
        "port-is-explicit",
        "Official clients always send the port.",
        needs("source.port", fix="Give port, often 5432."),
        broken={"port": None},
    ),
    _dotless(_BOOK, "table_mappings"),
)


def _identity_of_added(configuration: Mapping[str, object]) -> tuple[Rule[Request], ...]:
    """What the tables added to a pipe have to log, unless it only copies them once."""
    settings = configuration.get("settings")
    is_once = isinstance(settings, Mapping) and settings.get("replicationMode") == "snapshot"
    return () if is_once else identity_rules(_UPDATE_BOOK, "table_mappings_to_add")


SPEC = SourceSpec(
    key="postgres",
    arm="postgres",
    types=get_args(PostgresType),
    title="PostgreSQL",
    also_called={
        "pg": "",
        "rds postgres": "rdspostgres",
        "aurora postgres": "aurorapostgres",
        "cloud sql postgres": "cloudsqlpostgres",
        "azure postgres": "azurepostgres",
        "crunchy bridge": "crunchybridge",
        "timescale": "tigerdata",
    },
    family=Family.DATABASE,
    traces=Traces(
        change_log="its WAL, which the replication slot makes grow",
        lost=("the replication slot and the publication that ClickPipes made",),
        kept=("a slot or publication that you made (such a slot keeps WAL until you drop it)",),
    ),
    create=PostgresCreate,
    update=PostgresUpdate,
    documentation=DOCUMENTATION,
    description=(
        "Copy PostgreSQL tables into ClickHouse and keep them in step (CDC). "
        "It needs logical replication."
    ),
    example=EXAMPLE,
    rules=(
        *authentication_rules(_BOOK, AWS_TYPES),
        *address_rules(_BOOK),
        *tls_rules(_BOOK),
        *tunnel_rules(_BOOK),
        *_OWN_RULES,
        *sync_rules(_BOOK),
        *nullable_rules(_BOOK),
        *engine_rules(_BOOK, "table_mappings", replicates=_REPLICATES),
        *target_rules(_BOOK, "table_mappings", _TABLE),
        *order_rules(_BOOK, "table_mappings", beside={"settings.replication_mode": "snapshot"}),
        *partition_rules(_BOOK, "table_mappings"),
        *identity_rules(_BOOK, "table_mappings"),
        private_address_rule(_BOOK, "host", of_server, private="10.0.0.7"),
        reserved_roles_rule(_BOOK),
    ),
    update_rules=(
        *new_credentials_rules(_UPDATE_BOOK),
        *new_address_rules(_UPDATE_BOOK, "host", "port", "database"),
        *address_rules(_UPDATE_BOOK),
        *tls_rules(_UPDATE_BOOK),
        *sync_rules(_UPDATE_BOOK),
        *delta_rules(_UPDATE_BOOK, _TABLE),
        *engine_rules(_UPDATE_BOOK, "table_mappings_to_add"),
        *target_rules(_UPDATE_BOOK, "table_mappings_to_add", _TABLE),
        *order_rules(_UPDATE_BOOK, "table_mappings_to_add"),
        *partition_rules(_UPDATE_BOOK, "table_mappings_to_add"),
        private_address_rule(_UPDATE_BOOK, "host", of_server, private="10.0.0.7"),
        _dotless(_UPDATE_BOOK, "table_mappings_to_add"),
    ),
    live_update_rules=_identity_of_added,
    read_back=SQL_READ_BACK
    | TUNNEL_READ_BACK
    | ReadBack(
        sometimes=("enable_failover_slots",),
        chosen=("publication_name",),
        single={"replication_slot_name": ""},
        own={"publication_name": "peerflow_pub_"},
        defaults={"type": ("postgres",)},
    ),
    addresses=of_server,
    reads=("database", "host"),
    beginnings=(ONLY_CHANGES,),
    charges=DATABASE_CHARGES,
    resyncable=True,
    settings_rules=NO_SETTINGS_RULES,
    immutable=fixed_at_creation(
        ("type", "authentication", "iam_role", PIPE_FIELD), PostgresSettings, SyncSettings
    ),
    losses=TLS_LOSSES | dict.fromkeys(("host", "port", "database"), Loss.PLACE),
)
