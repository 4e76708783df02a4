"""Following the binary log of MySQL and MariaDB."""

from clickpipes_mcp.contract import Family
from clickpipes_mcp.diagnosis._facts import Facts
from clickpipes_mcp.diagnosis._links import docs, engine_source
from clickpipes_mcp.diagnosis._predicates import (
    DAY_S,
    both,
    configured,
    in_state,
    in_state_for,
    of_type,
)
from clickpipes_mcp.diagnosis._rule import Breadth, Confidence, Rule, Severity
from clickpipes_mcp.diagnosis._scope import MYSQL
from clickpipes_mcp.diagnosis._spellings import mysql_error
from clickpipes_mcp.diagnosis._steps import (
    RESYNC,
    START,
    TABLES,
    at_source,
    source_sql,
    tool,
)
from clickpipes_mcp.diagnosis._thresholds import lags_sync_interval

_FAQ = docs("mysql/faq")
_MARIADB = ("mariadb", "rdsmariadb")
_CLASSIFIER = engine_source("flow/alerting/classifier.go")
_KEEP_LONGER = source_sql(
    "Keep the log longer; on RDS: CALL mysql.rds_set_configuration('binlog retention hours', 72).",
    "SET PERSIST binlog_expire_logs_seconds = 259200",
)
_TABLE_RESYNC = tool(
    "update_clickpipe",
    "Resync the table: remove its mapping, drop or truncate its target, add it again.",
    changes=TABLES,
)

RULES: tuple[Rule, ...] = (
    Rule(
        id="mysql.binlog-purged",
        title="The part of the binary log the pipe needs is gone",
        cause="It was purged while the pipe was paused or busy loading, or a failover happened to "
        "a pipe that follows file positions.",
        fix=(
            _KEEP_LONGER,
            RESYNC,
            tool("create_mysql_clickpipe", "For failovers recreate with GTID."),
        ),
        documentation=_FAQ,
        arms=MYSQL,
        severity=Severity.CRITICAL,
        breadth=Breadth.BROAD,
        patterns=(
            mysql_error(1236, 1373),
            r"mysql-bin-changelog\S{0,40} not found",
            r"Could not find first log file name",
            r"purged (required )?binary logs?",
            r"purged.{0,60}(GTID|binlog)",
            r"no longer available on the server",
            r"(binlog|binary log).{0,60}(not found|no longer|missing|does not exist)",
            r"NOTIFY_BINLOG_INVALID",
        ),
        predicate=both(in_state("Failed"), lags_sync_interval),
        examples=(
            "ERROR 1236 (HY000): Could not find first log file name in binary log index file",
            "ERROR 1373 (HY000): Target log not found in binlog index",
            "File '/rdsdbdata/log/binlog/mysql-bin-changelog.000123' not found",
        ),
    ),
    Rule(
        id="mysql.packet-too-large",
        title="A change is larger than the server sends",
        cause="One row event is above max_allowed_packet.",
        fix=(
            source_sql("Raise it.", "SET PERSIST max_allowed_packet = 1073741824"),
            START,
            RESYNC,
        ),
        documentation=_FAQ,
        arms=MYSQL,
        severity=Severity.CRITICAL,
        patterns=(r"max_allowed_packet", r"packet for query is too large", mysql_error(1153)),
        examples=(
            (
                "ERROR 1236 (HY000): log event entry exceeded max_allowed_packet; Increase it on "
                "master"
            ),
        ),
    ),
    Rule(
        id="mysql.position-impossible",
        title="The pipe's position lies beyond the end of the source's binary log",
        cause="A crash, failover or restore cut or replaced the log, so the place to read on from "
        "is gone.",
        fix=(RESYNC, tool("create_mysql_clickpipe", "For failovers recreate with GTID.")),
        documentation=_FAQ,
        arms=MYSQL,
        severity=Severity.CRITICAL,
        patterns=(
            r"impossible position",
            r"position ?> ?file size",
            r"(slave|replica) has more GTIDs than",
            r"bogus data in log event|event read from .{0,80}position .{0,40}invalid",
        ),
        examples=("Client requested master to start replication from impossible position",),
    ),
    Rule(
        id="mysql.checksum",
        title="The reader and the source do not agree on binary log checksums",
        cause="binlog_checksum is CRC32 and the reader did not say that it understands checksums.",
        fix=(source_sql("Switch them off.", "SET PERSIST binlog_checksum = 'NONE'"), START),
        documentation=_CLASSIFIER,
        arms=MYSQL,
        severity=Severity.CRITICAL,
        patterns=(r"replication events with the checksum", r"binlog_checksum(?!_mismatch)"),
        examples=("Slave can not handle replication events with the checksum",),
    ),
    Rule(
        id="mysql.event-unreadable",
        title="An event of the binary log cannot be read",
        cause="The event is of a kind, compression or table definition the reader does not "
        "understand, or is damaged.",
        fix=(
            source_sql("Look at it.", "SHOW BINLOG EVENTS IN '<file>' FROM <position> LIMIT 5"),
            at_source(
                "Switch compression of transactions off.", "binlog_transaction_compression = OFF"
            ),
            RESYNC,
        ),
        documentation=_CLASSIFIER,
        arms=MYSQL,
        severity=Severity.CRITICAL,
        patterns=(
            r"Failed to deserialize data of EventHeader",
            r"(unknown|no corresponding|invalid) table (map|id)",
            r"error (parsing|decoding|reading) (binlog|row|rows) ?event",
            r"column count mismatch",
            r"binlog_transaction_compression",
            r"unsupported (binlog )?event",
        ),
        examples=("Failed to deserialize data of EventHeaderV4{eventType=EXT_WRITE_ROWS}",),
    ),
    Rule(
        id="mysql.partial-json",
        title="JSON changes are logged in part only",
        cause="binlog_row_value_options is PARTIAL_JSON; parts cannot be put together.",
        fix=(
            source_sql("Log whole values.", "SET PERSIST binlog_row_value_options = ''"),
            RESYNC,
        ),
        documentation=_FAQ,
        arms=MYSQL,
        severity=Severity.CRITICAL,
        patterns=(r"partial JSON", r"binlog_row_value_options"),
        examples=(
            "Received a partial JSON update event, binlog_row_value_options must be disabled",
        ),
    ),
    Rule(
        id="mariadb.row-fragments",
        title="MariaDB splits large row events",
        cause="From 12.3 on large rows are written in pieces that are not understood.",
        fix=(
            at_source(
                "Split later, but below max_allowed_packet.",
                "binlog_row_event_fragment_threshold = 512M",
            ),
            RESYNC,
        ),
        documentation=_FAQ,
        arms=MYSQL,
        severity=Severity.CRITICAL,
        patterns=(r"partial row event", r"binlog_row_event_fragment_threshold"),
        examples=("unsupported MariaDB partial row event",),
    ),
    Rule(
        id="mariadb.compressed-columns",
        title="A table has columns that MariaDB compresses",
        cause="Their logged values cannot be read.",
        fix=(
            source_sql(
                "Store the column uncompressed.", "ALTER TABLE <table> MODIFY <column> <type>"
            ),
            tool("update_clickpipe", "Otherwise, remove the table from the pipe.", changes=TABLES),
            RESYNC,
        ),
        documentation=_FAQ,
        arms=MYSQL,
        severity=Severity.CRITICAL,
        patterns=(r"COMPRESSED column",),
        examples=("table shop.orders has MariaDB COMPRESSED column(s) note",),
    ),
    Rule(
        id="mariadb.gtid-domain",
        title="Two sources of a MariaDB server share a GTID domain",
        cause="With several sources each needs a domain of its own.",
        fix=(source_sql("Give each source its own.", "SET GLOBAL gtid_domain_id = <number>"),),
        documentation=_CLASSIFIER,
        arms=MYSQL,
        severity=Severity.CRITICAL,
        patterns=(mysql_error(1943), r"duplicate GTID domain", r"BAD_MULTISOURCE_GTID_SETUP"),
        examples=("ERROR 1943 (HY000): Duplicate GTID domain 0",),
    ),
    Rule(
        id="mariadb.needs-gtid",
        title="MariaDB is followed by GTID only",
        cause="File positions are not supported for MariaDB.",
        fix=(tool("create_mysql_clickpipe", "Recreate with replication_mechanism GTID."),),
        documentation=docs("mysql/source/generic-maria"),
        arms=MYSQL,
        types=_MARIADB,
        predicate=both(
            of_type(*_MARIADB),
            configured("source.settings.replicationMechanism", "FILE_POS"),
        ),
        examples=(
            Facts(
                family=Family.DATABASE,
                arm="mysql",
                source_type="mariadb",
                source={"settings": {"replicationMechanism": "FILE_POS"}},
            ),
        ),
    ),
    Rule(
        id="mysql.load-outlasts-binlog",
        title="The initial load may outlast the binary log",
        cause="Changes are followed from where the log stood when the load began; if that part is "
        "purged before the load ends, the pipe fails at once.",
        fix=(
            _KEEP_LONGER,
            tool("create_mysql_clickpipe", "Load faster: a partition_key, more parallel tables."),
            RESYNC,
        ),
        documentation=_FAQ,
        arms=MYSQL,
        severity=Severity.WARNING,
        confidence=Confidence.MEDIUM,
        predicate=in_state_for(DAY_S, "Snapshot"),
        examples=(
            Facts(family=Family.DATABASE, arm="mysql", state="Snapshot", state_age_s=2 * DAY_S),
        ),
    ),
    Rule(
        id="mysql.paused-long",
        title="The pipe has been paused for long; the log it needs may be purged",
        cause="The source keeps its binary log only for its retention, whoever waits for it.",
        fix=(START, _KEEP_LONGER),
        documentation=docs("mysql/pause-and-resume"),
        arms=MYSQL,
        severity=Severity.ERROR,
        confidence=Confidence.MEDIUM,
        predicate=in_state_for(DAY_S, "Paused"),
        examples=(
            Facts(family=Family.DATABASE, arm="mysql", state="Paused", state_age_s=3 * DAY_S),
        ),
    ),
    Rule(
        id="mysql.binlog-damaged",
        title="The binary log is damaged or has a gap",
        cause="A checksum does not match, or the server logged an incident: changes are missing.",
        fix=(RESYNC,),
        documentation=_CLASSIFIER,
        arms=MYSQL,
        severity=Severity.CRITICAL,
        patterns=(r"CHECKSUM_MISMATCH", r"checksum mismatch", r"BINLOG_INCIDENT"),
        examples=("BINLOG_CHECKSUM_MISMATCH", "BINLOG_INCIDENT: LOST_EVENTS"),
    ),
    Rule(
        id="cdc.schema-change",
        title="A column changed its type in a way that cannot be followed",
        cause="New columns arrive by themselves; other types and other primary keys do not.",
        fix=(_TABLE_RESYNC,),
        documentation=docs("mysql/schema-changes"),
        families=(Family.DATABASE,),
        severity=Severity.CRITICAL,
        patterns=(
            r"UNSUPPORTED_SCHEMA_CHANGE",
            r"incompatible column type",
            r"unsupported schema change",
        ),
        examples=("NOTIFY_UNSUPPORTED_SCHEMA_CHANGE: incompatible column type for orders.total",),
    ),
)
