"""Logging in to MySQL and MariaDB, and what the user may do there."""

from functools import partial

from clickpipes_mcp.diagnosis._links import docs, engine_source
from clickpipes_mcp.diagnosis._rule import Breadth, Rule, Severity
from clickpipes_mcp.diagnosis._scope import MYSQL
from clickpipes_mcp.diagnosis._spellings import mysql_error
from clickpipes_mcp.diagnosis._steps import (
    LOGIN,
    TABLES,
    allow_list,
    at_source,
    hosted,
    source_sql,
    tool,
)
from clickpipes_mcp.diagnosis.providers import Provider

_GENERIC = docs("mysql/source/generic")
_CLASSIFIER = engine_source("flow/alerting/classifier.go")
_rule = partial(Rule, arms=MYSQL, severity=Severity.CRITICAL, documentation=_GENERIC)

RULES: tuple[Rule, ...] = (
    _rule(
        id="mysql.access-denied",
        title="MySQL refuses the user name or password",
        cause="The credentials in the pipe are wrong, or there is no such user for the address "
        "the pipe comes from ('user'@'%').",
        fix=(
            tool("update_clickpipe", "Give the right user name and password.", changes=LOGIN),
            source_sql(
                "See which hosts the user may come from.", "SELECT user, host FROM mysql.user"
            ),
            source_sql(
                "Make it for every host.",
                "CREATE USER '<user>'@'%' IDENTIFIED BY '…'; GRANT REPLICATION CLIENT, REPLICATION "
                "SLAVE ON *.* TO '<user>'@'%'",
            ),
            hosted(
                source_sql(
                    "RDS, Aurora with IAM.",
                    "ALTER USER '<user>'@'%' IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS'",
                ),
                Provider.RDS,
                Provider.AURORA,
            ),
        ),
        breadth=Breadth.BROAD,
        patterns=(
            mysql_error(1045),
            r"access denied for user",
            r"access denied\. Please check your user name",
            r"ER_ACCESS_DENIED_ERROR",
        ),
        examples=("ERROR 1045 (28000): Access denied for user 'clickpipes_user'@'18.195.233.217'",),
    ),
    _rule(
        id="mysql.not-granted",
        title="The MySQL user lacks a privilege",
        cause="It may log in, but SELECT on the database or REPLICATION SLAVE and REPLICATION "
        "CLIENT are not granted.",
        fix=(
            source_sql("See what it has.", "SHOW GRANTS FOR '<user>'@'%'"),
            source_sql(
                "Grant what a pipe needs.",
                "GRANT SELECT ON <database>.* TO '<user>'@'%'; GRANT REPLICATION CLIENT, "
                "REPLICATION SLAVE ON *.* TO '<user>'@'%'",
            ),
            hosted(
                source_sql(
                    "MariaDB 10.5 and later also.", "GRANT BINLOG MONITOR ON *.* TO '<user>'@'%'"
                ),
                Provider.OWN,
                Provider.RDS,
            ),
        ),
        patterns=(
            r"access denied for user .{1,120} to database",
            r"command denied to user",
            r"access denied; you need",
            mysql_error(1044, 1142, 1143, 1227, 1370, 1410),
            r"ER_(DBACCESS|TABLEACCESS|COLUMNACCESS|SPECIFIC_ACCESS)_DENIED",
        ),
        examples=(
            "Error 1044 (42000): Access denied for user 'etl'@'%' to database 'shop'",
            "Access denied; you need (at least one of) the REPLICATION SLAVE privilege(s)",
        ),
    ),
    _rule(
        id="mysql.host-not-allowed",
        title="MySQL does not allow connections from this address",
        cause="There is no user for the host the pipe comes from, so the server refuses before it "
        "asks for a password.",
        fix=(
            source_sql(
                "Make the user for every host.", "RENAME USER '<user>'@'<host>' TO '<user>'@'%'"
            ),
            allow_list("Allow the ClickPipes addresses in the allow-list of the source too."),
        ),
        patterns=(
            mysql_error(1130),
            r"is not allowed to connect to this",
            r"ER_HOST_NOT_PRIVILEGED",
        ),
        examples=(
            "ERROR 1130 (HY000): Host '18.195.233.217' is not allowed to connect to this MySQL",
        ),
    ),
    _rule(
        id="mysql.authentication-plugin",
        title="The user's authentication plugin is one that the client does not speak",
        cause="ed25519, caching_sha2_password without TLS, sha256_password, PAM or GSSAPI: the "
        "login plugin and the connection do not fit.",
        fix=(
            tool(
                "update_clickpipe",
                "Turn TLS on: caching_sha2_password needs it.",
                changes=("disable_tls",),
            ),
            source_sql(
                "Otherwise, give the user a plugin that works.",
                "ALTER USER '<user>'@'%' IDENTIFIED WITH mysql_native_password BY '…'",
            ),
            source_sql("See what it has.", "SELECT user, host, plugin FROM mysql.user"),
        ),
        patterns=(
            r"(authentication|auth) plugin",
            r"Public Key Retrieval",
            r"does not support authentication protocol",
            r"ER_NOT_SUPPORTED_AUTH_MODE",
            r"(ed25519|sha256_password|mysql_old_password|auth_gssapi)\b.{0,60}(not|unknown|fail|un)",
            r"requested authentication method",
            r"Authentication requires secure connection",
            mysql_error(1251, 1524, 2059, 2061),
        ),
        examples=(
            "unknown authentication plugin: client_ed25519",
            "Authentication plugin 'caching_sha2_password' cannot be loaded",
        ),
    ),
    _rule(
        id="mysql.account-locked",
        title="The MySQL account is locked or its password has expired",
        cause="The server lets nobody in with it until it is unlocked or has a new password.",
        fix=(
            source_sql(
                "Unlock it.",
                "ALTER USER '<user>'@'%' ACCOUNT UNLOCK PASSWORD EXPIRE NEVER",
            ),
            tool("update_clickpipe", "Give the new password.", changes=LOGIN),
        ),
        patterns=(
            r"account is (locked|blocked)",
            r"password (has )?expired",
            r"must reset your password",
            mysql_error(1820, 1862, 3118, 3955, 4151),
        ),
        examples=("ERROR 3118 (HY000): Access denied for user 'etl'. Account is locked.",),
    ),
    _rule(
        id="mysql.database-missing",
        title="The source database does not exist on this MySQL server",
        cause="The unknown database is misspelt in the pipe, or was dropped or renamed.",
        fix=(
            source_sql("See what there is.", "SHOW DATABASES"),
            tool(
                "update_clickpipe",
                "Remove its mappings, or map the right database.",
                changes=TABLES,
            ),
        ),
        documentation=_CLASSIFIER,
        patterns=(mysql_error(1049), r"Unknown database '", r"ER_BAD_DB_ERROR"),
        examples=("ERROR 1049 (42000): Unknown database 'shop_old'",),
    ),
    _rule(
        id="mysql.user-limit",
        title="The MySQL user has used up a resource limit of its own",
        cause="max_connections_per_hour, max_queries_per_hour or max_user_connections is set for "
        "the user.",
        fix=(
            source_sql(
                "Lift the limit.",
                "ALTER USER '<user>'@'%' WITH MAX_CONNECTIONS_PER_HOUR 0 MAX_QUERIES_PER_HOUR 0 "
                "MAX_USER_CONNECTIONS 0",
            ),
        ),
        documentation=_CLASSIFIER,
        patterns=(
            mysql_error(1226, 1203),
            r"has exceeded the '\w+' resource",
            r"max_user_connections",
        ),
        examples=("Error 1226: User 'etl' has exceeded the 'max_connections_per_hour' resource",),
    ),
    _rule(
        id="mysql.tenant-prefix",
        title="The cloud's proxy does not recognise the user or its cluster",
        cause="Serverless clusters route by a prefix of the user name or by the host name in TLS.",
        fix=(
            at_source("Take host and user name as the provider shows them, with the prefix."),
            tool("update_clickpipe", "Correct both, with the password.", changes=LOGIN),
        ),
        patterns=(r"Missing user name prefix", r"(server|SNI) name .{0,40}(not|un)recogni"),
        examples=("Error 1105 (HY000): Missing user name prefix",),
    ),
)
