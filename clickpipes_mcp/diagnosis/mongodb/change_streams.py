"""Change streams of MongoDB and DocumentDB: whether there are any, and where they stand."""

from functools import partial

from clickpipes_mcp.diagnosis._links import docs, engine_source
from clickpipes_mcp.diagnosis._predicates import both, in_state
from clickpipes_mcp.diagnosis._rule import Rule, Severity
from clickpipes_mcp.diagnosis._scope import MONGODB
from clickpipes_mcp.diagnosis._steps import (
    RESYNC,
    TABLES,
    at_source,
    console,
    hosted,
    source_sql,
    tool,
)
from clickpipes_mcp.diagnosis._thresholds import lags_sync_interval
from clickpipes_mcp.diagnosis.providers import Provider

_FAQ = docs("mongodb/faq")
_DOCUMENTDB = docs("mongodb/source/documentdb")
_CLASSIFIER = engine_source("flow/alerting/classifier.go")
_rule = partial(Rule, arms=MONGODB, severity=Severity.CRITICAL, documentation=_FAQ)

KEEP_OPLOG = (
    hosted(
        source_sql(
            "Keep the oplog for 72 hours.",
            "db.adminCommand({replSetResizeOplog: 1, minRetentionHours: 72})",
        ),
        Provider.OWN,
    ),
    hosted(
        console("Atlas: Minimum Oplog Window in the cluster's settings, 72 hours."),
        Provider.ATLAS,
    ),
    hosted(
        at_source(
            "DocumentDB: the cluster's parameter group.",
            "change_stream_log_retention_duration = 259200",
        ),
        Provider.DOCUMENTDB,
    ),
)

RULES: tuple[Rule, ...] = (
    _rule(
        id="mongodb.oplog-rolled-over",
        title="The oplog no longer reaches back to where the pipe stood",
        cause="It rolled over while the pipe was paused, slow or loading, or the resume token is "
        "of another cluster: the history is lost.",
        fix=(*KEEP_OPLOG, RESYNC),
        patterns=(
            r"resume of change stream was not possible",
            r"resume point may no longer be in the oplog",
            r"ChangeStreamHistoryLost",
            r"CHANGE_STREAM_HISTORY_LOST",
            r"(invalid|bad) resume token",
            r"InvalidResumeToken",
            r"resume token (was )?not found",
            r"ChangeStreamFatalError",
            r"CappedPositionLost",
            r"\b(code|error):? ?\(?(286|280|260|136|40576|40615)\b",
            r"oplog .{0,40}(rolled over|no longer|truncated)",
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
    _rule(
        id="mongodb.no-change-streams",
        title="This MongoDB server has no change streams: too old a version, or another product",
        cause="Change streams need MongoDB 5.1 or later as a replica set; shared, free and "
        "serverless tiers and look-alikes may lack them.",
        fix=(
            source_sql("See what it is.", "db.version()"),
            at_source("Upgrade the server, or move to a dedicated tier."),
        ),
        documentation=docs("mongodb"),
        patterns=(
            r"unrecognized pipeline stage name:? ?'?\$changeStream",
            r"\$changeStream is not (allowed|supported)",
            r"\$changeStream.{0,60}(not supported|unsupported|unrecognized)",
            r"change stream.{0,60}invalid (input )?namespace",
        ),
        examples=("Unrecognized pipeline stage name: '$changeStream'",),
    ),
    _rule(
        id="mongodb.change-streams-disabled",
        title="Change streams are not enabled for the collection (DocumentDB)",
        cause="DocumentDB keeps changes only of what they were switched on for.",
        fix=(
            source_sql(
                "Enable them for everything.",
                'db.adminCommand({modifyChangeStreams: 1, database: "", collection: "", '
                "enable: true})",
            ),
            RESYNC,
        ),
        documentation=_DOCUMENTDB,
        patterns=(
            r"modifyChangeStreams",
            r"change streams? (is|are) not enabled",
            r"ChangeStreamNotEnabled",
        ),
        examples=("MongoError: Change stream is not enabled for this collection",),
    ),
    _rule(
        id="mongodb.event-too-large",
        title="A change is larger than the 16 MB a MongoDB document may have",
        cause="An update with the document before and after it does not fit into one event.",
        fix=(
            source_sql(
                "Find large documents.",
                "db.<collection>.aggregate([{$project: {size: "
                "{$bsonSize: '$$ROOT'}}}, {$sort: {size: -1}}, {$limit: 5}])",
            ),
            at_source("Keep such documents smaller, or switch pre-images off."),
            RESYNC,
        ),
        patterns=(r"BSONObj size", r"BSONObj(ect)?TooLarge", r"\bcode:? ?\(?10334\b"),
        examples=("BSONObj size: 16838493 is invalid. Size must be between 0 and 16793600(16MB)",),
    ),
    _rule(
        id="mongodb.stream-invalidated",
        title="The change stream ended since a collection or database was dropped or renamed",
        cause="MongoDB closes (invalidates) the stream of what no longer exists under its name.",
        fix=(
            tool(
                "update_clickpipe", "Remove the mapping while the pipe is paused.", changes=TABLES
            ),
            RESYNC,
        ),
        documentation=_CLASSIFIER,
        patterns=(
            r"ChangeStreamInvalidated|StartAfterInvalidate",
            r"invalidate event|stream .{0,40}invalidated",
        ),
        examples=("(ChangeStreamInvalidated) change stream was invalidated",),
    ),
    _rule(
        id="mongodb.keys-missing",
        title="The cluster lacks a key to verify its cluster time (HMAC)",
        cause="After a restore or change of members the key of the cursor's time is gone "
        "(KeyNotFound).",
        fix=(
            at_source("Restart the members one by one, or ask the provider."),
            RESYNC,
        ),
        documentation=_CLASSIFIER,
        patterns=(r"keys found for HMAC", r"KeyNotFound", r"CannotVerifyAndSignLogicalTime"),
        examples=("Cache Reader No keys found for HMAC that is valid for time",),
    ),
)
