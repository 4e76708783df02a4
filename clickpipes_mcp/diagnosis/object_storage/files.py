"""Which files a pipe takes, and which it passes over."""

from clickpipes_mcp.contract import Family
from clickpipes_mcp.diagnosis._facts import Facts, Metric, Row
from clickpipes_mcp.diagnosis._links import docs
from clickpipes_mcp.diagnosis._predicates import (
    HOUR_S,
    both,
    configured_like,
    either,
    in_state,
    pipe_is_older_than,
    present,
    unless,
)
from clickpipes_mcp.diagnosis._rule import Advice, Confidence, Rule, Severity
from clickpipes_mcp.diagnosis._scope import AZURE_BLOB, GCS, OBJECTS, S3
from clickpipes_mcp.diagnosis._steps import RECORD_ERRORS, at_source, of_types, tool
from clickpipes_mcp.diagnosis._thresholds import (
    FETCHED_ANYTHING,
    FETCHING,
    SENT_ANYTHING,
    stays_below,
)

_FILES = (Family.OBJECT_STORAGE,)
_S3 = docs("object-storage/amazon-s3/overview")
_UNORDERED = docs("object-storage/amazon-s3/unordered-mode")
_AZURE = docs("object-storage/azure-blob-storage/overview")

RULES: tuple[Rule, ...] = (
    Rule(
        id="object-storage.new-files-ignored",
        title="No new file is read; new names may not sort after the last one",
        cause="A continuous pipe without a queue takes only names that sort after the last one it "
        "read, and ignores others without an error.",
        fix=(
            at_source("Compare the newest names with the last ingested one."),
            at_source("Name files by time, so that new ones sort last."),
            tool("create_s3_clickpipe", "Otherwise, recreate with a queue (unordered mode)."),
        ),
        documentation=_S3,
        families=_FILES,
        arms=OBJECTS,
        severity=Severity.WARNING,
        confidence=Confidence.MEDIUM,
        suspicion=Confidence.LOW,
        patterns=(r"\b(new|late|newer) files?\b.{0,60}(ignored|missing|not|skipped)",),
        predicate=both(
            in_state("Running"),
            either(
                stays_below(FETCHING),
                both(pipe_is_older_than(HOUR_S / 6), stays_below(FETCHED_ANYTHING)),
            ),
        ),
        when=both(present("source.isContinuous"), unless(present("source.queueUrl"))),
        examples=(
            Facts(
                family=Family.OBJECT_STORAGE,
                arm="objectStorage",
                state="Running",
                source={"isContinuous": True},
                metrics={"ClickPipes_FetchedBytes_Total": Metric(5e6, 0.0)},
            ),
            Facts(
                arm="objectStorage",
                source={"isContinuous": True},
                errors=("new files in the bucket are not picked up",),
            ),
        ),
    ),
    Rule(
        id="object-storage.queue-loses-files",
        title="Files get lost on the way through the queue",
        cause="Another consumer takes messages of the same queue, or the event filter misses "
        "multipart uploads or the prefix.",
        fix=(
            at_source("Give each pipe a queue of its own."),
            of_types(at_source("Send all creation events.", "s3:ObjectCreated:*"), S3),
            of_types(at_source("Send all creation events.", "OBJECT_FINALIZE"), GCS),
        ),
        documentation=_UNORDERED,
        families=_FILES,
        arms=OBJECTS,
        severity=Severity.ERROR,
        confidence=Confidence.MEDIUM,
        patterns=(r"\b(some|half|many|most) (of the )?files?\b", r"files? .{0,40}(missing|lost)"),
        when=present("source.queueUrl"),
        untraced="Some files never arrive",
        examples=(
            Facts(
                arm="objectStorage",
                source={"queueUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/events"},
                errors=("some files never arrive",),
            ),
        ),
    ),
    Rule(
        id="object-storage.queue-rules",
        title="A queue needs a continuous, authenticated S3 or GCS pipe",
        cause="Unordered mode listens to SQS or a Pub/Sub subscription; public buckets and other "
        "stores have neither.",
        fix=(
            tool(
                "create_s3_clickpipe",
                "Set is_continuous true, authenticate, give the queue's full URL.",
            ),
        ),
        documentation=_UNORDERED,
        families=_FILES,
        patterns=(r"queue_?url",),
        examples=("BAD_REQUEST: queueUrl requires isContinuous",),
    ),
    Rule(
        id="object-storage.file-too-large",
        title="Files above 10 GB are skipped",
        cause="A single object may have 10 GB; larger ones end as a row in the error table.",
        fix=(at_source("Split the files."), RECORD_ERRORS),
        documentation=_S3,
        families=_FILES,
        patterns=(r"(file|object)\b.{0,60}(too (large|big)|exceeds?|larger than).{0,40}",),
        reads_records=True,
        examples=(
            Facts(
                family=Family.OBJECT_STORAGE,
                record_errors=(Row("object events/big.json exceeds the 10 GB limit"),),
            ),
        ),
    ),
    Rule(
        id="object-storage.glob-unsupported",
        title="The path uses alternatives or ranges that are not understood",
        cause="Only ?, * and ** are patterns; {a,b} and {1..9} match nothing.",
        fix=(tool("create_s3_clickpipe", "Use * or **, or one pipe for each alternative."),),
        documentation=_S3,
        families=_FILES,
        arms=OBJECTS,
        predicate=configured_like(
            "source.url", r"\{[^{},]*+,[^{}]*+\}|\{(?:(?!\.\.)[^{}])*+\.\.[^{}]*+\}"
        ),
        examples=(
            Facts(
                family=Family.OBJECT_STORAGE,
                arm="objectStorage",
                source={"url": "https://bucket.s3.amazonaws.com/{a,b}/*.json"},
            ),
        ),
    ),
    Rule(
        id="object-storage.nothing-matched",
        title="The load completed without a single row",
        cause="The path matched no file, or the format read none of them.",
        fix=(
            tool("discover_source_schema", "Check what the path and format find."),
            RECORD_ERRORS,
        ),
        documentation=_S3,
        families=_FILES,
        arms=OBJECTS,
        confidence=Confidence.MEDIUM,
        predicate=both(in_state("Completed"), stays_below(SENT_ANYTHING)),
        examples=(
            Facts(
                family=Family.OBJECT_STORAGE,
                arm="objectStorage",
                state="Completed",
                metrics={"ClickPipes_SentEvents_Total": Metric(0)},
            ),
        ),
    ),
)

ADVICE: tuple[Advice, ...] = (
    Advice(
        id="object-storage.file-order",
        title="New files are ignored without an error",
        cause="A continuous pipe takes only names that sort after the last one it read.",
        fix=(
            at_source("Name files by time, so that new ones sort last."),
            tool("create_s3_clickpipe", "Otherwise, recreate with a queue (unordered mode)."),
        ),
        documentation=_S3,
        families=_FILES,
        keywords=("new file", "ignored", "not picked", "missing file", "late file", "skipped file"),
    ),
    Advice(
        id="object-storage.queue-dedicated",
        title="Some files never arrive in unordered mode",
        cause="Another consumer takes messages of the same queue, or the event filter misses "
        "multipart uploads or the prefix.",
        fix=(
            at_source("Give each pipe a queue of its own."),
            of_types(at_source("Send all creation events.", "s3:ObjectCreated:*"), S3),
            of_types(at_source("Send all creation events.", "OBJECT_FINALIZE"), GCS),
        ),
        documentation=_UNORDERED,
        families=_FILES,
        keywords=("missing file", "some files", "queue", "sqs", "unordered"),
    ),
    Advice(
        id="object-storage.sns-raw",
        title="Events through SNS arrive only as raw messages",
        cause="Without raw delivery the event is wrapped and not recognised.",
        fix=(at_source("Turn raw message delivery on.", "RawMessageDelivery=true"),),
        documentation=_UNORDERED,
        families=_FILES,
        keywords=("sns", "unordered", "nothing ingested"),
    ),
    Advice(
        id="object-storage.azure-listing-slow",
        title="Azure containers with many files are noticed late",
        cause="Listing takes 30 s below 100,000 files and more than 90 s above 500,000.",
        fix=(at_source("Use a narrower prefix, and move old files away."),),
        documentation=_AZURE,
        families=_FILES,
        types=AZURE_BLOB,
        keywords=("slow", "late", "azure", "many files"),
    ),
)
