"""Getting at object storage: access, addresses, and the load on the service."""

from clickpipes_mcp.contract import Family
from clickpipes_mcp.diagnosis._facts import Facts, Row
from clickpipes_mcp.diagnosis._links import API, CLICKPIPES, docs
from clickpipes_mcp.diagnosis._predicates import configured_like, of_family
from clickpipes_mcp.diagnosis._rule import Advice, Breadth, Rule, Severity
from clickpipes_mcp.diagnosis._scope import GCS, OBJECTS, S3
from clickpipes_mcp.diagnosis._steps import (
    LOGIN,
    START,
    allow_list,
    at_source,
    clickhouse_sql,
    iam,
    lowering,
    of_types,
    support,
    tool,
)
from clickpipes_mcp.diagnosis.speakers import Speaker

_FILES = (Family.OBJECT_STORAGE,)
_S3 = docs("object-storage/amazon-s3/overview")
_GCS = docs("object-storage/google-cloud-storage/overview")
_SERVICE_ADDRESSES = allow_list(
    "Allow the ClickPipes addresses and the egress addresses of the service: both read.",
    "https://api.clickhouse.cloud/static-ips.json",
)

RULES: tuple[Rule, ...] = (
    Rule(
        id="object-storage.access-denied",
        title="The bucket refuses to be listed or read: access denied",
        cause="The bucket policy or role lacks listing or reading, or only one of the two readers "
        "is allowed: ClickPipes lists, the service itself reads.",
        fix=(
            of_types(iam("S3: on the bucket and its objects.", "s3:ListBucket, s3:GetObject"), S3),
            of_types(iam("GCS: on the bucket.", "roles/storage.objectViewer"), GCS),
            tool(
                "update_clickpipe",
                "Otherwise, give an access key, token or role that may read it.",
                changes=LOGIN,
            ),
            _SERVICE_ADDRESSES,
            START,
        ),
        documentation=_S3,
        families=_FILES,
        arms=OBJECTS,
        severity=Severity.CRITICAL,
        breadth=Breadth.BROAD,
        patterns=(
            r"Access ?Denied",
            r"\b403\b.{0,40}Forbidden",
            r"Unable to access .{0,200}access denied",
            r"(response code|status code|statusCode)\W{1,4}403",
            r"is not authorized to perform: s3:",
            r"\bUnauthorized\b",
        ),
        examples=(
            Facts(
                family=Family.OBJECT_STORAGE,
                arm="objectStorage",
                log_rows=(Row("AccessDenied: the role is not authorized to read the source", 7),),
            ),
            "Could not list objects in bucket 'b', S3 exception: `AccessDenied`",
        ),
    ),
    Rule(
        id="object-storage.gs-url",
        title="A GCS path has to be an https address",
        cause="gs:// is not accepted, although one documentation page shows it.",
        fix=(
            tool(
                "create_gcs_clickpipe", "Use https://storage.googleapis.com/<bucket>/<path> as url."
            ),
        ),
        documentation=_GCS,
        families=_FILES,
        arms=OBJECTS,
        patterns=(r"(invalid|unsupported|malformed)\b.{0,60}\bgs://",),
        predicate=configured_like("source.url", r"^gs://"),
        examples=(
            "BAD_REQUEST: invalid URL gs://bucket/events",
            Facts(arm="objectStorage", source_type="gcs", source={"url": "gs://bucket/e"}),
        ),
    ),
    Rule(
        id="object-storage.public-list-denied",
        title="The public GCS bucket cannot be listed",
        cause="Reading single objects is public, listing the bucket is not.",
        fix=(iam("Grant allUsers on the bucket.", "roles/storage.objectViewer"),),
        documentation=_GCS,
        families=_FILES,
        arms=OBJECTS,
        types=GCS,
        severity=Severity.CRITICAL,
        patterns=(r"Anonymous caller does not have",),
        examples=("Anonymous caller does not have storage.objects.list access to the bucket",),
    ),
    Rule(
        id="object-storage.requester-pays",
        title="Buckets whose readers pay cannot be read",
        cause="ClickPipes does not declare itself as payer.",
        fix=(at_source("Turn requester pays off, or copy the files to another bucket."),),
        documentation=_S3,
        families=_FILES,
        severity=Severity.CRITICAL,
        patterns=(r"requester[- ]?pays",),
        examples=("AccessDenied: bucket is Requester Pays",),
    ),
    Rule(
        id="object-storage.provider-unsupported",
        title="This kind of object store is not supported",
        cause="Its addresses are not understood; S3, GCS, Azure, Spaces, R2 and OVH are.",
        fix=(
            at_source("Copy the files to a supported store."),
            support("Ask for the store to be supported."),
        ),
        documentation=_S3,
        families=_FILES,
        arms=OBJECTS,
        patterns=(r"backblaze", r"(could not|unable to|failed to) parse.{0,30}(bucket|s3) url"),
        predicate=configured_like("source.url", r"(backblazeb2|wasabisys|linodeobjects|min\.io)\b"),
        examples=(
            "failed to parse S3 URL",
            Facts(
                arm="objectStorage",
                source={"url": "https://bucket.s3.us-west-004.backblazeb2.com/*.json"},
            ),
        ),
    ),
    Rule(
        id="object-storage.memory",
        title="Inserting the files takes more memory than the service has",
        cause="Large batches, many threads and views that run at once multiply.",
        fix=(
            lowering(
                tool(
                    "update_clickpipe_settings",
                    "Insert less at once.",
                    settings={
                        "object_storage_max_insert_bytes": 1073741824,
                        "clickhouse_max_insert_threads": 1,
                        "clickhouse_parallel_view_processing": False,
                    },
                )
            ),
            tool("update_clickpipe_settings", "Then clickhouse_min_insert_block_size_bytes."),
            tool("list_services", "Otherwise, give the service more memory."),
        ),
        documentation=f"{CLICKPIPES}#adjusting-clickpipes-advanced-settings",
        families=_FILES,
        severity=Severity.CRITICAL,
        patterns=(r"MEMORY_LIMIT_EXCEEDED", r"memory limit.{0,40}exceeded", r"\bcode: 241\b"),
        speakers=(Speaker.CLICKHOUSE,),
        when=of_family(Family.OBJECT_STORAGE),
        examples=(
            Facts(
                family=Family.OBJECT_STORAGE,
                arm="objectStorage",
                log_rows=(Row("code: 241, message: Memory limit (total) exceeded"),),
            ),
        ),
    ),
    Rule(
        id="object-storage.gcs-authentication-fixed",
        title="A GCS pipe cannot switch to or from a service account",
        cause="The two ways of reading are set up differently when the pipe is created.",
        fix=(tool("create_gcs_clickpipe", "Create a new pipe, start_after the last file."),),
        documentation=docs("programmatic-access/terraform"),
        families=_FILES,
        types=GCS,
        patterns=(r"(switch|chang)\w{0,10} .{0,60}SERVICE_ACCOUNT",),
        examples=("cannot switch authentication to SERVICE_ACCOUNT for gcs",),
    ),
)

ADVICE: tuple[Advice, ...] = (
    Advice(
        id="object-storage.view-through-view",
        title="A materialized view misses rows",
        cause="Files land in a staging table first; a view that reads through a plain view sees "
        "nothing of it.",
        fix=(
            clickhouse_sql(
                "Read the target table itself.",
                "CREATE MATERIALIZED VIEW <view> TO <table> AS SELECT * FROM <target table>",
            ),
        ),
        documentation=_S3,
        families=_FILES,
        keywords=("materialized view", "misses rows", "mv"),
    ),
    Advice(
        id="object-storage.slow-import",
        title="A big import is slow",
        cause="The size of the pipe was fixed by the service's minimum size when it was created.",
        fix=(
            tool("create_s3_clickpipe", "Scale the service up first, then create the pipe again."),
            tool(
                "update_clickpipe_settings",
                "Insert with more threads and larger batches.",
                settings={"clickhouse_max_insert_threads": 4, "object_storage_concurrency": 20},
            ),
        ),
        documentation=f"{CLICKPIPES}#adjusting-clickpipes-advanced-settings",
        families=_FILES,
        keywords=("slow", "throughput", "big import", "import"),
    ),
    Advice(
        id="object-storage.two-networks",
        title="Discovery works and ingestion is denied, or the other way round",
        cause="ClickPipes and the service read from different addresses.",
        fix=(_SERVICE_ADDRESSES,),
        documentation=_S3,
        families=_FILES,
        keywords=("discovery works", "ingestion denied", "ip restriction", "403"),
    ),
    Advice(
        id="object-storage.role-on-aws-only",
        title="IAM_ROLE reads buckets only for services on AWS",
        cause="Services of other providers have no AWS role.",
        fix=(tool("update_clickpipe", "Use IAM_USER with access keys.", changes=LOGIN),),
        documentation=API,
        families=_FILES,
        keywords=("iam role", "gcp service", "azure service"),
    ),
)
