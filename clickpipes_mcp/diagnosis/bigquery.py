"""Troubles of BigQuery."""

from functools import partial

from clickpipes_mcp.contract import Family
from clickpipes_mcp.diagnosis._facts import Facts
from clickpipes_mcp.diagnosis._links import docs
from clickpipes_mcp.diagnosis._predicates import any_item, of_arm
from clickpipes_mcp.diagnosis._rule import Advice, Breadth, Rule, Severity, said_by
from clickpipes_mcp.diagnosis._scope import BIGQUERY
from clickpipes_mcp.diagnosis._steps import at_source, iam, source_sql, tool
from clickpipes_mcp.diagnosis.speakers import Speaker

_OVERVIEW = docs("bigquery/overview")

_rule = partial(Rule, documentation=_OVERVIEW, arms=BIGQUERY, severity=Severity.CRITICAL)

_OF_BIGQUERY: tuple[Rule, ...] = (
    _rule(
        id="bigquery.jobs-denied",
        title="The service account may not run BigQuery jobs in the project",
        cause="bigquery.jobs.create is missing: reading a table's rows needs a job.",
        fix=(iam("Grant on the project.", "roles/bigquery.jobUser"),),
        patterns=(r"bigquery\.jobs\.create", r"jobs\.create permission"),
        examples=("User does not have bigquery.jobs.create permission in project shop.",),
    ),
    _rule(
        id="bigquery.sessions-denied",
        title="The service account may not open BigQuery read sessions",
        cause="bigquery.readsessions.* is missing: rows are read through the Storage Read API, "
        "which "
        "also has to be enabled in the project.",
        fix=(
            iam("Grant the role on the project.", "roles/bigquery.readSessionUser"),
            iam("Enable the API.", "gcloud services enable bigquerystorage.googleapis.com"),
        ),
        patterns=(r"readsessions?\.\w+", r"storage read api"),
        examples=("the user does not have 'bigquery.readsessions.create' permission",),
    ),
    _rule(
        id="bigquery.staging-denied",
        title="The export may not write to the staging bucket",
        cause="The service account lacks the right to create objects in the staging bucket.",
        fix=(
            iam(
                "Grant on the staging bucket.",
                "roles/storage.objectAdmin, roles/storage.bucketViewer",
            ),
        ),
        patterns=(
            r"Permission denied while writing data",
            r"(bigquery|staging).{0,200}storage\.(objects|buckets)\.\w+",
            r"Access Denied.{0,120}(gs://|Cloud Storage bucket)",
            r"accessDenied at gs://",
        ),
        examples=("BigQuery BigQuery: Permission denied while writing data.",),
    ),
    _rule(
        id="bigquery.location",
        title="Dataset and staging bucket are in different locations (regions)",
        cause="BigQuery exports only to a bucket in the location of the dataset.",
        fix=(
            iam(
                "Make a bucket there.",
                "gcloud storage buckets create gs://<name> --location <location>",
            ),
            tool("create_bigquery_clickpipe", "Recreate with that staging path."),
        ),
        patterns=(
            r"read and write in different locations",
            r"location .{0,40}does not support this operation",
            r"(bucket|dataset).{0,80}(must be|not) (co-?located|in the same (location|region))",
        ),
        examples=("Cannot read and write in different locations: source: EU, destination: US",),
    ),
    _rule(
        id="bigquery.table-missing",
        title="The table or dataset does not exist in BigQuery, or not in this location",
        cause="It was deleted or renamed, is misspelt, or lies in another project or region.",
        fix=(
            source_sql(
                "See what there is.", "SELECT table_name FROM <dataset>.INFORMATION_SCHEMA.TABLES"
            ),
            tool("create_bigquery_clickpipe", "Recreate with the right names."),
        ),
        patterns=(
            r"Not found: (Dataset|Table|Job|Routine|View)",
            r"was not found in location",
            r"Invalid (dataset|table) ID",
        ),
        examples=(
            "Not found: Table shop:sales.orders",
            "Dataset shop:sales was not found in location US",
        ),
    ),
    _rule(
        id="bigquery.table-denied",
        title="The service account may not read the table",
        cause="A permission is missing: roles/bigquery.dataViewer on the dataset gives getData; "
        "or the table is not there.",
        fix=(
            iam("Grant on the dataset.", "roles/bigquery.dataViewer"),
            iam("Grant this role on the project.", "roles/bigquery.jobUser"),
        ),
        patterns=(
            r"tables\.(getData|get|list|export)\b",
            r"permission to query table",
            r"datasets\.get\b",
            r"Access Denied: (Table|Dataset|View)",
        ),
        examples=("Permission bigquery.tables.getData denied on table shop:sales.orders",),
    ),
    _rule(
        id="bigquery.row-policy",
        title="A policy hides rows or columns of the table from the service account",
        cause="Row access policies and policy tags need rights of their own.",
        fix=(iam("Grant on the policy tag.", "roles/datacatalog.categoryFineGrainedReader"),),
        patterns=(r"policy tag", r"row access polic", r"fineGrainedReader|getFilteredData"),
        examples=(
            "Access Denied: User has neither fine-grained reader nor masked get on policy tag",
        ),
    ),
    _rule(
        id="bigquery.query-resources",
        title="The query or export needs more memory or resources than BigQuery gives it",
        cause="A sort, a large view or too many rows at once do not fit into the slots' memory.",
        fix=(
            at_source("Export a plain table instead of a view, or smaller parts by partition."),
            at_source("Otherwise, give the project more slots (a reservation)."),
        ),
        patterns=(r"resources ?exceeded", r"query exceeded .{0,40}(limit|resource)"),
        examples=("400 Resources exceeded during query execution: allotted memory",),
    ),
    _rule(
        id="bigquery.partition-filter",
        title="The partitioned table wants a partition filter, which an export does not have",
        cause="require_partition_filter is set on the table or view.",
        fix=(
            source_sql(
                "Turn it off.",
                "ALTER TABLE <dataset>.<table> SET OPTIONS (require_partition_filter = false)",
            ),
        ),
        patterns=(r"partition elimination|without a filter over column|require_partition_filter",),
        examples=("Cannot query over table 'p.d.t' without a filter over column(s) 'day'",),
    ),
    _rule(
        id="bigquery.kind-unsupported",
        title="This kind of table or view cannot be exported",
        cause="Views, external tables and tables with pending changes are no plain tables.",
        fix=(
            source_sql(
                "Copy it into a table.", "CREATE TABLE <dataset>.<table> AS SELECT * FROM <view>"
            ),
        ),
        patterns=(
            r"(view|external table).{0,80}(cannot|not supported|not allowed|is not)",
            r"failed to parse view",
            r"un-applied upsert data",
        ),
        examples=("Using view shop:sales.v is not allowed in this operation: not supported",),
    ),
    _rule(
        id="bigquery.access",
        title="BigQuery or the staging bucket refuses access, or does not exist",
        cause="A role is missing, the dataset is misspelt, or the staging path has no bucket.",
        fix=(
            iam(
                "On the dataset and the project:",
                "roles/bigquery.dataViewer, roles/bigquery.jobUser",
            ),
            iam(
                "On the staging bucket:",
                "roles/storage.objectAdmin, roles/storage.bucketViewer",
            ),
            tool("create_bigquery_clickpipe", "Recreate with the right dataset or staging path."),
        ),
        breadth=Breadth.BROAD,
        patterns=(
            r"googleapi: Error 40[134]",
            r"\bbigquery\b.{0,120}(denied|not found|permission|40[134])",
            r"(Access Denied|Not found): (Dataset|Table|Project|Job|Bucket)",
            r"bucket.{0,40}does not exist",
        ),
        examples=("googleapi: Error 403: Access Denied: Job shop:US.bquxjob, bigquery",),
    ),
    Rule(
        id="bigquery.no-sorting-key",
        title="Tables are loaded without a sorting key",
        cause="Without one the table is ordered by nothing, and every query reads all of it.",
        fix=(
            tool(
                "create_bigquery_clickpipe",
                "Recreate with use_custom_sorting_key true and sorting_keys for each table.",
            ),
        ),
        documentation=docs("bigquery/get-started"),
        arms=BIGQUERY,
        severity=Severity.NOTE,
        predicate=any_item(
            "source.tableMappings[]",
            lambda mapping: not mapping.get("sortingKeys"),
            "Table mappings have no sortingKeys.",
        ),
        when=of_arm(*BIGQUERY),
        examples=(
            Facts(
                family=Family.DATABASE,
                arm="bigquery",
                source={"tableMappings": [{"sourceTable": "orders", "targetTable": "orders"}]},
            ),
        ),
    ),
    Rule(
        id="bigquery.not-editable",
        title="A BigQuery pipe cannot be edited",
        cause="It is a one-time load; its source has no update.",
        fix=(
            tool("delete_clickpipe", "Delete it; its tables stay."),
            tool("create_bigquery_clickpipe", "Create it as it should be."),
        ),
        documentation=docs("programmatic-access/terraform"),
        arms=BIGQUERY,
        patterns=(
            r"bigquery.{0,80}(cannot be (updated|edited)|not editable|update)",
            r"request body\.source\.bigquery: ",
        ),
        examples=("BAD_REQUEST: BigQuery ClickPipe cannot be updated",),
    ),
)

RULES: tuple[Rule, ...] = said_by(_OF_BIGQUERY, Speaker.BIGQUERY, Speaker.GOOGLE)

ADVICE: tuple[Advice, ...] = (
    Advice(
        id="bigquery.no-changes",
        title="Changes in BigQuery cannot be followed",
        cause="The pipe loads a snapshot once.",
        fix=(
            at_source(
                "Export on a schedule to a bucket.",
                "EXPORT DATA OPTIONS (uri = 'gs://<bucket>/<path>/*.parquet', format = 'PARQUET') "
                "AS SELECT ...",
            ),
            tool("create_gcs_clickpipe", "Read the bucket with a continuous pipe."),
        ),
        documentation=_OVERVIEW,
        arms=BIGQUERY,
        keywords=("cdc", "changes", "continuous", "incremental", "new rows"),
    ),
)
