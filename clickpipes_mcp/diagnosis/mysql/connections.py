"""Connections to MySQL and MariaDB, and a server at its limits."""

from functools import partial

from clickpipes_mcp.diagnosis._links import docs, engine_source
from clickpipes_mcp.diagnosis._rule import Breadth, Rule, Severity
from clickpipes_mcp.diagnosis._scope import MYSQL
from clickpipes_mcp.diagnosis._spellings import mysql_error
from clickpipes_mcp.diagnosis._steps import at_source, hosted, source_sql, tool, wait
from clickpipes_mcp.diagnosis.providers import Provider

_FAQ = docs("mysql/faq")
_CLASSIFIER = engine_source("flow/alerting/classifier.go")
_rule = partial(Rule, arms=MYSQL, severity=Severity.CRITICAL, documentation=_CLASSIFIER)

RULES: tuple[Rule, ...] = (
    _rule(
        id="mysql.connections-exhausted",
        title="MySQL has no free connection: max_connections is reached",
        cause="Too many connections are open, of the pipe or of others.",
        fix=(
            source_sql("See who holds them.", "SHOW FULL PROCESSLIST"),
            hosted(source_sql("Allow more.", "SET PERSIST max_connections = 500"), Provider.OWN),
            hosted(
                at_source("RDS, Aurora: parameter group.", "max_connections"),
                Provider.RDS,
                Provider.AURORA,
            ),
            tool("create_mysql_clickpipe", "Otherwise, load with fewer initial_load_parallelism."),
        ),
        patterns=(mysql_error(1040), r"too many connections", r"ER_CON_COUNT_ERROR"),
        examples=("ERROR 1040 (HY000): Too many connections",),
    ),
    _rule(
        id="mysql.tls-mismatch",
        title="MySQL and the pipe do not agree on TLS (SSL)",
        cause="The server or a proxy speaks no TLS on this port, or another version of it.",
        fix=(
            tool(
                "update_clickpipe", "Turn TLS off if the server has none.", changes=("disable_tls",)
            ),
            source_sql("See what the server offers.", "SHOW VARIABLES LIKE '%tls%'"),
            tool(
                "update_clickpipe",
                "Give ca_certificate if its authority is private.",
                changes=("ca_certificate",),
            ),
        ),
        documentation=_FAQ,
        severity=Severity.CRITICAL,
        breadth=Breadth.BROAD,
        patterns=(
            mysql_error(2026),
            r"SSL connection error",
            r"WRONG_VERSION_NUMBER|wrong version number",
            r"TLS requested but server does not support",
            r"server does not support (SSL|TLS|secure)",
            r"first record does not look like a TLS",
        ),
        examples=("ERROR 2026 (HY000): SSL connection error: unsupported protocol",),
    ),
    _rule(
        id="mysql.connection-lost",
        title="The connection to MySQL was lost or closed",
        cause="A timeout (net_write_timeout; wait_timeout when idle), a restart or the network "
        "ended it "
        "while a query or the log was read. The pipe reconnects.",
        fix=(
            wait("Let it reconnect."),
            source_sql(
                "If it repeats, allow more time.",
                "SET GLOBAL net_write_timeout = 600; SET GLOBAL net_read_timeout = 600; SET GLOBAL "
                "wait_timeout = 28800",
            ),
            at_source("Look for restarts, proxies and firewalls with idle limits too."),
        ),
        severity=Severity.WARNING,
        breadth=Breadth.BROAD,
        patterns=(
            mysql_error(2006, 2013, 2055, 1152, 1158, 1159, 1160, 1161, 1184, 1927),
            r"disconnected by the server because of inactivity",
            r"ER_CLIENT_INTERACTION_TIMEOUT",
            r"gone away",
            r"Lost connection to",
            r"PROTOCOL_CONNECTION_LOST",
            r"Aborted connection",
            r"Communications link failure",
            r"(invalid|bad|busy) (connection|buffer)",
            r"malformed packet",
            r"writing communication packets",
            r"(packets|connection) out of (order|sync)|commands out of sync",
            r"server closed the connection|connection was killed",
            r"\bsync was closed|connection (was )?(closed|bad)",
        ),
        examples=("ERROR 2013 (HY000): Lost connection to MySQL server during query",),
    ),
    _rule(
        id="mysql.maintenance",
        title="MySQL was patched, restarted or is shutting down",
        cause="Maintenance or a failover of the provider ended the session; the pipe retries by "
        "itself.",
        fix=(wait("Nothing, unless it lasts."), at_source("Look at the provider's events.")),
        severity=Severity.WARNING,
        patterns=(
            r"Zero Downtime (Patch|Restart)",
            r"aborted due to .{0,60}Please retry",
            r"server shutdown in progress",
            mysql_error(1053, 1077, 3169),
            r"ER_SERVER_SHUTDOWN",
        ),
        examples=("The last transaction was aborted due to Zero Downtime Patch. Please retry.",),
    ),
    _rule(
        id="mysql.read-only",
        title="The MySQL server is read-only: a replica, or set so",
        cause="A statement was refused since read_only or super_read_only is on: the host is a "
        "replica, or a failover is under way.",
        fix=(
            tool(
                "update_clickpipe",
                "Use the primary's (writer) host, with the credentials.",
                changes=("host",),
            ),
            source_sql(
                "Check which server answers.", "SELECT @@hostname, @@read_only, @@super_read_only"
            ),
        ),
        patterns=(r"--(super-)?read-only", mysql_error(1290, 1836, 1792), r"in read[- ]only mode"),
        examples=("ERROR 1290 (HY000): The MySQL server is running with the --read-only option",),
    ),
    _rule(
        id="mysql.query-time",
        title="MySQL ends a query of the pipe: its execution time limit is reached",
        cause="max_execution_time (MySQL) or max_statement_time (MariaDB) is too short for the "
        "initial load.",
        fix=(
            source_sql("Lift it.", "SET GLOBAL max_execution_time = 0"),
            source_sql("On MariaDB, lift the limit.", "SET GLOBAL max_statement_time = 0"),
            tool("create_mysql_clickpipe", "Otherwise, load faster: a partition_key on an index."),
        ),
        documentation=_FAQ,
        patterns=(
            mysql_error(3024, 1969),
            r"maximum statement execution time",
            r"max_(execution|statement)_time",
        ),
        examples=(
            "(3024, 'Query execution was interrupted, maximum statement execution time exceeded')",
        ),
    ),
    _rule(
        id="mysql.interrupted",
        title="Somebody or something interrupted a query of the pipe",
        cause="KILL by a person, a job or the server; the pipe retries.",
        fix=(wait("Let it retry."), at_source("Leave the pipe's user out of kill jobs.")),
        severity=Severity.WARNING,
        breadth=Breadth.BROAD,
        patterns=(mysql_error(1317), r"Query execution was interrupted", r"ER_QUERY_INTERRUPTED"),
        examples=("Error 1317 (70100): Query execution was interrupted",),
    ),
    _rule(
        id="mysql.locked",
        title="A query of the pipe waits for a lock at the source",
        cause="Another transaction or a schema change holds the lock, or there is a deadlock; the "
        "pipe retries.",
        fix=(
            wait("Let it retry."),
            source_sql("Find who holds it.", "SELECT * FROM sys.innodb_lock_waits"),
        ),
        severity=Severity.WARNING,
        patterns=(
            mysql_error(1205, 1213, 3572),
            r"lock wait timeout",
            r"deadlock found",
            r"waiting for .{0,20}metadata lock",
        ),
        examples=("ERROR 1205 (HY000): Lock wait timeout exceeded; try restarting transaction",),
    ),
    _rule(
        id="mysql.out-of-memory",
        title="The MySQL server ran out of memory",
        cause="Memory for sorting, connections or the engine is used up.",
        fix=(
            at_source("Give the instance more memory or close other connections."),
            source_sql("For sorting.", "SET PERSIST sort_buffer_size = 4194304"),
        ),
        patterns=(mysql_error(1037, 1038, 1041, 3015, 1135), r"out of (sort )?memory"),
        examples=(
            "(1041, 'Out of memory; check if mysqld or some other process uses all memory')",
        ),
    ),
    _rule(
        id="mysql.disk-full",
        title="The disk of the MySQL server is full",
        cause="No space is left for data, temporary files or the binary log.",
        fix=(
            at_source("Add storage or free disk space."),
            source_sql("See how large the binary log is.", "SHOW BINARY LOGS"),
        ),
        patterns=(
            mysql_error(1021, 1114),
            r"no space left on device",
            r"(errno|errcode):? 28\b",
            r"disk (is )?full",
        ),
        examples=("ERROR 1021 (HY000): Disk full (/tmp); waiting for someone to free some space",),
    ),
)
