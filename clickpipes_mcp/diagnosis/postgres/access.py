"""Logging in to Postgres, and what its user may do there."""

from functools import partial

from clickpipes_mcp.diagnosis._links import docs
from clickpipes_mcp.diagnosis._rule import Breadth, Rule, Severity
from clickpipes_mcp.diagnosis._scope import POSTGRES
from clickpipes_mcp.diagnosis._spellings import sqlstate
from clickpipes_mcp.diagnosis._steps import (
    LOGIN,
    TABLES,
    allow_list,
    at_source,
    console,
    hosted,
    source_sql,
    tool,
)
from clickpipes_mcp.diagnosis.providers import Provider

_GENERIC = docs("postgres/source/generic")
_rule = partial(Rule, arms=POSTGRES, severity=Severity.CRITICAL, documentation=_GENERIC)
_CREDENTIALS = tool("update_clickpipe", "Give the right user name and password.", changes=LOGIN)

RULES: tuple[Rule, ...] = (
    _rule(
        id="postgres.access-denied",
        title="Postgres refuses the user name or password",
        cause="The credentials in the pipe are not those of the source: a rotated password, a "
        "misspelt user, or another server behind the same address.",
        fix=(
            _CREDENTIALS,
            source_sql(
                "Otherwise, set the password that the pipe has.", "ALTER USER <user> PASSWORD '…'"
            ),
            source_sql("See whether the user may log in.", "SELECT * FROM pg_roles"),
        ),
        patterns=(
            r"password authentication failed",
            sqlstate("28P01"),
            r"SASL authentication failed",
            r"SCRAM exchange: wrong password",
            r"Postgres credentials are incorrect",
            r"password that was provided for the role",
            r"role \"[^\"]{1,100}\" does not exist",
            r"role \"[^\"]{1,100}\" is not permitted to log in",
            r"(empty|no) password (returned by client|supplied|was provided)",
            r"too many authentication failures",
            r"FATAL: {1,3}no such user",
        ),
        examples=(
            'FATAL: password authentication failed for user "clickpipes_user" (SQLSTATE 28P01)',
        ),
    ),
    _rule(
        id="postgres.external-login-refused",
        title="Postgres hands the login to another system, and that refuses it",
        cause="PAM, LDAP, Kerberos or IAM of the provider checks the password or token; on RDS and "
        "Aurora the user needs rds_iam for IAM, and must not have it for a password.",
        fix=(
            _CREDENTIALS,
            hosted(
                source_sql("RDS and Aurora, IAM: grant it.", "GRANT rds_iam TO <user>"),
                Provider.RDS,
                Provider.AURORA,
            ),
        ),
        documentation=docs("postgres/auth"),
        patterns=(r"\b(PAM|LDAP|GSSAPI|RADIUS|Ident|Peer|IAM) authentication failed",),
        examples=('FATAL: PAM authentication failed for user "clickpipes_user"',),
    ),
    _rule(
        id="postgres.address-not-allowed",
        title="Postgres does not admit this address, user and database",
        cause="pg_hba.conf, or the allow-list of the provider, has no entry for the pipe's address "
        "with or without TLS.",
        fix=(
            allow_list("Allow the ClickPipes addresses in the provider's IP allow list."),
            hosted(
                source_sql(
                    "Self-hosted: add a line to pg_hba.conf and reload.",
                    "hostssl <database> <user> <ClickPipes address>/32 scram-sha-256",
                ),
                Provider.OWN,
            ),
            tool(
                "update_clickpipe",
                "Turn TLS on if the text says no encryption.",
                changes=("disable_tls",),
            ),
        ),
        patterns=(
            r"no pg_hba\.conf entry",
            r"pg_hba\.conf rejects (replication )?connection",
            r"address not in tenant allow_list",
            r"EADDRNOTALLOWED",
            r"IP address \S{1,60} is not allowed to connect",
        ),
        examples=(
            "no pg_hba.conf entry for replication connection (SQLSTATE 28000)",
            "FATAL: (EADDRNOTALLOWED) address not in tenant allow_list: {203, 0, 113, 9}",
        ),
    ),
    _rule(
        id="postgres.login-method",
        title="The way of logging in does not fit between Postgres and the client",
        cause="The server asks for a method (SCRAM, GSSAPI, MD5, certificate) the client does not "
        "speak or has switched off.",
        fix=(
            source_sql(
                "Store the password so that SCRAM works.",
                "SET password_encryption = 'scram-sha-256'; ALTER USER <user> PASSWORD '…'",
            ),
            at_source("Ask for scram-sha-256 or md5 in pg_hba.conf for this user."),
        ),
        patterns=(
            r"authentication (type|method) \S{1,20} (is )?(not supported|requested)",
            r"unknown authentication (method|type|request)",
            r"does not have a valid SCRAM (secret|verifier)",
            r"SCRAM authentication (is not supported|requires)",
            r"unsupported frontend protocol",
        ),
        examples=("The authentication type 10 is not supported. Check pg_hba.conf",),
    ),
    _rule(
        id="postgres.database-missing",
        title="The source database does not exist on this Postgres server",
        cause="The database name in the pipe is misspelt, or the database was dropped or renamed.",
        fix=(
            source_sql("See which databases exist.", "SELECT datname FROM pg_database"),
            tool(
                "update_clickpipe",
                "Correct the database name, with the credentials.",
                changes=("database",),
            ),
        ),
        patterns=(
            sqlstate("3D000"),
            r"database \"[^\"]{1,100}\" does not exist",
            r"FATAL: {1,3}no such database",
        ),
        examples=('FATAL: database "analytics" does not exist (SQLSTATE 3D000)',),
    ),
    _rule(
        id="postgres.not-granted",
        title="The user may not read a table or its schema",
        cause="Privileges are missing: USAGE on the schema and SELECT on its tables.",
        fix=(
            source_sql(
                "Grant reading.",
                "GRANT USAGE ON SCHEMA <schema> TO <user>; GRANT SELECT ON ALL TABLES IN "
                "SCHEMA <schema> TO <user>",
            ),
            source_sql(
                "Grant it for later tables too.",
                "ALTER DEFAULT PRIVILEGES IN SCHEMA <schema> GRANT SELECT ON TABLES TO <user>",
            ),
        ),
        breadth=Breadth.BROAD,
        patterns=(
            r"permission denied for (table|schema|relation|sequence|view|materialized view|column)",
            sqlstate("42501"),
            r"InsufficientPrivilege",
        ),
        examples=(
            "ERROR: permission denied for table orders (SQLSTATE 42501)",
            "psycopg2.errors.InsufficientPrivilege: permission denied for schema sales",
        ),
    ),
    _rule(
        id="postgres.function-denied",
        title="The user may not run a function that a table or view needs",
        cause="A view or policy calls a function without EXECUTE for this user: decryption for "
        "example. SELECT on the view is not enough.",
        fix=(
            source_sql("Grant it.", "GRANT EXECUTE ON FUNCTION <function> TO <user>"),
            tool("update_clickpipe", "Otherwise, take the view out of the pipe.", changes=TABLES),
        ),
        patterns=(r"permission denied for (function|procedure|foreign server|type|language)",),
        examples=("ERROR: permission denied for function decrypt_secret",),
    ),
    _rule(
        id="postgres.replication-denied",
        title="The user lacks the REPLICATION attribute",
        cause="Only a user with the replication role or privilege may use slots and the stream of "
        "changes.",
        fix=(
            hosted(
                source_sql("Allow it.", "ALTER USER <user> REPLICATION"),
                Provider.OWN,
                Provider.CLOUD_SQL,
                Provider.ALLOYDB,
                Provider.AZURE,
                Provider.SUPABASE,
                Provider.NEON,
                Provider.PLANETSCALE,
            ),
            hosted(
                source_sql("RDS and Aurora.", "GRANT rds_replication TO <user>"),
                Provider.RDS,
                Provider.AURORA,
            ),
            hosted(console("Neon: make the user a role of the console."), Provider.NEON),
        ),
        patterns=(
            r"must be (a )?superuser or replication role",
            r"permission denied to (use replication slots|start WAL sender|initiate replication)",
            r"roles with the REPLICATION attribute",
            r"must have (at least one of )?the .{0,40}replication",
        ),
        examples=(
            "ERROR: must be superuser or replication role to use replication slots",
            "FATAL: permission denied to start WAL sender (SQLSTATE 42501)",
        ),
    ),
    _rule(
        id="postgres.row-policy",
        title="A row-level security policy breaks reading",
        cause="The policy refers to itself, needs a session setting nobody gives, or hides rows "
        "from the user.",
        fix=(
            source_sql("Exempt the pipe's user.", "ALTER USER <user> BYPASSRLS"),
            source_sql(
                "Otherwise, read the policies and correct them.", "SELECT * FROM pg_policies"
            ),
        ),
        patterns=(
            r"recursion detected in policy",
            r"affected by row-level security policy",
            r"violates row-level security policy",
            r"unrecognized configuration parameter \"(app|request|my|jwt)\.",
        ),
        examples=('infinite recursion detected in policy for relation "members"',),
    ),
)
