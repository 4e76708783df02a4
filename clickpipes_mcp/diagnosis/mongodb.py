"""Troubles of MongoDB and DocumentDB."""

from clickpipes_mcp.contract import Family
from clickpipes_mcp.diagnosis._facts import Facts
from clickpipes_mcp.diagnosis._links import docs, engine_source
from clickpipes_mcp.diagnosis._predicates import (
    DAY_S,
    both,
    configured_like,
    in_state,
    in_state_for,
)
from clickpipes_mcp.diagnosis._rule import Advice, Breadth, Rule, Severity
from clickpipes_mcp.diagnosis._scope import MONGODB
from clickpipes_mcp.diagnosis._steps import (
    EGRESS,
    RESYNC,
    START,
    at_source,
    source_sql,
    tool,
    wait,
)
from clickpipes_mcp.diagnosis._thresholds import lags_sync_interval

_FAQ = docs("mongodb/faq")
_GENERIC = docs("mongodb/source/generic")
_VALIDATION = engine_source("flow/pkg/mongo/validation.go")
_CLASSIFIER = engine_source("flow/alerting/classifier.go")
_KEEP_OPLOG = source_sql(
    "Keep the oplog for 72 hours; Atlas: Minimum Oplog Window in the cluster's settings.",
    "db.adminCommand({replSetResizeOplog: 1, minRetentionHours: 72})",
)

RULES: tuple[Rule, ...] = (
    Rule(
        id="mongodb.oplog-rolled-over",
        title="The oplog no longer reaches back to where the pipe stood",
        cause="It rolled over while the pipe was paused, slow or loading.",
        fix=(_KEEP_OPLOG, RESYNC),
        documentation=_FAQ,
        arms=MONGODB,
        severity=Severity.CRITICAL,
        patterns=(
            r"resume of change stream was not possible",
            r"resume point may no longer be in the oplog",
            r"ChangeStreamHistoryLost",
            r"CHANGE_STREAM_HISTORY_LOST",
            r"invalid resume token",
            r"CappedPositionLost",
            r"\bcode:? ?\(?286\b",
        ),
        predicate=both(in_state("Failed"), lags_sync_interval),
        examples=(
            (
                "(ChangeStreamHistoryLost) Resume of change stream was not possible, as the resume "
                "point may no longer be in the oplog."
            ),
            "invalid resume token",
        ),
    ),
    Rule(
        id="mongodb.retention-short",
        title="The oplog is kept for less than a day",
        cause="At least 24 hours are needed, 72 are recommended.",
        fix=(
            _KEEP_OPLOG,
            source_sql(
                "Check.",
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
        ),
        examples=("topology type must be ReplicaSet or ShardedCluster",),
    ),
    Rule(
        id="mongodb.version",
        title="The server is too old or uses another storage engine",
        cause="The documentation asks for 5.1 or later, and the engine has to be wiredTiger.",
        fix=(at_source("Upgrade the server, or move it to wiredTiger."),),
        documentation=docs("mongodb"),
        arms=MONGODB,
        severity=Severity.CRITICAL,
        patterns=(r"require minimum mongo version", r"storage engine \S+ is not supported"),
        examples=(
            "require minimum mongo version 4.4.0",
            "storage engine inMemory is not supported",
        ),
    ),
    Rule(
        id="mongodb.roles-missing",
        title="The user lacks a role",
        cause="Both readAnyDatabase and clusterMonitor are needed.",
        fix=(
            source_sql(
                "Grant both.",
                'db.getSiblingDB("admin").grantRolesToUser("clickpipes_user", ["readAnyDatabase", '
                '"clusterMonitor"])',
            ),
        ),
        documentation=_GENERIC,
        arms=MONGODB,
        severity=Severity.CRITICAL,
        patterns=(
            r"missing required role",
            r"\(Unauthorized\)",
            r"not authorized on \S+ to execute command",
        ),
        examples=(
            "missing required role: clusterMonitor",
            "(Unauthorized) not authorized on admin to execute command",
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
        id="mongodb.login-failed",
        title="MongoDB refuses the login",
        cause="Name or password is wrong, or the user lives in another database than the one the "
        "uri names.",
        fix=(
            tool("update_clickpipe", "Give the right credentials together with the uri."),
            tool(
                "update_clickpipe",
                "For users of the admin database end the uri in ?authSource=admin.",
            ),
        ),
        documentation=_CLASSIFIER,
        arms=MONGODB,
        severity=Severity.CRITICAL,
        breadth=Breadth.BROAD,
        patterns=(
            r"AuthenticationFailed",
            r"auth error",
            r"SCRAM.{0,40}(failed|error)",
        ),
        examples=(
            "(AuthenticationFailed) Authentication failed.",
            "auth error: sasl conversation error: unable to authenticate",
        ),
    ),
    Rule(
        id="mongodb.node-unreachable",
        title="Not every node of the cluster can be reached",
        cause="The driver talks to all members; one is not allowed through, or none fits the read "
        "preference.",
        fix=(
            EGRESS,
            tool(
                "update_clickpipe",
                "For a single node end the uri in /?directConnection=true, with credentials.",
            ),
            tool("update_clickpipe", "Or use read_preference secondaryPreferred."),
            tool("create_private_endpoint", "Privately: one endpoint for each node."),
        ),
        documentation=_FAQ,
        arms=MONGODB,
        severity=Severity.CRITICAL,
        patterns=(
            r"server selection (error|timeout)",
            r"SERVER_SELECTION_ERROR",
            r"FailedToSatisfyReadPreference",
            r"could not find host matching read preference",
        ),
        examples=(
            (
                "server selection error: context deadline exceeded, current topology: { Type: "
                "ReplicaSetNoPrimary }"
            ),
            "(FailedToSatisfyReadPreference) could not find host matching read preference",
        ),
    ),
    Rule(
        id="mongodb.maintenance",
        title="The cluster is in maintenance or elects a new primary",
        cause="Nodes restart one after the other; the pipe retries.",
        fix=(wait("Nothing."),),
        documentation=_CLASSIFIER,
        arms=MONGODB,
        severity=Severity.NOTE,
        patterns=(
            r"ShutdownInProgress",
            r"\bcode:? ?\(?1160[012]\b",
            r"InterruptedDueToReplStateChange",
            r"InterruptedAtShutdown",
            r"\(?(HostUnreachable|CursorNotFound)\b",
            r"connection pool for .{1,200} was cleared",
        ),
        examples=(
            "(ShutdownInProgress) The server is in quiesce mode and will shut down",
            "(InterruptedDueToReplStateChange) operation was interrupted",
        ),
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
            tool("update_clickpipe", "Remove the mapping, or map the right name."),
        ),
        documentation=_VALIDATION,
        arms=MONGODB,
        severity=Severity.CRITICAL,
        patterns=(r"collection \S{1,200} does not exist",),
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
        fix=(START, _KEEP_OPLOG),
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
        fix=(tool("update_clickpipe", "Remove the mapping while the pipe is paused."),),
        documentation=_FAQ,
        arms=MONGODB,
        keywords=("dropped collection", "no changes", "collection"),
    ),
)
