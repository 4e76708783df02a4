"""Rules of BigQuery pipes: where a snapshot is staged, its parts, and how tables are sorted."""

from clickpipes_mcp.rule_words import avoids, each, every, matches, needs_any, satisfies
from clickpipes_mcp.sources.bigquery.facts import BOOK

_AMOUNTS = (
    "initial_load_parallelism",
    "snapshot_num_rows_per_partition",
    "snapshot_number_of_parallel_tables",
)
SNAPSHOT_RULES = (
    BOOK.rule(
        "staging-in-cloud-storage",
        "The staging path lies in a Cloud Storage bucket.",
        avoids(
            "source.snapshot_staging_path",
            r"^(?!gs://)[^/]*://",
            message="Staging works in Google Cloud Storage only.",
            fix="Write gs://BUCKET/PATH/.",
        ),
        broken={"snapshot_staging_path": "s3://example-staging/clickpipes/"},
    ),
    BOOK.rule(
        "staging-path-names-a-bucket",
        "The staging path begins with the name of a bucket.",
        matches(
            "source.snapshot_staging_path",
            r"\A(?:[^/]*://)?[a-z0-9](?:[a-z0-9._-]{0,220}[a-z0-9])?(?:/|\Z)",
            message="The staging path does not begin with the name of a bucket: small letters, "
            "digits, hyphens, underscores and dots.",
            fix="Write gs://BUCKET/PATH/.",
        ),
        broken={"snapshot_staging_path": "gs://Example Staging/clickpipes/"},
    ),
    BOOK.rule(
        "staging-path-is-whole",
        "The staging path is written with gs://.",
        matches(
            "source.snapshot_staging_path",
            "://",
            message="The staging path has no gs:// in front.",
            fix="Write gs://BUCKET/PATH/.",
        ),
        broken={"snapshot_staging_path": "example-staging/clickpipes/"},
        effect="warn",
    ),
    BOOK.rule(
        "amounts-are-positive",
        "Parallelism and partition sizes are at least 1.",
        every(
            *(
                satisfies(
                    f"source.settings.{name}",
                    lambda value: isinstance(value, int) and value > 0,
                    message="This must be at least 1.",
                    fix=f"Give at least 1, or leave {name} out.",
                )
                for name in _AMOUNTS
            )
        ),
        broken={"settings.initial_load_parallelism": 0},
        kept={"settings.initial_load_parallelism": 1},
    ),
)

SORTING_RULE = BOOK.rule(
    "sorting-key-expected",
    "Without a custom sorting key a table has none, and every query reads all of it.",
    each(
        "source.table_mappings[]",
        needs_any(
            "sorting_keys",
            "use_custom_sorting_key",
            message="Without sorting_keys the table is not sorted: every query reads all.",
            fix="Set use_custom_sorting_key to true and give sorting_keys.",
        ),
    ),
    broken={
        "table_mappings.0.use_custom_sorting_key": None,
        "table_mappings.0.sorting_keys": None,
    },
    effect="warn",
)
