"""Connections to Postgres: poolers and providers in between, TLS, and how connections end."""

from functools import partial

from clickpipes_mcp.contract import Family
from clickpipes_mcp.diagnosis._facts import Facts
from clickpipes_mcp.diagnosis._links import docs, engine_source
from clickpipes_mcp.diagnosis._predicates import configured_like
from clickpipes_mcp.diagnosis._rule import Breadth, Confidence, Rule, Severity
from clickpipes_mcp.diagnosis._scope import POSTGRES
from clickpipes_mcp.diagnosis._spellings import sqlstate
from clickpipes_mcp.diagnosis._steps import (
    START,
    at_source,
    console,
    hosted,
    source_sql,
    tool,
    wait,
)
from clickpipes_mcp.diagnosis.providers import Provider

_CLASSIFIER = engine_source("flow/alerting/classifier.go")
_rule = partial(Rule, arms=POSTGRES, severity=Severity.CRITICAL, documentation=docs("postgres/faq"))

RULES: tuple[Rule, ...] = (
    _rule(
        id="postgres.pooler",
        title="The host is a connection pooler, through which replication does not pass",
        cause="PgBouncer, RDS Proxy or a provider's pooler hands each statement to another backend "
        "and knows no replication; or its clients are used up. A direct connection is needed.",
        fix=(
            tool(
                "update_clickpipe",
                "Use the direct connection instead of the pooler: its host and port, with the "
                "credentials.",
                changes=("host",),
            ),
            hosted(
                at_source(
                    "Supabase: the direct host; its IPv4 add-on.", "db.<project>.supabase.co"
                ),
                Provider.SUPABASE,
            ),
            hosted(at_source("Neon: the host without -pooler."), Provider.NEON),
            hosted(
                at_source("RDS, Aurora: the writer endpoint, not the proxy's."),
                Provider.RDS,
                Provider.AURORA,
            ),
            hosted(at_source("PlanetScale: port 5432, not 6432."), Provider.PLANETSCALE),
        ),
        documentation=docs("postgres"),
        suspicion=Confidence.HIGH,
        patterns=(
            r"pgbouncer(?!\.get_auth)",
            r"supavisor",
            r"unsupported startup parameter",
            r"prepared statement \"[^\"]{0,100}\" (does not exist|already exists)",
            r"(syntax error|at or near).{0,20}\"?(IDENTIFY_SYSTEM|(START|CREATE)_REPLICATION)",
            r"\((ECHECKOUT\w+|EMAXCONN\w+|EDBHANDLEREXITED|ECIRCUITBREAKER)\)",
            r"max clients reached",
            r"no more connections allowed \(max_client_conn\)",
            r"server login has been failing",
            r"(query_wait|client_login|server_login)_(timeout|retry)",
            r"(cannot|unable to) check ?out connection from the pool",
            r"replication .{0,40}not supported .{0,40}(proxy|pooler)",
        ),
        predicate=configured_like("source.host", r"pooler\.|pgbouncer|\.proxy-\w+\.[\w-]+\.rds\."),
        examples=(
            "unsupported startup parameter: replication",
            'ERROR: syntax error at or near "IDENTIFY_SYSTEM" (SQLSTATE 42601)',
            "FATAL: (EMAXCONNSESSION) max clients reached in session mode",
            Facts(
                family=Family.DATABASE,
                arm="postgres",
                source={"host": "aws-0-eu-west-1.pooler.supabase.com"},
            ),
        ),
    ),
    _rule(
        id="postgres.pooler-tenant",
        title="The provider's pooler does not know this project or user",
        cause="The project is paused or deleted, or the user name lacks the project's reference "
        "(tenant). A direct connection needs neither.",
        fix=(
            tool(
                "update_clickpipe",
                "Use the direct connection: host, port and user name.",
                changes=("host",),
            ),
            console("See in the provider's console whether the project is paused."),
        ),
        documentation=docs("postgres/source/supabase"),
        patterns=(
            r"tenant or user not found",
            r"no tenant identifier provided",
            r"\(ENOTFOUND\) tenant/user",
            r"\{:error, :nxdomain\}",
        ),
        examples=("FATAL: Tenant or user not found",),
    ),
    _rule(
        id="postgres.host-name-needed",
        title="The provider routes by host name (SNI) and does not recognise this one",
        cause="The host is an IP address, an alias or another name, so the endpoint id is missing "
        "in the TLS handshake.",
        fix=(
            tool(
                "update_clickpipe",
                "Use the host name the provider shows, with credentials.",
                changes=("host",),
            ),
            tool(
                "update_clickpipe",
                "Behind a private endpoint: give that name as tls_host.",
                changes=("tls_host",),
            ),
        ),
        documentation=docs("postgres/source/neon-postgres"),
        patterns=(
            r"Endpoint ID is not specified",
            r"requires connecting via",
            r"Inconsistent project name inferred",
            r"could not parse .{0,20}endpoint",
        ),
        examples=("ERROR: Endpoint ID is not specified. Either please upgrade libpq",),
    ),
    _rule(
        id="postgres.quota",
        title="The provider's plan or quota is exhausted",
        cause="Compute time, data transfer, disk or another limit of the provider's plan is used "
        "up, so the database refuses to work.",
        fix=(
            at_source("Raise the plan or the quota at the provider, or wait for the period."),
            START,
        ),
        documentation=docs("postgres/source/neon-postgres"),
        patterns=(
            r"exceeded the (compute time|data transfer|storage|active time|written data|\w+) quota",
            r"Disk quota exceeded",
            r"has exceeded the quota",
            r"planLimitReached|unpaidPlanInvoice|account has restrictions",
        ),
        examples=(
            "Your account or project has exceeded the compute time quota. Upgrade your plan",
        ),
    ),
    _rule(
        id="postgres.provider-paused",
        title="The provider has paused, suspended or restricted this database",
        cause="An idle or archived project, branch or endpoint does not accept connections until "
        "somebody resumes it.",
        fix=(console("Resume the project, branch or endpoint in the provider's console."), START),
        documentation=docs("postgres/source/supabase"),
        patterns=(
            r"is not currently accepting connections",
            r"connection not allowed for branch",
            r"endpoint (is|has been) (disabled|suspended)",
            r"project .{0,40}\b(is )?(paused|suspended|inactive)",
            r"(requested|compute) endpoint .{0,60}(could not|not) .{0,20}found",
            r"couldn't connect to compute node",
        ),
        examples=('FATAL: database "app" is not currently accepting connections',),
    ),
    _rule(
        id="postgres.storage-read-only",
        title="The provider made the database read-only since its storage is full",
        cause="A limit of storage or plan is reached; writes, and what needs them, are refused.",
        fix=(at_source("Free or add storage, or raise the plan; then lift the read-only mode."),),
        documentation=docs("postgres/source/planetscale"),
        patterns=(r"cluster is read-only", r"pg_readonly", r"database is in read-only mode"),
        examples=("pg_readonly: invalid statement because cluster is read-only",),
    ),
    _rule(
        id="postgres.tls-unavailable",
        title="The Postgres server has TLS (SSL) switched off",
        cause="The pipe asks for an encrypted connection, which this server does not offer.",
        fix=(
            source_sql("Switch it on.", "ALTER SYSTEM SET ssl = on; SELECT pg_reload_conf()"),
            tool(
                "update_clickpipe",
                "Otherwise, turn TLS off in the pipe, unencrypted.",
                source={"disable_tls": True},
            ),
        ),
        documentation=docs("postgres/source/generic"),
        patterns=(
            r"server does not support (SSL|TLS)",
            r"SSL is not enabled on the server",
            r"server refused TLS connection",
            r"SSL was required",
        ),
        examples=(
            "server does not support SSL, but SSL was required",
            "server refused TLS connection",
        ),
    ),
    _rule(
        id="postgres.tls-required",
        title="The Postgres server accepts encrypted (TLS) connections only",
        cause="The pipe connects without TLS, or without the client certificate that is wanted.",
        fix=(tool("update_clickpipe", "Turn TLS on.", source={"disable_tls": False}),),
        documentation=docs("postgres/source/generic"),
        patterns=(
            r"SSL/TLS (connection )?(is )?required",
            r"connection is insecure",
            r"SSL connection is required",
            r"requires a valid client certificate",
        ),
        examples=("FATAL: SSL/TLS connection required. Connect with sslmode=require or higher.",),
    ),
    _rule(
        id="postgres.not-postgres",
        title="What listens on this port is not a Postgres server",
        cause="The answer is not Postgres' protocol: the wrong port or host, a web or proxy "
        "endpoint, or a proxy before a stopped database.",
        fix=(
            tool(
                "update_clickpipe",
                "Correct host and port, with the credentials.",
                changes=("host",),
            ),
        ),
        documentation=docs("postgres"),
        patterns=(
            r"invalid response to SSL negotiation",
            r"no application protocol",
            r"expected authentication request from server",
            r"protocol error.{0,40}unexpected message type",
        ),
        examples=("received invalid response to SSL negotiation: H",),
    ),
    _rule(
        id="postgres.starting",
        title="Postgres is starting, stopping or recovering",
        cause="It is not accepting connections for the moment: a restart, a failover or crash "
        "recovery. The pipe retries.",
        fix=(wait("Let it retry."), at_source("If it lasts, read the server's log.")),
        documentation=_CLASSIFIER,
        severity=Severity.WARNING,
        patterns=(
            r"database system is (starting up|shutting down|in recovery mode|not yet accepting)",
            r"database system (was|is) (interrupted|not accepting)",
            sqlstate("57P03"),
            r"CannotConnectNow",
        ),
        breadth=Breadth.BROAD,
        examples=("FATAL: the database system is starting up (SQLSTATE 57P03)",),
    ),
    _rule(
        id="postgres.hot-standby-off",
        title="The replica does not accept connections: hot_standby is off",
        cause="A standby that is not hot answers nobody while it replays the primary's WAL.",
        fix=(
            source_sql("On the standby, then restart.", "ALTER SYSTEM SET hot_standby = on"),
            tool(
                "update_clickpipe",
                "Otherwise, use the primary's host, with the credentials.",
                changes=("host",),
            ),
        ),
        patterns=(r"hot standby mode is disabled",),
        examples=(
            "FATAL: the database system is not accepting connections Hot standby mode is disabled",
        ),
    ),
    _rule(
        id="postgres.terminated",
        title="An administrator or a restart ended the pipe's connection",
        cause="Somebody terminated the backend, or the server restarted; the pipe reconnects.",
        fix=(
            wait("Let it reconnect."),
            at_source("Leave the pipe's role out of jobs that kill sessions."),
        ),
        documentation=_CLASSIFIER,
        severity=Severity.WARNING,
        patterns=(
            r"terminating connection due to (administrator command|unexpected postmaster exit)",
            r"because of crash of another server process",
            sqlstate("57P01", "57P02"),
            r"AdminShutdown",
            r"NOTIFY_TERMINATE",
        ),
        examples=("FATAL: terminating connection due to administrator command (SQLSTATE 57P01)",),
    ),
    _rule(
        id="postgres.session-timeout",
        title="A session timeout of the server ends the pipe's connection",
        cause="idle_in_transaction_session_timeout or idle_session_timeout ends the session that "
        "holds the snapshot.",
        fix=(
            source_sql(
                "Switch it off for the pipe's role.",
                "ALTER ROLE <user> SET idle_in_transaction_session_timeout = 0; ALTER ROLE <user> "
                "SET idle_session_timeout = 0",
            ),
            tool("resync_clickpipe", "Resync if the initial load was cut."),
        ),
        patterns=(
            r"due to idle[- ](in[- ]transaction|session) timeout",
            r"due to transaction timeout",
            r"IdleIn(Transaction)?SessionTimeout",
            sqlstate("25P03", "25P04", "57P05"),
        ),
        examples=("FATAL: terminating connection due to idle-in-transaction timeout",),
    ),
    _rule(
        id="postgres.failover",
        title="The database is failing over",
        cause="For a moment the connection points at a read-only node.",
        fix=(
            wait("The pipe reconnects by itself."),
            tool(
                "update_clickpipe",
                "Use the cluster's writer endpoint if it does not.",
                changes=("host",),
            ),
        ),
        documentation=_CLASSIFIER,
        severity=Severity.WARNING,
        patterns=(r"cannot be used on RO \(Read Only\) node", r"NOTIFY_AURORA_FAILOVER"),
        examples=("replication slots cannot be used on RO (Read Only) node",),
    ),
    _rule(
        id="postgres.connection-lost",
        title="The connection to Postgres was lost or closed",
        cause="The server, a tunnel, a firewall or a pooler in between closed the connection. The "
        "pipe reconnects by itself.",
        fix=(
            wait("Let it reconnect."),
            at_source("If it repeats: look for restarts, idle timeouts, TLS and allow-lists."),
        ),
        documentation=_CLASSIFIER,
        severity=Severity.WARNING,
        breadth=Breadth.BROAD,
        patterns=(
            r"(server|backend) closed the connection",
            r"SSL connection has been closed",
            r"SSL SYSCALL error",
            r"could not (receive|send) data (from|to) (server|client)",
            r"connection (is|was|has been) (lost|closed|bad)",
            r"connection (terminated|ended) unexpectedly",
            r"\bconn closed\b",
            r"I/O error occurred while sending to the backend",
            sqlstate("08000", "08001", "08003", "08004", "08006", "08P01"),
            r"connection not open",
            r"unexpected EOF on",
        ),
        examples=("server closed the connection unexpectedly",),
    ),
)
