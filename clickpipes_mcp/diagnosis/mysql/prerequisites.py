"""What a MySQL or MariaDB source must be and allow."""

from clickpipes_mcp.diagnosis._links import docs, engine_source
from clickpipes_mcp.diagnosis._rule import Advice, Rule, Severity
from clickpipes_mcp.diagnosis._scope import MYSQL
from clickpipes_mcp.diagnosis._spellings import mysql_error
from clickpipes_mcp.diagnosis._steps import (
    RESYNC,
    at_source,
    hosted,
    source_sql,
    tool,
    wait,
)
from clickpipes_mcp.diagnosis.providers import Provider

_FAQ = docs("mysql/faq")
_GENERIC = docs("mysql/source/generic")
_VALIDATION = engine_source("flow/pkg/mysql/validation.go")
_CLASSIFIER = engine_source("flow/alerting/classifier.go")

RULES: tuple[Rule, ...] = (
    Rule(
        id="mysql.binlog-format",
        title="The binary log does not hold whole rows: binlog_format is not ROW and FULL",
        cause="Changes are read from it row by row (row-based), with all columns and their names. "
        "Running sessions keep the old format until they reconnect.",
        fix=(
            hosted(
                source_sql(
                    "Set all three; MariaDB: in its configuration.",
                    "SET PERSIST binlog_format = 'ROW'; SET PERSIST binlog_row_image = 'FULL'; "
                    "SET PERSIST binlog_row_metadata = 'FULL'",
                ),
                Provider.OWN,
            ),
            hosted(
                at_source(
                    "RDS, Aurora: parameter group, then reboot.",
                    "binlog_format = ROW, binlog_row_image = FULL, binlog_row_metadata = FULL",
                ),
                Provider.RDS,
                Provider.AURORA,
            ),
            hosted(
                at_source("Cloud SQL: set the flags.", "binlog_row_image, binlog_row_metadata"),
                Provider.CLOUD_SQL,
            ),
            RESYNC,
        ),
        documentation=_GENERIC,
        arms=MYSQL,
        severity=Severity.CRITICAL,
        patterns=(
            r"binlog_format must be set",
            r"binlog_row_image must be set",
            r"binlog_row_metadata must be set",
            r"NOTIFY_BINLOG_ROW_METADATA_INVALID",
            r"(ROW|FULL) binlog_(format|row_image|row_metadata)",
            r"statement or mixed based replication",
            r"Received DML '",
            r"binlog[_-]format.{0,60}(STATEMENT|MIXED|not ROW|ROW is required)",
        ),
        examples=(
            "binlog_format must be set to 'ROW', currently MIXED",
            "binlog_row_image must be set to 'FULL', currently MINIMAL",
            "binlog_row_metadata must be set to 'FULL', currently MINIMAL",
        ),
    ),
    Rule(
        id="mysql.binlog-off",
        title="The binary log is off: log_bin is not on",
        cause="Without a binary log there are no changes to follow.",
        fix=(
            hosted(at_source("Set it and restart.", "log_bin = ON, server_id = 1"), Provider.OWN),
            hosted(at_source("RDS: switch automated backups on."), Provider.RDS),
            hosted(
                at_source("Aurora: cluster parameter group, then reboot.", "binlog_format = ROW"),
                Provider.AURORA,
            ),
            hosted(at_source("Cloud SQL: switch point-in-time recovery on."), Provider.CLOUD_SQL),
        ),
        documentation=_GENERIC,
        arms=MYSQL,
        severity=Severity.CRITICAL,
        patterns=(
            mysql_error(1381),
            r"not using binary logging",
            r"binary log(ging)? (is )?(not open|disabled|not enabled|off)",
            r"log_bin.{0,30}(OFF|must be|disabled|not enabled|is required)",
        ),
        examples=("ERROR 1381 (HY000): You are not using binary logging",),
    ),
    Rule(
        id="mysql.gtid-off",
        title="GTIDs are off at the source: gtid_mode is not ON",
        cause="The pipe follows the source by GTID, which the server does not write, or not "
        "consistently.",
        fix=(
            hosted(
                source_sql(
                    "Go there step by step (OFF_PERMISSIVE, ON_PERMISSIVE, ON).",
                    "SET PERSIST enforce_gtid_consistency = ON; SET PERSIST gtid_mode = ON",
                ),
                Provider.OWN,
            ),
            hosted(
                at_source(
                    "RDS, Aurora: parameter group, then reboot.",
                    "gtid-mode = ON, enforce_gtid_consistency = ON",
                ),
                Provider.RDS,
                Provider.AURORA,
            ),
            tool(
                "create_mysql_clickpipe", "Otherwise, recreate with replication_mechanism FILE_POS."
            ),
        ),
        documentation=_GENERIC,
        arms=MYSQL,
        severity=Severity.CRITICAL,
        patterns=(
            r"GTID_MODE ?= ?(OFF|ON_PERMISSIVE)",
            r"gtid_mode.{0,30}(must be|is OFF|disabled|not enabled|not ON)",
            r"enforce_gtid_consistency",
            r"GTIDs? (is|are|mode).{0,20}(not enabled|disabled|off)",
            r"anonymous transaction",
        ),
        examples=("gtid_mode must be ON to use GTID replication",),
    ),
    Rule(
        id="mysql.variable-unknown",
        title="The server does not know a setting: it is too old a version, or MariaDB",
        cause="The pipe reads a variable that this version or flavour does not have: "
        "binlog_expire_logs_seconds exists from MySQL 8.0 and MariaDB 10.6.1 on.",
        fix=(
            source_sql("See what it is.", "SELECT @@version, @@version_comment"),
            at_source("Upgrade it to a supported version."),
            tool("create_mysql_clickpipe", "Otherwise, recreate with the type of the real server."),
        ),
        documentation=_GENERIC,
        arms=MYSQL,
        severity=Severity.CRITICAL,
        patterns=(mysql_error(1193), r"Unknown system variable"),
        examples=("ERROR 1193 (HY000): Unknown system variable 'binlog_row_metadata'",),
    ),
    Rule(
        id="mysql.vitess",
        title="PlanetScale, Vitess and TiDB cannot be read: unsupported",
        cause="They do not offer a binary log a pipe can follow; their gateway answers instead of "
        "a MySQL server.",
        fix=(at_source("Export to object storage, and read it with an object-storage pipe."),),
        documentation=_FAQ,
        arms=MYSQL,
        severity=Severity.CRITICAL,
        patterns=(
            r"vitess",
            r"\btidb\b",
            r"vttablet|vtgate",
            r"planetscale",
            r"command handling not implemented",
            r"COM_BINLOG_DUMP\w{0,10} (is )?not (supported|implemented)",
        ),
        examples=(
            "vitess is currently not supported for MySQL mirrors in CDC",
            "Failed to read packet: command handling not implemented yet: 30",
        ),
    ),
    Rule(
        id="mysql.server-id-used",
        title="The pipe's server id belongs to another replica",
        cause="Two readers have the same server_id or server_uuid, so the source throws one out. "
        "Each replica needs its own.",
        fix=(
            source_sql("See which ids are taken.", "SHOW REPLICAS"),
            tool("update_clickpipe", "Choose another server_id, or none.", changes=("server_id",)),
            at_source("Otherwise, stop the other reader."),
        ),
        documentation=_FAQ,
        arms=MYSQL,
        severity=Severity.CRITICAL,
        patterns=(
            r"server[_ -]?id.{0,80}(already )?in use",
            r"same server_uuid/server_id",
            r"same server[_ -]?(id|uuid)",
            r"server[_-]?id.{0,40}(not set|must be|is 0|misconfigured)",
        ),
        examples=("server_id 7 is already in use by a registered replica",),
    ),
    Rule(
        id="mysql.retention-short",
        title="The binary log is kept for less than a day",
        cause="It must outlast pauses and the whole initial load; 72 hours are recommended.",
        fix=(
            hosted(
                source_sql("Keep it longer.", "SET PERSIST binlog_expire_logs_seconds = 259200"),
                Provider.OWN,
            ),
            hosted(
                source_sql(
                    "RDS and Aurora; automated backups must be on.",
                    "CALL mysql.rds_set_configuration('binlog retention hours', 72)",
                ),
                Provider.RDS,
                Provider.AURORA,
            ),
        ),
        documentation=_GENERIC,
        arms=MYSQL,
        severity=Severity.CRITICAL,
        patterns=(
            r"binlog_expire_logs_seconds must be set",
            r"'binlog retention hours' should be",
        ),
        examples=(
            "binlog_expire_logs_seconds must be set to at least 86400 (24 hours), currently 3600",
            "RDS/Aurora setting 'binlog retention hours' should be at least 24, currently unset",
        ),
    ),
    Rule(
        id="mysql.tls-required",
        title="The server accepts encrypted connections only",
        cause="The pipe has TLS off while require_secure_transport is on, the default of Aurora "
        "MySQL 8.4.",
        fix=(
            tool(
                "update_clickpipe",
                "Turn TLS on; give ca_certificate if the authority is private.",
                source={"disable_tls": False},
            ),
        ),
        documentation=_FAQ,
        arms=MYSQL,
        severity=Severity.CRITICAL,
        patterns=(r"require_secure_transport", mysql_error(3159), r"SECURE_TRANSPORT_REQUIRED"),
        examples=(
            (
                "ERROR 3159 (HY000): Connections using insecure transport are prohibited while "
                "--require_secure_transport=ON."
            ),
            "NOTIFY_MYSQL_SECURE_TRANSPORT_REQUIRED",
        ),
    ),
    Rule(
        id="mysql.host-blocked",
        title="MySQL blocks the address after too many failed connections",
        cause="Health checks of a load balancer count as failed connections.",
        fix=(
            source_sql(
                "Unblock (old servers and MariaDB: FLUSH HOSTS), and allow more.",
                "TRUNCATE TABLE performance_schema.host_cache; SET PERSIST max_connect_errors = "
                "1000000",
            ),
            at_source("Behind a network load balancer.", "skip_name_resolve = 1"),
        ),
        documentation=_CLASSIFIER,
        arms=MYSQL,
        severity=Severity.CRITICAL,
        patterns=(mysql_error(1129), r"is blocked because of many connection errors"),
        examples=(
            "ERROR 1129 (HY000): Host '10.0.0.4' is blocked because of many connection errors",
        ),
    ),
    Rule(
        id="mysql.wrong-flavour",
        title="The source is MariaDB where MySQL was chosen, or the other way round",
        cause="The two write their logs differently; the type never changes.",
        fix=(tool("create_mysql_clickpipe", "Recreate with the type of the real server."),),
        documentation=_VALIDATION,
        arms=MYSQL,
        severity=Severity.CRITICAL,
        patterns=(r"appears to be (MariaDB|MySQL) but",),
        examples=(
            "server appears to be MariaDB but MySQL source has been selected",
            "server appears to be MySQL but MariaDB source has been selected",
        ),
    ),
    Rule(
        id="mysql.replica-without-log",
        title="The source is a replica that does not log what it receives",
        cause="A replica writes its own binary log only when told to.",
        fix=(
            at_source(
                "Set it and restart; its old name is log_slave_updates.", "log_replica_updates = ON"
            ),
        ),
        documentation=_VALIDATION,
        arms=MYSQL,
        severity=Severity.CRITICAL,
        patterns=(r"log_(replica|slave)_updates",),
        examples=("log_replica_updates must be enabled on a replica",),
    ),
    Rule(
        id="mysql.exclusion-unsupported",
        title="This server is too old to leave columns out",
        cause="MySQL 5.7 and MariaDB up to 10.4 do not log column names.",
        fix=(
            tool("create_mysql_clickpipe", "Leave excluded_columns out."),
            at_source("Otherwise, upgrade the server."),
        ),
        documentation=docs("mysql/source/generic-maria"),
        arms=MYSQL,
        patterns=(r"too old for column exclusion", r"binlog_row_metadata needed"),
        examples=("MariaDB version too old for column exclusion support",),
    ),
    Rule(
        id="mysql.azure-snapshot-only",
        title="Azure Flexible Server can only be loaded once",
        cause="It cannot log full metadata, which capturing changes needs.",
        fix=(tool("create_mysql_clickpipe", "Use replication_mode snapshot."),),
        documentation=docs("mysql/source/azure-flexible-server-mysql"),
        arms=MYSQL,
        severity=Severity.CRITICAL,
        patterns=(r"binlog_row_metadata.{0,80}(azure|read[- ]?only)", r"azure.{0,80}binlog"),
        examples=("Azure Flexible Server: binlog_row_metadata is read-only",),
    ),
    Rule(
        id="mysql.stale-connection",
        title="Nothing has come through the connection for minutes",
        cause="Network equipment dropped it silently; the pipe reconnects after 180 seconds.",
        fix=(wait("Nothing, unless it repeats: then look at NAT and firewall timeouts."),),
        documentation=_CLASSIFIER,
        arms=MYSQL,
        severity=Severity.WARNING,
        patterns=(
            r"CONNECTION_STALE",
            r"no (binlog )?heartbeat",
            r"heartbeat.{0,30}(lost|missed|timeout)",
        ),
        examples=("CONNECTION_STALE: no binlog heartbeat for 180s",),
    ),
)

ADVICE: tuple[Advice, ...] = (
    Advice(
        id="mysql.cascades-missing",
        title="Rows deleted by a cascade stay in ClickHouse",
        cause="ON DELETE CASCADE does not reach the binary log.",
        fix=(
            source_sql(
                "Delete children in a trigger instead.",
                "CREATE TRIGGER <name> BEFORE DELETE ON <parent> FOR EACH ROW DELETE FROM <child> "
                "WHERE parent_id = OLD.id",
            ),
        ),
        documentation=_FAQ,
        arms=MYSQL,
        keywords=("cascade", "deleted rows", "foreign key"),
    ),
    Advice(
        id="mysql.idle-source",
        title="On a quiet database the position in the log grows old",
        cause="The recorded position moves only with changes to mapped tables, until its log file "
        "is purged.",
        fix=(
            source_sql(
                "Write to a mapped heartbeat table on a schedule.",
                "CREATE EVENT heartbeat ON SCHEDULE EVERY 1 HOUR DO REPLACE INTO heartbeat VALUES "
                "(1, NOW())",
            ),
        ),
        documentation=_FAQ,
        arms=MYSQL,
        keywords=("idle", "purged", "quiet", "heartbeat", "low traffic"),
    ),
)
