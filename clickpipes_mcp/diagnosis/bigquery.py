"""Troubles of BigQuery."""

from clickpipes_mcp.contract import Family
from clickpipes_mcp.diagnosis._facts import Facts
from clickpipes_mcp.diagnosis._links import docs
from clickpipes_mcp.diagnosis._predicates import any_item, of_arm
from clickpipes_mcp.diagnosis._rule import Advice, Rule, Severity
from clickpipes_mcp.diagnosis._scope import BIGQUERY
from clickpipes_mcp.diagnosis._steps import at_source, iam, tool

_OVERVIEW = docs("bigquery/overview")

RULES: tuple[Rule, ...] = (
    Rule(
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
        documentation=_OVERVIEW,
        arms=BIGQUERY,
        severity=Severity.CRITICAL,
        patterns=(
            r"googleapi: Error 40[134]",
            r"\bbigquery\b.{0,120}(denied|not found|permission|40[134])",
            r"(Access Denied|Not found): (Dataset|Table|Project|Job|Bucket)",
            r"bucket.{0,40}does not exist",
        ),
        examples=(
            "googleapi: Error 403: Access Denied: Table shop:sales.orders",
            "googleapi: Error 404: Not found: Dataset shop:sales, notFound",
            "bigquery: permission bigquery.jobs.create denied",
        ),
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
