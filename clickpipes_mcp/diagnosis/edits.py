"""Requests the API refuses: bodies, edits of a pipe, settings and scaling."""

from clickpipes_mcp.contract import Family
from clickpipes_mcp.diagnosis._links import API, CLI, PROVIDER, docs, thread
from clickpipes_mcp.diagnosis._rule import Advice, Breadth, Confidence, Rule, Severity
from clickpipes_mcp.diagnosis._scope import POSTGRES
from clickpipes_mcp.diagnosis._steps import (
    ADDRESS,
    LOGIN,
    START,
    STOP,
    TABLES,
    clickhouse_sql,
    tool,
    wait,
)

_DATABASE = (Family.DATABASE,)
_RECREATE = tool("delete_clickpipe", "Recreate the pipe: delete it, then create it as it should be")

RULES: tuple[Rule, ...] = (
    Rule(
        id="edit.must-be-paused",
        title="The pipe must be paused before this edit",
        cause="Table mappings and settings of a database pipe change only while it is Paused; "
        "Pausing is too early.",
        fix=(
            STOP,
            tool("wait_for_clickpipe", "Wait until it is Paused.", until="stopped"),
            tool("update_clickpipe", "Repeat the edit."),
            START,
        ),
        documentation=thread(PROVIDER, 600),
        families=_DATABASE,
        patterns=(r"must be paused to edit",),
        examples=("BAD_REQUEST: Postgres ClickPipe must be paused to edit",),
    ),
    Rule(
        id="edit.authentication-fixed",
        title="Switching a Postgres pipe to IAM needs a new pipe",
        cause="The way of authenticating cannot be changed on a Postgres pipe, so the API still "
        "asks for the password.",
        fix=(_RECREATE, tool("create_postgres_clickpipe", "Create it with IAM_ROLE.")),
        documentation=thread(PROVIDER, 643),
        arms=POSTGRES,
        patterns=(r"password is required for basic authentication",),
        examples=("BAD_REQUEST: password is required for basic authentication",),
    ),
    Rule(
        id="edit.connection-retested",
        title="The connection was tested again and its credentials did not work",
        cause="Sending host or uri makes the API test the connection; without credentials in the "
        "same call, or with wrong ones, that fails.",
        fix=(
            tool(
                "update_clickpipe",
                "Send only table_mappings_to_add and table_mappings_to_remove.",
                changes=TABLES,
            ),
            tool(
                "update_clickpipe",
                "Otherwise, send the host or uri together with the credentials.",
                changes=ADDRESS,
            ),
        ),
        documentation=thread(PROVIDER, 617),
        families=_DATABASE,
        patterns=(r"'connectionStatus' failed",),
        examples=(
            (
                "BAD_REQUEST: failed permissions validation: 'connectionStatus' failed: "
                "connection() error occurred: (AuthenticationFailed) Authentication failed."
            ),
        ),
    ),
    Rule(
        id="edit.half-credentials",
        title="A credentials object was sent without its values",
        cause="An empty credentials object is read as one with undefined name and password.",
        fix=(
            tool(
                "update_clickpipe", "Leave credentials out, or give them completely.", changes=LOGIN
            ),
        ),
        documentation=thread(PROVIDER, 528),
        families=_DATABASE,
        patterns=(r"credentials\.\w+: '?undefined", r"\bgot undefined\b"),
        examples=("BAD_REQUEST: request body.source.postgres.credentials.password: 'undefined'",),
    ),
    Rule(
        id="edit.mappings-need-columns",
        title="Field mappings have to come with the destination's columns",
        cause="A change of field mappings, even to none, is refused without the columns.",
        fix=(
            tool(
                "update_clickpipe",
                "Send field_mappings and destination.columns together.",
                changes=("field_mappings",),
            ),
        ),
        documentation=thread(CLI, 763),
        patterns=(r"Columns are required if field mappings are provided",),
        examples=("BAD_REQUEST: Columns are required if field mappings are provided",),
    ),
    Rule(
        id="edit.only-settings",
        title="Settings are not changed together with the pipe",
        cause="The pipe's own update ignores settings; alone they count as nothing to update.",
        fix=(tool("update_clickpipe_settings", "Change the settings here, then read them again."),),
        documentation=thread(CLI, 824),
        patterns=(r"no fields to update",),
        examples=("BAD_REQUEST: no fields to update",),
    ),
    Rule(
        id="settings.database-pipe",
        title="Database pipes have no advanced settings",
        cause="The settings endpoint serves streaming and object-storage pipes only.",
        fix=(
            tool(
                "update_clickpipe",
                "Change sync_interval_seconds or pull_batch_size instead.",
                changes=("settings",),
            ),
        ),
        documentation=thread(CLI, 643),
        families=_DATABASE,
        patterns=(r"ingestion for pipe \S+ not found",),
        examples=('NOT_FOUND: ingestion for pipe "6f0c" not found',),
    ),
    Rule(
        id="settings.insert-bytes-range",
        title="object_storage_max_insert_bytes is outside the real range",
        cause="The published contract allows more than the service: 500 MiB to 10 GiB.",
        fix=(
            tool(
                "update_clickpipe_settings",
                "Stay between 524288000 and 10737418240.",
                settings={"object_storage_max_insert_bytes": 1073741824},
            ),
        ),
        documentation=thread(CLI, 794),
        patterns=(r"object_storage_max_insert_bytes must be between",),
        examples=(
            (
                "BAD_REQUEST: object_storage_max_insert_bytes must be between 524_288_000 and "
                "10_737_418_240 bytes"
            ),
        ),
    ),
    Rule(
        id="settings.kafka-only",
        title="kafka_read_committed is for Kafka pipes only",
        cause="The setting is refused on any other pipe, even when it is false.",
        fix=(tool("update_clickpipe_settings", "Leave kafka_read_committed out."),),
        documentation=thread(CLI, 602),
        patterns=(r"only supported for Kafka ClickPipes",),
        examples=("Setting 'kafka_read_committed' is only supported for Kafka ClickPipes",),
    ),
    Rule(
        id="request.enum-case",
        title="The authentication is misspelt; upper and lower case matter",
        cause="Names such as IAM_ROLE or basic are accepted in exactly one spelling.",
        fix=(
            tool(
                "get_source_guide",
                "Take the spelling from the source's guide.",
                topic="authentication",
            ),
        ),
        documentation=thread(PROVIDER, 639),
        patterns=(r"request body\.source\.\w+\.authentication: '",),
        examples=("BAD_REQUEST: request body.source.postgres.authentication: 'iam_role'",),
    ),
    Rule(
        id="request.zero-value",
        title="A number is zero or below its minimum",
        cause="An unset number was sent as 0; optional numbers are left out or at least 1.",
        fix=(tool("get_source_guide", "Leave the field out, or give at least its minimum."),),
        documentation=API,
        patterns=(r"Value must be >= \d",),
        examples=("BAD_REQUEST: settings.pullBatchSize: Value must be >= 1",),
    ),
    Rule(
        id="request.empty-values",
        title="Unset fields were sent as empty text or objects",
        cause="The API refuses empty strings, empty objects, empty lists and blank names instead "
        "of ignoring them.",
        fix=(tool("get_source_guide", "Leave out whatever has no value."),),
        documentation=thread(CLI, 449),
        patterns=(
            r"request body\.[\w.\[\]]+: ''",
            r"\b\w+: ''$",
            r"array length < minLength",
            r"request body:? (is empty|must not be empty)",
        ),
        examples=(
            "BAD_REQUEST: request body.source.postgres.tableMappings[0].sourceSchemaName: ''",
            "BAD_REQUEST: ... targetTable: ''",
            "BAD_REQUEST: ... tableMappings array length < minLength ... minLength: 1",
            "BAD_REQUEST: request body is empty",
        ),
    ),
    Rule(
        id="request.invalid-value",
        title="A field has a value the API does not accept",
        cause="The path after `request body` names the field; what follows is the value it got.",
        fix=(tool("get_source_guide", "Compare the field with the source's guide."),),
        documentation=API,
        confidence=Confidence.MEDIUM,
        breadth=Breadth.BROAD,
        patterns=(r"request body\.[\w.\[\]]+: '",),
        examples=("BAD_REQUEST: request body.source.postgres.port: '0'",),
    ),
    Rule(
        id="request.role-missing",
        title="IAM_ROLE needs the ARN of a role",
        cause="The authentication says role, but iam_role is not there.",
        fix=(
            tool(
                "get_source_guide",
                "Give iam_role, and the username without a password.",
                topic="authentication",
            ),
        ),
        documentation=docs("postgres/auth"),
        patterns=(r"iamRole is required for IAM_ROLE authentication",),
        examples=("BAD_REQUEST: iamRole is required for IAM_ROLE authentication",),
    ),
    Rule(
        id="request.database-destination",
        title="A database pipe takes only a database as its destination",
        cause="Tables, columns and definitions follow from the table mappings.",
        fix=(tool("get_source_guide", "Leave table, columns and table_definition out."),),
        documentation=thread(PROVIDER, 571),
        families=_DATABASE,
        patterns=(
            (
                r"(table_?definition|managed_?table|destination\.columns|\"columns\").{0,80}"
                r"\b(not|only|must|cannot|unsupported)\b"
            ),
        ),
        examples=(
            'destination "table_definition" must not be set for a Postgres pipe',
            'BAD_REQUEST: "columns" is not allowed for database pipes',
        ),
    ),
    Rule(
        id="scaling.replicas-range",
        title="The number of replicas is out of range",
        cause="A pipe has 1 to 40 replicas, and all three scaling values are given together when "
        "it is created.",
        fix=(tool("scale_clickpipe", "Give 1 or more replicas; stop the pipe to have none."),),
        documentation=thread(CLI, 959),
        patterns=(r"replicas: Not between",),
        examples=("BAD_REQUEST: scaling.replicas: Not between 1 and 40",),
    ),
    Rule(
        id="scaling.database-pipe",
        title="Database pipes are scaled together, not one by one",
        cause="All database pipes of a service share one infrastructure.",
        fix=(tool("update_cdc_scaling", "Scale what all database pipes of the service share."),),
        documentation=docs("postgres/scaling"),
        families=_DATABASE,
        confidence=Confidence.MEDIUM,
        patterns=(r"scaling.{0,80}\b(not supported|not available|unsupported|not allowed)\b",),
        examples=("BAD_REQUEST: scaling is not supported for database ClickPipes",),
    ),
    Rule(
        id="scaling.no-cdc-infrastructure",
        title="There is nothing to scale before the first database pipe",
        cause="The shared infrastructure appears with the first database pipe of a service and "
        "goes with the last.",
        fix=(
            tool("list_clickpipes", "See whether the service has a database pipe."),
            wait("Right after the first create it takes minutes to appear."),
        ),
        documentation=docs("postgres/scaling"),
        severity=Severity.WARNING,
        confidence=Confidence.MEDIUM,
        patterns=(r"cdc.{0,20}(scaling|infrastructure).{0,40}(not found|not available|404)",),
        examples=("NOT_FOUND: CDC scaling not found for service",),
    ),
    Rule(
        id="destination.table-not-empty",
        title="The target table exists and holds rows",
        cause="It is left over from a deleted pipe or used by something else; the first load wants "
        "an empty table.",
        fix=(
            clickhouse_sql(
                "Keep the rows under another name; drop or truncate only if nobody needs them.",
                "RENAME TABLE <database>.<table> TO <database>.<table>_old",
            ),
            tool(
                "update_clickpipe",
                "Otherwise, choose another target_table in the mapping.",
                changes=TABLES,
            ),
        ),
        documentation=docs("postgres/table-resync"),
        families=_DATABASE,
        patterns=(r"exists and is not empty",),
        examples=("table default.orders exists and is not empty",),
    ),
)

ADVICE: tuple[Advice, ...] = (
    Advice(
        id="settings.ignored-by-update",
        title="Settings sent with an update are checked but not applied",
        cause="The whole-pipe update validates settings and then drops them.",
        fix=(
            tool("update_clickpipe_settings", "Change them with this tool, then read them again."),
        ),
        documentation=thread(CLI, 824),
        families=(Family.STREAMING, Family.OBJECT_STORAGE),
        keywords=("setting", "not applied", "no effect", "unchanged"),
    ),
    Advice(
        id="scaling.values-settle-late",
        title="Scaling reads 0 or as text for a while",
        cause="Right after creating or scaling the API answers 0, nothing, or quantities such as "
        "250m.",
        fix=(tool("get_clickpipe", "Read again after a minute."),),
        documentation=thread(PROVIDER, 513),
        keywords=("replicas 0", "scaling", "250m", "zero replicas"),
    ),
)
