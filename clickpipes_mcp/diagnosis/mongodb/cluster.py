"""What a MongoDB or DocumentDB cluster must be, and what becomes of it while a pipe rests."""

from clickpipes_mcp.contract import Family
from clickpipes_mcp.diagnosis._facts import Facts
from clickpipes_mcp.diagnosis._links import docs, engine_source
from clickpipes_mcp.diagnosis._predicates import (
    DAY_S,
    both,
    configured_like,
    in_state_for,
)
from clickpipes_mcp.diagnosis._rule import Advice, Rule, Severity
from clickpipes_mcp.diagnosis._scope import MONGODB
from clickpipes_mcp.diagnosis._steps import (
    RESYNC,
    START,
    TABLES,
    at_source,
    source_sql,
    tool,
)
from clickpipes_mcp.diagnosis.mongodb.change_streams import KEEP_OPLOG

_FAQ = docs("mongodb/faq")
_GENERIC = docs("mongodb/source/generic")
_VALIDATION = engine_source("flow/pkg/mongo/validation.go")
_CLASSIFIER = engine_source("flow/alerting/classifier.go")

RULES: tuple[Rule, ...] = (
    Rule(
        id="mongodb.retention-short",
        title="The oplog is kept for less than a day",
        cause="At least 24 hours are needed, 72 are recommended.",
        fix=(
            *KEEP_OPLOG,
            source_sql(
                "Check how far the oplog reaches back.",
                "db.adminCommand({serverStatus: 1}).oplogTruncation.oplogMinRetentionHours",
            ),
        ),
        documentation=_GENERIC,
        arms=MONGODB,
        severity=Severity.CRITICAL,
        patterns=(r"oplog retention must be set",),
        examples=("oplog retention must be set to >= 24 hours, but got 0.000000",),
    ),
    Rule(
        id="mongodb.standalone",
        title="The server is not a replica set",
        cause="A standalone server has no change streams.",
        fix=(
            source_sql(
                "Make it a replica set of one (after restart with --replSet).", "rs.initiate()"
            ),
        ),
        documentation=_GENERIC,
        arms=MONGODB,
        severity=Severity.CRITICAL,
        patterns=(
            r"topology type must be",
            r"\$changeStream stage is only supported on replica sets",
            r"only supported on replica sets",
            r"\b40573\b",
        ),
        examples=("topology type must be ReplicaSet or ShardedCluster",),
    ),
    Rule(
        id="mongodb.version",
        title="The MongoDB version is too old, or it uses another storage engine",
        cause="The documentation asks for 5.1 or later, and the engine has to be wiredTiger.",
        fix=(at_source("Upgrade the server, or move it to wiredTiger."),),
        documentation=docs("mongodb"),
        arms=MONGODB,
        severity=Severity.CRITICAL,
        patterns=(
            r"require minimum mongo version",
            r"storage engine \S+ is not supported",
            r"wire version",
            r"(server|mongodb) (version )?.{0,40}(too old|not supported by this driver)",
        ),
        examples=(
            "require minimum mongo version 4.4.0",
            "storage engine inMemory is not supported",
        ),
    ),
    Rule(
        id="mongodb.credentials-in-uri",
        title="The connection string contains the login",
        cause="User and password belong into credentials, not into the uri.",
        fix=(tool("create_mongodb_clickpipe", "Move the login from uri to credentials."),),
        documentation=engine_source("flow/pkg/mongo/client_options.go"),
        arms=MONGODB,
        severity=Severity.CRITICAL,
        patterns=(r"connection string should not contain username",),
        examples=("connection string should not contain username and password",),
    ),
    Rule(
        id="mongodb.bad-id",
        title="A document has an _id that cannot be sorted by",
        cause="The value of _id is of an unusual kind.",
        fix=(at_source("Correct or remove the document, then start the pipe."), START),
        documentation=_CLASSIFIER,
        arms=MONGODB,
        severity=Severity.CRITICAL,
        patterns=(r"INVALID_SORT_KEY",),
        examples=("INVALID_SORT_KEY: orders",),
    ),
    Rule(
        id="mongodb.collection-missing",
        title="A mapped collection does not exist",
        cause="Database or collection is misspelt, or was dropped before the pipe was created.",
        fix=(
            source_sql("See what there is.", "db.getCollectionNames()"),
            tool("update_clickpipe", "Remove the mapping, or map the right name.", changes=TABLES),
        ),
        documentation=_VALIDATION,
        arms=MONGODB,
        severity=Severity.CRITICAL,
        patterns=(
            r"collection \S{1,200} does not exist",
            r"NamespaceNotFound|ns (not found|does not exist)",
        ),
        examples=("collection shop.orders does not exist",),
    ),
    Rule(
        id="mongodb.documentdb-retention",
        title="DocumentDB keeps changes for three hours unless told otherwise",
        cause="A pause or load longer than that loses the stream.",
        fix=(
            at_source(
                "Raise it in the cluster's parameter group.",
                "change_stream_log_retention_duration = 259200",
            ),
            RESYNC,
        ),
        documentation=docs("mongodb/source/documentdb"),
        arms=MONGODB,
        severity=Severity.WARNING,
        predicate=both(
            configured_like("source.uri", r"docdb\.amazonaws\.com|docdb-elastic"),
            in_state_for(DAY_S / 12, "Paused", "Snapshot"),
        ),
        examples=(
            Facts(
                family=Family.DATABASE,
                arm="mongodb",
                state="Paused",
                state_age_s=DAY_S / 8,
                source={"uri": "mongodb://c.cluster-x.eu-west-1.docdb.amazonaws.com:27017"},
            ),
        ),
    ),
    Rule(
        id="mongodb.paused-long",
        title="The pipe has been paused for long; the oplog may have moved on",
        cause="The oplog is kept for its window only, whoever waits for it.",
        fix=(START, *KEEP_OPLOG),
        documentation=docs("mongodb/pause-and-resume"),
        arms=MONGODB,
        predicate=in_state_for(DAY_S, "Paused"),
        examples=(
            Facts(family=Family.DATABASE, arm="mongodb", state="Paused", state_age_s=3 * DAY_S),
        ),
    ),
)

ADVICE: tuple[Advice, ...] = (
    Advice(
        id="mongodb.collection-dropped",
        title="After a collection was dropped nothing more arrives, without an error",
        cause="That is by design; its table in ClickHouse stays.",
        fix=(
            tool(
                "update_clickpipe", "Remove the mapping while the pipe is paused.", changes=TABLES
            ),
        ),
        documentation=_FAQ,
        arms=MONGODB,
        keywords=("dropped collection", "no changes", "collection"),
    ),
)
