"""MongoDB and DocumentDB, copied once or replicated through change streams.

Source: OpenAPI contract, ClickPipeMutateMongoDBSource and ClickPipePatchMongoDBSource;
initial_load_parallelism and structured_ingestion are newer and known from clickhousectl.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Literal

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from clickpipes_mcp.contract import Family, Request, Rule, SourceSpec
from clickpipes_mcp.field_types import Flag, Text
from clickpipes_mcp.patterns import Pattern
from clickpipes_mcp.rule_words import (
    Condition,
    RuleBook,
    avoids,
    each,
    matches,
    needs,
    unlike,
    visit,
)
from clickpipes_mcp.source_facts import Address, Loss, ReadBack, Recipient, Traces
from clickpipes_mcp.sources._address_rules import private_address_rule
from clickpipes_mcp.sources._addresses import host_and_port
from clickpipes_mcp.sources._database import (
    ONLY_CHANGES,
    REPLICATION_READ_BACK,
    TLS_LOSSES,
    Credentials,
    ReplicationSettings,
    SyncSettings,
    TargetTable,
    Tls,
    fixed_at_creation,
    unadvertised,
)
from clickpipes_mcp.sources._database_rules import (
    new_credentials_rules,
    sync_rules,
    tls_rules,
)
from clickpipes_mcp.sources._database_table_rules import delta_rules, engine_rules, target_rules
from clickpipes_mcp.sources._destination_rules import reserved_roles_rule
from clickpipes_mcp.sources._pipe import DOCS, Column, DatabaseCreate
from clickpipes_mcp.sources._settings import NO_SETTINGS_RULES
from clickpipes_mcp.sources._tunnel import TUNNEL_READ_BACK, SshKeyId, tunnel_rules
from clickpipes_mcp.ssh_keys import PIPE_FIELD

ReadPreference = Literal[
    "primary", "primaryPreferred", "secondary", "secondaryPreferred", "nearest"
]

DEFAULT_PORT = 27017
SCHEME = r"^mongodb(\+srv)?://"
USER_IN_URI = r"^[^/?#]*//[^/?#]*@"
_USER_IN_URI = Pattern(USER_IN_URI)
_HOSTS_END = re.compile(r"[/?#]")

DOCUMENTATION = f"{DOCS}/mongodb"
_COLLECTION = ("source_database_name", "source_collection")


class MongoSettings(ReplicationSettings):
    use_json_native_format: Flag | None = Field(
        default=None, description="Store documents as JSON, not String."
    )


class StructuredIngestion(Request):
    """Typed columns instead of one column of documents; accepted, but too new to be published."""

    enabled: Flag = Field(description="Fill typed columns.")
    columns: SkipJsonSchema[list[Column] | None] = Field(
        default=None,  # unpublished: it would be a level deeper than clients take
        description="Fields and their types.",
    )
    excluded_columns: list[Text] | None = Field(default=None, description="Fields to leave out.")
    sorting_keys: list[Text] | None = Field(default=None, description="Columns to order by.")
    partition_by_expr: str | None = Field(default=None, description="PARTITION BY of the target.")
    drop_unexpected_values: Flag | None = Field(
        default=None, description="Drop values that do not fit."
    )


class Collection(TargetTable):
    source_database_name: Text = Field(description="Database name.")
    source_collection: Text = Field(description="Collection name.")


class CollectionMapping(Collection):
    model_config = unadvertised("structured_ingestion")

    structured_ingestion: StructuredIngestion | None = Field(
        default=None, description="Store typed columns instead of one document."
    )


class MongoServer(Tls):
    uri: Text | None = Field(
        default=None, description="Address as mongodb(+srv)://…, without user and password."
    )
    read_preference: ReadPreference | None = Field(
        default=None, description="Which members to read from."
    )
    credentials: Credentials | None = Field(
        default=None, description="Login, needed with every uri."
    )


class MongoSource(MongoServer):
    uri: Text = Field(description="Address as mongodb(+srv)://…, without user and password.")
    read_preference: ReadPreference = Field(description="Usually secondaryPreferred.")
    settings: MongoSettings = Field(description="How to replicate.")
    table_mappings: list[CollectionMapping] = Field(
        min_length=1, description="Collections to copy."
    )
    ssh_key_resource_id: SshKeyId = None


class MongoCreate(DatabaseCreate):
    source: MongoSource = Field(description="The server and its collections.")


class MongoUpdate(MongoServer):
    settings: SyncSettings | None = Field(default=None, description="Settings that can change.")
    table_mappings_to_add: list[CollectionMapping] | None = Field(
        default=None, description="Collections to start replicating."
    )
    table_mappings_to_remove: list[Collection] | None = Field(
        default=None, description="Collections to stop replicating."
    )


_CREDENTIALS = {"username": "clickpipes", "password": "${env:CLICKPIPES_SECRET_MONGO}"}
_ORDERS = {
    "source_database_name": "shop",
    "source_collection": "orders",
    "target_table": "shop_orders",
    "table_engine": "ReplacingMergeTree",
}
_URI = "mongodb+srv://cluster0.example.net/shop"
EXAMPLE: Mapping[str, object] = {
    "name": "Orders from MongoDB",
    "source": {
        "uri": _URI,
        "read_preference": "secondaryPreferred",
        "credentials": _CREDENTIALS,
        "settings": {"replication_mode": "cdc"},
        "table_mappings": [_ORDERS],
    },
    "destination": {"database": "default"},
}
UPDATE_EXAMPLE: Mapping[str, object] = {
    "uri": _URI,
    "credentials": _CREDENTIALS,
    "settings": {"sync_interval_seconds": 60},
    "table_mappings_to_add": [_ORDERS],
    "table_mappings_to_remove": [
        {
            "source_database_name": "shop",
            "source_collection": "carts",
            "target_table": "shop_carts",
        }
    ],
}

_BOOK = RuleBook("mongodb.", EXAMPLE, DOCUMENTATION, at="source.")
_UPDATE_BOOK = RuleBook("mongodb.", UPDATE_EXAMPLE, DOCUMENTATION)


def _uri_is_bare(at: str) -> Condition:
    """A uri is given that names no user, not even a redacted one."""
    return Condition(
        "uri names no user",
        lambda model: any(
            isinstance(uri, str) and not _USER_IN_URI.is_in(uri)
            for _, uri in visit(model, f"{at}uri")
        ),
    )


def _uri_rules(book: RuleBook) -> tuple[Rule[Request], ...]:
    return (
        book.rule(
            "uri-scheme",
            "The connection string begins with mongodb:// or mongodb+srv://.",
            matches(
                f"{book.at}uri",
                SCHEME,
                message="uri must begin with mongodb:// or mongodb+srv://.",
                fix="Write mongodb+srv://HOST/DATABASE, or mongodb://HOST:PORT,…/DATABASE.",
            ),
            broken={"uri": "cluster0.example.net/shop"},
            kept={"uri": "mongodb://db1.example.net:27017,db2.example.net:27017/?replicaSet=rs"},
        ),
        book.rule(
            "uri-without-user",
            "User and password stand in credentials, not in the connection string.",
            avoids(
                f"{book.at}uri",
                USER_IN_URI,
                message="The replication engine refuses a user or password inside uri, and uri is "
                "not kept secret.",
                fix="Split it: credentials takes username and password, each of them may be a "
                "reference; uri keeps the rest, mongodb+srv://HOST/DATABASE.",
            ),
            broken={"uri": "mongodb+srv://reader@cluster0.example.net/shop"},
        ),
    )


def of_connection_string(configuration: Mapping[str, object]) -> Iterator[Address]:
    """The members that `uri` names; what mongodb+srv names is no server, and has no port."""
    uri = configuration.get("uri")
    scheme, found, rest = uri.partition("://") if isinstance(uri, str) else ("", "", "")
    members = _HOSTS_END.split(rest, maxsplit=1)[0].rpartition("@")[2]
    for member in members.split(",") if found else ():
        address = host_and_port(member)
        is_server = scheme == "mongodb" and address.port is None
        yield replace(address, port=DEFAULT_PORT) if is_server else address


def of_members(configuration: Mapping[str, object]) -> Iterator[Recipient]:
    """Every member of the set learns the login."""
    for address in of_connection_string(configuration):
        yield Recipient(address.host, is_member=True)


SPEC = SourceSpec(
    key="mongodb",
    arm="mongodb",
    types=(),
    title="MongoDB",
    also_called={
        "mongo": "",
        "mongodb atlas": "",
        "documentdb": "",
        "amazon documentdb": "",
    },
    family=Family.DATABASE,
    traces=Traces(change_log="its oplog"),
    create=MongoCreate,
    update=MongoUpdate,
    documentation=DOCUMENTATION,
    description=(
        "Copy collections of MongoDB 5.1+ or DocumentDB into ClickHouse and keep them in step "
        "(CDC). It needs a replica set or sharded cluster, and an oplog of days."
    ),
    example=EXAMPLE,
    rules=(
        *_uri_rules(_BOOK),
        _BOOK.rule(
            "credentials-are-complete",
            "Credentials hold both user name and password.",
            each("source.credentials", needs("username", "password")),
            broken={"credentials": {"username": "clickpipes"}},
        ),
        _BOOK.rule(
            "credentials-expected",
            "A server without users is rare.",
            needs(
                "source.credentials",
                when=_uri_is_bare("source."),
                message="Without credentials the API connects without a user.",
                fix="Give credentials with username and password.",
            ),
            broken={"credentials": None},
            effect="warn",
        ),
        *tls_rules(_BOOK),
        *tunnel_rules(_BOOK),
        *sync_rules(_BOOK),
        *engine_rules(
            _BOOK,
            "table_mappings",
            replicates=unlike("source.settings.replication_mode", "snapshot"),
        ),
        *target_rules(_BOOK, "table_mappings", _COLLECTION),
        private_address_rule(
            _BOOK, "uri", of_connection_string, private="mongodb://host.docker.internal/shop"
        ),
        reserved_roles_rule(_BOOK),
    ),
    update_rules=(
        *_uri_rules(_UPDATE_BOOK),
        *new_credentials_rules(_UPDATE_BOOK),
        _UPDATE_BOOK.rule(
            "new-uri-needs-credentials",
            "A uri is sent together with credentials, even if neither changes.",
            needs(
                "credentials",
                when=_uri_is_bare(""),
                message="The API connects with what this update holds; without a user that fails.",
                fix="Give credentials too, or leave uri out if it stays as it is.",
            ),
            broken={"credentials": None},
            kept={"uri": None, "credentials": None},
        ),
        *tls_rules(_UPDATE_BOOK),
        *sync_rules(_UPDATE_BOOK),
        *delta_rules(_UPDATE_BOOK, _COLLECTION),
        *engine_rules(_UPDATE_BOOK, "table_mappings_to_add"),
        *target_rules(_UPDATE_BOOK, "table_mappings_to_add", _COLLECTION),
        private_address_rule(
            _UPDATE_BOOK, "uri", of_connection_string, private="mongodb://10.0.0.7:27017/shop"
        ),
    ),
    read_back=REPLICATION_READ_BACK
    | TUNNEL_READ_BACK
    | ReadBack(
        defaults={"use_json_native_format": (True,)},
        identifying=("source_database_name", "source_collection", "name"),
    ),
    addresses=of_connection_string,
    recipients=of_members,
    reads=("uri",),
    beginnings=(ONLY_CHANGES,),
    charges=None,
    resyncable=True,
    settings_rules=NO_SETTINGS_RULES,
    immutable=fixed_at_creation((PIPE_FIELD,), MongoSettings, SyncSettings),
    losses=TLS_LOSSES | {"uri": Loss.PLACE},
)
