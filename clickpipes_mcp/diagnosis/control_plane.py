"""Troubles with the API itself: access, the state of the service and of the pipe."""

from clickpipes_mcp.contract import Family
from clickpipes_mcp.diagnosis._facts import Facts, ServiceFacts
from clickpipes_mcp.diagnosis._links import (
    API,
    CLI,
    CLICKPIPES,
    CLOUD_API,
    PROVIDER,
    clickhouse_docs,
    docs,
    thread,
)
from clickpipes_mcp.diagnosis._predicates import (
    answered,
    both,
    either,
    in_state,
    of_family,
    service_in,
    unless,
)
from clickpipes_mcp.diagnosis._rule import Advice, Breadth, Confidence, Rule, Severity
from clickpipes_mcp.diagnosis._scope import BIGQUERY, CHANGE_CAPTURE, MONGODB, MYSQL, POSTGRES
from clickpipes_mcp.diagnosis._steps import (
    LOGS,
    RECORD_ERRORS,
    RESYNC,
    START,
    allow_list,
    at_source,
    clickhouse_sql,
    console,
    iam,
    of_arms,
    source_sql,
    support,
    tool,
    wait,
)

_INGEST_FAMILIES = (Family.STREAMING, Family.OBJECT_STORAGE)
_INGESTS = either(*map(of_family, _INGEST_FAMILIES))
_QUESTIONS = (
    of_arms(
        source_sql(
            "Is the replication slot there, and its wal_status not lost? If it is gone or lost, "
            "do not start: only resync_clickpipe helps.",
            "SELECT slot_name, active, wal_status FROM pg_replication_slots",
        ),
        POSTGRES,
    ),
    of_arms(
        source_sql("Is the publication there?", "SELECT pubname FROM pg_publication"), POSTGRES
    ),
    of_arms(
        source_sql(
            "Do the binary logs reach back to when the pipe last worked? If not, do not start: "
            "only resync_clickpipe helps.",
            "SHOW BINARY LOGS",
        ),
        MYSQL,
    ),
    of_arms(
        at_source(
            "Does the oplog reach back to when the pipe last worked? If not, do not start: only "
            "resync_clickpipe helps.",
            "db.getReplicationInfo()",
        ),
        MONGODB,
    ),
    of_arms(
        iam("May the service account still read the dataset and write the staging bucket?"),
        BIGQUERY,
    ),
    at_source("Did the password, its grants, the host, a certificate or the firewall change?"),
)
"""What usually stopped a database pipe. Nothing that the API shows tells these apart."""

_READ_PIPE = tool("get_clickpipe", "Read the pipe again before anything else is sent.")

RULES: tuple[Rule, ...] = (
    Rule(
        id="service.idle",
        title="The ClickHouse service is idle",
        cause="Pipes are created, changed and examined only while their destination runs. A pipe "
        "that ingests wakes it by itself.",
        fix=(
            clickhouse_sql("Wake the service: any query does it.", "SELECT 1"),
            tool("list_services", "Wait until it is running, then repeat the call once."),
        ),
        documentation=thread(PROVIDER, 376),
        severity=Severity.ERROR,
        patterns=(
            r"running\. Current state: (idle|awaking)",
            r"\bSERVICE_IDLE\b",
            r"Confirm wake service",
        ),
        predicate=either(service_in("idle", "awaking"), answered(424)),
        when=unless(service_in("stopped", "stopping")),
        examples=(
            (
                "FAILED_DEPENDENCY: ClickPipe creation is allowed only when the ClickHouse service "
                "is running. Current state: idle"
            ),
            Facts(state="Running", service=ServiceFacts(state="idle")),
        ),
    ),
    Rule(
        id="service.stopped",
        title="The ClickHouse service does not run",
        cause="Somebody stopped the destination, or it failed. A pipe that cannot reach its "
        "destination for an hour stops as well.",
        fix=(
            console("Ask whoever runs the service before starting it: it was stopped on purpose."),
            START,
        ),
        documentation=CLICKPIPES,
        severity=Severity.CRITICAL,
        patterns=(
            r"running\. Current state: (?!idle|awaking)\w+",
            r"\bSERVICE_(STOPPED|NOT_RUNNING)\b",
            r"Service is stopped",
            r"destination (is |was )?(unreachable|not reachable|unavailable)",
        ),
        predicate=service_in("stopped", "stopping", "failed", "terminated"),
        examples=(
            (
                "FAILED_DEPENDENCY: ClickPipe creation is allowed only when the ClickHouse service "
                "is running. Current state: stopped"
            ),
            "destination unreachable for 1h, stopping the pipe",
            Facts(state="Stopped", service=ServiceFacts(state="stopped")),
        ),
    ),
    Rule(
        id="access.key-unknown",
        title="The API key is not accepted",
        cause="The key id is wrong, the key was deleted, disabled or has expired, or it belongs to "
        "another environment than the API address.",
        fix=(
            console("Check the key under API keys: enabled, not expired; create a new one if not."),
            console("Check that the API address belongs to the environment of the key."),
        ),
        documentation=thread(PROVIDER, 4),
        severity=Severity.CRITICAL,
        patterns=(
            r"Key is not (found|active)",
            r"^\W*UNAUTHORIZED:",
            r"UNAUTHORIZED:.{0,60}API key",
        ),
        predicate=answered(401),
        examples=("UNAUTHORIZED: Key is not found", "Key is not active", Facts(http_status=401)),
    ),
    Rule(
        id="access.forbidden",
        title="The API key may not manage ClickPipes",
        cause="Even listing pipes takes the manage-clickpipes permission; a key whose address list "
        "is empty, or lacks this address, is denied everything.",
        fix=(
            iam("Grant the key this permission.", "control-plane:service:manage-clickpipes"),
            allow_list("Add this machine's public address to the key's IP access list."),
        ),
        documentation=CLOUD_API,
        severity=Severity.CRITICAL,
        patterns=(r"^\W*FORBIDDEN\b", r"\"FORBIDDEN: ", r"manage-clickpipes"),
        predicate=answered(403),
        examples=("FORBIDDEN: access denied", Facts(http_status=403)),
    ),
    Rule(
        id="access.rate-limited",
        title="Too many requests for this API key",
        cause="A key is allowed 10 requests in 10 seconds, shared by everything that uses it.",
        fix=(
            wait("Wait the seconds of X-RateLimit-Reset and one more, then repeat."),
            console("Give other automation a key of its own; support can raise the limit."),
        ),
        documentation=CLOUD_API,
        severity=Severity.WARNING,
        patterns=(r"^\W*(429\b|TOO_MANY_REQUESTS|RATE_LIMIT|Too many requests|rate limit)",),
        predicate=answered(429),
        examples=("TOO_MANY_REQUESTS: slow down", Facts(http_status=429)),
    ),
    Rule(
        id="access.api-key-needed",
        title="This operation takes an API key, not a browser login",
        cause="Schema discovery refuses OAuth tokens.",
        fix=(console("Create an API key and configure this server with it."),),
        documentation=thread(CLI, 699),
        patterns=(r"not available for JWT authentication",),
        examples=("This endpoint is not available for JWT authentication",),
    ),
    Rule(
        id="request.unknown-id",
        title="The organization or service id does not exist for this key",
        cause="The API answers 400 instead of 404 for a well-formed id it does not know.",
        fix=(tool("list_services", "Take the id of the service from the list."),),
        documentation=thread(CLI, 666),
        patterns=(
            r"Invalid \w+( service| organi[sz]ation)? id string",
            r"BAD_REQUEST:? length is too small: \d+ < \d+",
        ),
        examples=(
            'BAD_REQUEST: Invalid Postgres service id string:"00000000-0000-4000-8000-000000000"',
            "BAD_REQUEST length is too small: 8 < 20",
        ),
    ),
    Rule(
        id="api.internal-error",
        title="The API failed; the call may have had its effect",
        cause="Seen when a create took minutes, although the pipe then existed, and for a scaling "
        "call without any value.",
        fix=(
            tool("list_clickpipes", "Look for the pipe by name before creating it again."),
            tool("get_clickpipe", "See whether the change arrived."),
            support("If it repeats, give support the request id."),
        ),
        documentation=thread(CLI, 605),
        confidence=Confidence.MEDIUM,
        breadth=Breadth.BROAD,
        patterns=(r"^\W*(INTERNAL_?(SERVER_)?ERROR\W+)?Internal (server )?error\b",),
        predicate=answered(500, 502, 503, 504),
        examples=("Internal error", Facts(http_status=502)),
    ),
    Rule(
        id="api.provider-state",
        title="Terraform's provider read back another value than it sent; the pipe exists",
        cause="The pipe was created or changed, but the provider could not store its state: a "
        "mistake of the provider or an empty value that the API leaves out.",
        fix=(
            tool("list_clickpipes", "Find the pipe; do not create it a second time."),
            at_source("Upgrade the provider; import the pipe.", "terraform import <address> <id>"),
        ),
        documentation=thread(PROVIDER, 571),
        confidence=Confidence.MEDIUM,
        patterns=(r"inconsistent result after apply", r"invalid result object after apply"),
        examples=("Error: Provider produced inconsistent result after apply",),
    ),
    Rule(
        id="pipe.already-running",
        title="The pipe is running already",
        cause="It was never stopped, or the API resumed it by itself after an edit.",
        fix=(tool("get_clickpipe", "Confirm that it runs; nothing else is needed."),),
        documentation=thread(PROVIDER, 604),
        severity=Severity.NOTE,
        patterns=(r"ClickPipe is already running",),
        examples=("BAD_REQUEST: 3524192a ClickPipe is already running",),
    ),
    Rule(
        id="pipe.completed",
        title="The one-time load is finished; starting the pipe does nothing",
        cause="Completed is final: the API accepts a start but the pipe stays as it is.",
        fix=(
            RESYNC,
            tool("delete_clickpipe", "To ingest again, delete it and create a new pipe."),
        ),
        documentation=thread(CLI, 926),
        severity=Severity.NOTE,
        predicate=in_state("Completed"),
        examples=(Facts(state="Completed"),),
    ),
    Rule(
        id="pipe.stopped-by-hand",
        title="The pipe is stopped and waits to be started",
        cause="A stopped or paused pipe keeps its position; a database source keeps its change log "
        "for it and fills its disk meanwhile.",
        fix=(START,),
        documentation=CLICKPIPES,
        severity=Severity.WARNING,
        confidence=Confidence.MEDIUM,
        breadth=Breadth.LAST_RESORT,
        predicate=in_state("Stopped", "Paused"),
        examples=(Facts(state="Stopped"), Facts(state="Paused", family=Family.DATABASE)),
    ),
    Rule(
        id="pipe.failed",
        title="Cause unknown: the API does not show the errors of database pipes",
        cause="The last error stands in the ClickHouse Cloud console: the service, Data sources, "
        "this pipe, tab Logs. The person opens it and pastes the last error.",
        fix=(
            console("Copy the last error from the tab Logs and diagnose again: error_text."),
            *_QUESTIONS,
            tool("start_clickpipe", "Once the cause is mended, start the pipe again."),
        ),
        documentation=CLICKPIPES,
        severity=Severity.CRITICAL,
        confidence=Confidence.LOW,
        breadth=Breadth.LAST_RESORT,
        asks_for_text=True,
        predicate=both(in_state("Failed"), unless(_INGESTS)),
        examples=(Facts(state="Failed"), Facts(state="Failed", family=Family.DATABASE)),
    ),
    Rule(
        id="pipe.failed-silently",
        title="The pipe failed for a reason that is not visible here",
        cause="A pipe that was created without complaint can still fail when it is checked or run; "
        "its operational errors stand in system.clickpipes_log for seven days.",
        fix=(LOGS, tool("get_source_guide", "Walk through the source's prerequisites."), START),
        documentation=CLICKPIPES,
        families=_INGEST_FAMILIES,
        severity=Severity.CRITICAL,
        confidence=Confidence.LOW,
        breadth=Breadth.LAST_RESORT,
        predicate=both(in_state("Failed"), _INGESTS),
        examples=(Facts(state="Failed", family=Family.STREAMING, arm="kafka"),),
    ),
    Rule(
        id="pipe.degraded",
        title="The pipe runs with problems whose reason is not visible here",
        cause="What Degraded means is undocumented; it is read as running while records or inserts "
        "keep failing.",
        fix=(LOGS, RECORD_ERRORS),
        documentation=CLICKPIPES,
        confidence=Confidence.LOW,
        breadth=Breadth.LAST_RESORT,
        predicate=in_state("Degraded"),
        examples=(Facts(state="Degraded"),),
    ),
    Rule(
        id="pipe.internal-error",
        title="The platform failed, not the pipe's configuration",
        cause="InternalError is a problem inside ClickHouse Cloud.",
        fix=(support("Open a case with the pipe id and the time; do not recreate the pipe yet."),),
        documentation=CLICKPIPES,
        severity=Severity.CRITICAL,
        predicate=in_state("InternalError"),
        examples=(Facts(state="InternalError"),),
    ),
    Rule(
        id="query.one-statement",
        title="The query endpoint takes one statement at a time",
        cause="Several statements in one request are refused.",
        fix=(clickhouse_sql("Send each statement alone, without semicolons.", "SELECT 1"),),
        documentation=thread("ClickHouse/ClickHouse", 116773),
        patterns=(r"Multi-statements are not allowed",),
        examples=("SQL error 62: Syntax error (Multi-statements are not allowed)",),
    ),
)

ADVICE: tuple[Advice, ...] = (
    Advice(
        id="discovery.needs-running-service",
        title="Discovering files takes a running service",
        cause="The destination itself reads the bucket to infer a schema.",
        fix=(clickhouse_sql("Wake the service first.", "SELECT 1"),),
        documentation=thread(CLI, 699),
        families=(Family.OBJECT_STORAGE,),
        keywords=("schema discovery", "discover", "infer"),
    ),
    Advice(
        id="service.never-idles",
        title="A database pipe keeps the service awake",
        cause="Every sync wakes the service; an interval below the idle timeout means that it "
        "never idles.",
        fix=(
            tool(
                "update_clickpipe",
                "Raise the sync interval while the pipe is paused.",
                source={"settings": {"sync_interval_seconds": 3600}},
            ),
        ),
        documentation=docs("postgres/faq"),
        families=(Family.DATABASE,),
        arms=CHANGE_CAPTURE,
        keywords=("never idle", "bill", "cost", "expensive", "awake", "idling"),
    ),
    Advice(
        id="api.secrets-not-returned",
        title="Secrets and some fields never come back from the API",
        cause="Credentials, roles and engine arguments are written but not read; their absence in "
        "an answer does not mean that they were lost.",
        fix=(_READ_PIPE,),
        documentation=API,
        keywords=("password missing", "credentials missing", "roles missing", "null"),
    ),
    Advice(
        id="query.gives-up-early",
        title="The query endpoint stops waiting after about 30 seconds",
        cause="The statement may still run; the answer only did not wait for it.",
        fix=(
            clickhouse_sql(
                "See what still runs.",
                "SELECT query_id, elapsed, query FROM clusterAllReplicas('default', "
                "system.processes)",
            ),
        ),
        documentation=clickhouse_docs("cloud/get-started/query-endpoints"),
        keywords=("query timeout", "query endpoint", "gateway"),
    ),
)
