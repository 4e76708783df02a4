"""MySQL and MariaDB, copied once or replicated through the binary log.

Source: OpenAPI contract, ClickPipeMutateMySQLSource and ClickPipePatchMySQLSource; the type
cloudsqlmysql and partition_by_expr are newer and known from the official command-line client,
planetscalevitess from the Terraform provider.
"""

from collections.abc import Mapping
from typing import Annotated, Literal, get_args

from pydantic import Field

from clickpipes_mcp.contract import Family, SourceSpec
from clickpipes_mcp.field_types import Flag
from clickpipes_mcp.rule_words import RuleBook, avoids, equal, reject, satisfies, unlike
from clickpipes_mcp.source_facts import Loss, ReadBack, Traces
from clickpipes_mcp.sources._address_rules import private_address_rule
from clickpipes_mcp.sources._addresses import of_server
from clickpipes_mcp.sources._database import (
    ONLY_CHANGES,
    SQL_READ_BACK,
    TLS_LOSSES,
    Host,
    Port,
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
    order_rules,
    partition_rules,
    target_rules,
)
from clickpipes_mcp.sources._destination_rules import reserved_roles_rule
from clickpipes_mcp.sources._pipe import DOCS, DatabaseCreate
from clickpipes_mcp.sources._settings import NO_SETTINGS_RULES
from clickpipes_mcp.sources._tunnel import TUNNEL_READ_BACK, SshKeyId, tunnel_rules
from clickpipes_mcp.ssh_keys import PIPE_FIELD

MysqlType = Literal[
    "mysql",
    "rdsmysql",
    "auroramysql",
    "cloudsqlmysql",
    "mariadb",
    "rdsmariadb",
    "planetscalevitess",
]
MARIADB_TYPES = ("mariadb", "rdsmariadb")
AWS_TYPES = ("rdsmysql", "auroramysql", "rdsmariadb")
"""Source: clickhousectl, create mysql --iam-role: RDS and Aurora sources only."""

DOCUMENTATION = f"{DOCS}/mysql"
AZURE_HOST = r"(?i)\.mysql\.database\.azure\.com$"
_TABLE = ("source_schema_name", "source_table")

ServerId = Annotated[
    int, Field(ge=1, le=4_294_967_295, description="Unique among replicas; assigned by default.")
]


class MysqlServer(SqlServer):
    authentication: SqlAuthentication | None = Field(
        default=None, description="basic by default; IAM_ROLE is for RDS and Aurora."
    )
    iam_role: RoleArn | None = None
    server_id: ServerId | None = None


class MysqlSyncSettings(SyncSettings):
    use_compression: Flag | None = Field(default=None, description="Compress the connection.")


class MysqlSettings(SqlReplicationSettings, MysqlSyncSettings):
    replication_mechanism: Literal["GTID", "FILE_POS"] | None = Field(
        default=None,
        description="GTID by default. FILE_POS is enabled by support, and never for MariaDB.",
    )


class MysqlSource(Tls, MysqlServer):
    host: Host
    port: Port
    type: MysqlType | None = Field(default=None, description="mysql by default.")
    settings: MysqlSettings = Field(description="How to replicate.")
    table_mappings: list[SqlTableMapping] = Field(min_length=1, description="Tables to copy.")
    ssh_key_resource_id: SshKeyId = None


class MysqlCreate(DatabaseCreate):
    source: MysqlSource = Field(description="The server and its tables.")


class MysqlUpdate(Tls, MysqlServer, SqlMappingChanges):
    settings: MysqlSyncSettings | None = Field(
        default=None, description="Settings that can change."
    )
    table_mappings_to_remove: list[SqlTableToRemove] | None = Field(
        default=None, description="Tables to stop replicating."
    )


_CREDENTIALS = {"username": "clickpipes", "password": "${env:CLICKPIPES_SECRET_MYSQL}"}
_ORDERS = {
    "source_schema_name": "shop",
    "source_table": "orders",
    "target_table": "shop_orders",
    "table_engine": "ReplacingMergeTree",
}
EXAMPLE: Mapping[str, object] = {
    "name": "Orders from MySQL",
    "source": {
        "host": "mysql.example.com",
        "port": 3306,
        "credentials": _CREDENTIALS,
        "settings": {"replication_mode": "cdc"},
        "table_mappings": [_ORDERS],
    },
    "destination": {"database": "default"},
}
UPDATE_EXAMPLE: Mapping[str, object] = {
    "host": "mysql.example.com",
    "port": 3306,
    "credentials": _CREDENTIALS,
    "settings": {"sync_interval_seconds": 60},
    "table_mappings_to_add": [_ORDERS],
    "table_mappings_to_remove": [
        {"source_schema_name": "shop", "source_table": "carts", "target_table": "shop_carts"}
    ],
}

_BOOK = RuleBook("mysql.", EXAMPLE, DOCUMENTATION, at="source.")
_UPDATE_BOOK = RuleBook("mysql.", UPDATE_EXAMPLE, DOCUMENTATION)
_MECHANISM = "source.settings.replication_mechanism"

_OWN_RULES = (
    _BOOK.rule(
        "mariadb-needs-gtid",
        "MariaDB is replicated by GTID only.",
        satisfies(
            _MECHANISM,
            lambda value: value == "GTID",
            when=equal("source.type", *MARIADB_TYPES),
            message="MariaDB is replicated by GTID only.",
            allowed=("GTID",),
            fix="Set replication_mechanism to GTID, or leave it out.",
        ),
        broken={"type": "mariadb", "settings.replication_mechanism": "FILE_POS"},
        kept={"type": "mariadb", "settings.replication_mechanism": "GTID"},
    ),
    _BOOK.rule(
        "file-position-needs-support",
        "Replication by file position is switched on by ClickHouse support.",
        satisfies(
            _MECHANISM,
            lambda value: value != "FILE_POS",
            when=unlike("source.type", *MARIADB_TYPES),
            message="FILE_POS works only where ClickHouse support enabled it for the organization.",
            fix="Use GTID, or ask support first.",
        ),
        broken={"settings.replication_mechanism": "FILE_POS"},
        kept={"settings.replication_mechanism": "GTID"},
        effect="warn",
    ),
    _BOOK.rule(
        "azure-copies-once",
        "Azure's flexible servers cannot log what replicating changes needs.",
        avoids(
            "source.host",
            AZURE_HOST,
            when=unlike("source.settings.replication_mode", "snapshot"),
            message="Changes cannot be replicated from Azure Database for MySQL.",
            fix="Set replication_mode to snapshot.",
        ),
        broken={"host": "shop.mysql.database.azure.com"},
        kept={"host": "shop.mysql.database.azure.com", "settings.replication_mode": "snapshot"},
        documentation=f"{DOCUMENTATION}/source/azure-flexible-server-mysql",
        effect="warn",
    ),
    _BOOK.rule(
        "no-vitess",
        "PlanetScale for MySQL, Vitess and TiDB are not supported.",
        reject(
            equal("source.type", "planetscalevitess"),
            "source.type",
            "Documentation says that PlanetScale for MySQL, Vitess and TiDB are not supported.",
            fix="Ask ClickHouse support before relying on it.",
        ),
        broken={"type": "planetscalevitess"},
        documentation=f"{DOCUMENTATION}/faq",
        effect="warn",
    ),
)

SPEC = SourceSpec(
    key="mysql",
    arm="mysql",
    types=get_args(MysqlType),
    title="MySQL and MariaDB",
    also_called={
        "aurora mysql": "auroramysql",
        "rds mysql": "rdsmysql",
        "cloud sql mysql": "cloudsqlmysql",
    },
    family=Family.DATABASE,
    traces=Traces(change_log="its binary log"),
    create=MysqlCreate,
    update=MysqlUpdate,
    documentation=DOCUMENTATION,
    description=(
        "Copy tables of a MySQL or MariaDB database into ClickHouse and keep them in step (CDC). "
        "It needs row-based binary logs that are kept for days."
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
        *engine_rules(
            _BOOK,
            "table_mappings",
            replicates=unlike("source.settings.replication_mode", "snapshot"),
        ),
        *target_rules(_BOOK, "table_mappings", _TABLE),
        *order_rules(_BOOK, "table_mappings"),
        *partition_rules(_BOOK, "table_mappings"),
        private_address_rule(_BOOK, "host", of_server, private="localhost"),
        reserved_roles_rule(_BOOK),
    ),
    update_rules=(
        *new_credentials_rules(_UPDATE_BOOK),
        *new_address_rules(_UPDATE_BOOK, "host", "port"),
        *address_rules(_UPDATE_BOOK),
        *tls_rules(_UPDATE_BOOK),
        *sync_rules(_UPDATE_BOOK),
        *delta_rules(_UPDATE_BOOK, _TABLE),
        *engine_rules(_UPDATE_BOOK, "table_mappings_to_add"),
        *target_rules(_UPDATE_BOOK, "table_mappings_to_add", _TABLE),
        *order_rules(_UPDATE_BOOK, "table_mappings_to_add"),
        *partition_rules(_UPDATE_BOOK, "table_mappings_to_add"),
        private_address_rule(_UPDATE_BOOK, "host", of_server, private="localhost"),
    ),
    read_back=SQL_READ_BACK
    | TUNNEL_READ_BACK
    | ReadBack(
        chosen=("server_id",),
        single={"server_id": ""},
        defaults={"replication_mechanism": ("GTID",), "type": ("mysql",)},
    ),
    addresses=of_server,
    reads=("host",),
    beginnings=(ONLY_CHANGES,),
    charges=None,
    resyncable=True,
    settings_rules=NO_SETTINGS_RULES,
    immutable=fixed_at_creation(("type", PIPE_FIELD), MysqlSettings, MysqlSyncSettings),
    losses=TLS_LOSSES | dict.fromkeys(("host", "port"), Loss.PLACE),
)
