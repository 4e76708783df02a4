"""Buckets, their addresses and queues: what they say when a request does not fit."""

from functools import partial

from clickpipes_mcp.contract import Family
from clickpipes_mcp.diagnosis._links import docs
from clickpipes_mcp.diagnosis._rule import Breadth, Rule, Severity
from clickpipes_mcp.diagnosis._scope import OBJECTS, S3
from clickpipes_mcp.diagnosis._steps import at_source, iam, lowering, of_types, tool, wait

_S3 = docs("object-storage/amazon-s3/overview")
_UNORDERED = docs("object-storage/amazon-s3/unordered-mode")
_rule = partial(
    Rule,
    documentation=_S3,
    families=(Family.OBJECT_STORAGE,),
    arms=OBJECTS,
    severity=Severity.CRITICAL,
)

RULES: tuple[Rule, ...] = (
    _rule(
        id="object-storage.region",
        title="The bucket lies in another region than the request was made for",
        cause="The endpoint (address) has no region or a wrong one; the bucket answers only in its "
        "own location.",
        fix=(
            iam("See where it is.", "aws s3api get-bucket-location --bucket <bucket>"),
            tool(
                "create_s3_clickpipe",
                "Recreate with https://<bucket>.s3.<region>.amazonaws.com/<path> as url.",
            ),
        ),
        patterns=(
            r"AuthorizationHeaderMalformed",
            r"region '[\w-]*' is wrong|expecting '[\w-]+-\d'",
            r"PermanentRedirect|TemporaryRedirect|BucketRegionError",
            r"addressed using the specified endpoint",
            r"IllegalLocationConstraint|InvalidRegion|non-empty region",
            r"\b301\b.{0,60}(Moved|bucket|S3)",
        ),
        examples=("AuthorizationHeaderMalformed: the region 'us-east-1' is wrong",),
    ),
    _rule(
        id="object-storage.bucket-missing",
        title="The bucket does not exist",
        cause="Its name is misspelt, it was deleted, or the address is of another store.",
        fix=(
            of_types(iam("See what there is.", "aws s3 ls"), S3),
            tool("create_s3_clickpipe", "The url never changes: recreate with the right name."),
        ),
        patterns=(
            r"NoSuchBucket",
            r"bucket (was |is )?(does not exist|not found|doesn't exist)",
            r"bucket .{0,80}(does not exist|was not found)",
            r"InvalidBucketName",
        ),
        examples=("NoSuchBucket: The specified bucket does not exist",),
    ),
    _rule(
        id="object-storage.file-gone",
        title="A file (object) that was listed does not exist any more",
        cause="It was deleted or moved between listing and reading, or the path names it wrongly.",
        fix=(
            at_source("Do not delete or rename files before they are ingested."),
            tool("discover_source_schema", "Check what the path finds."),
        ),
        patterns=(
            r"NoSuchKey|NoSuchVersion|BlobNotFound",
            r"specified (key|blob|object) does not exist",
            r"No such object",
        ),
        examples=("NoSuchKey: The specified key does not exist.",),
    ),
    _rule(
        id="object-storage.archived",
        title="The object lies in an archive storage class (Glacier, Archive tier)",
        cause="Archived objects are read only after they were restored (rehydrated).",
        fix=(
            iam("Restore them.", "aws s3api restore-object --bucket <bucket> --key <key>"),
            at_source("Otherwise, leave them out of the path."),
        ),
        patterns=(
            r"InvalidObjectState|not valid for the object's storage class",
            r"BlobArchived|archived blob|BlobBeingRehydrated",
            r"\bglacier\b",
        ),
        examples=("InvalidObjectState: The operation is not valid for the object's storage class",),
    ),
    _rule(
        id="object-storage.throttled",
        title="The store asks to slow down: too many requests",
        cause="The request rate of the bucket, account or prefix is above what the store takes.",
        fix=(
            wait("Let it retry."),
            lowering(
                tool(
                    "update_clickpipe_settings",
                    "Read with lower concurrency.",
                    settings={"object_storage_concurrency": 4},
                )
            ),
        ),
        severity=Severity.WARNING,
        patterns=(
            r"SlowDown|reduce your request rate",
            r"ServerBusy|TooManyRequests|RequestLimitExceeded",
            r"\b(429|503)\b.{0,60}(too many|busy|slow|unavailable)",
        ),
        examples=("SlowDown: Please reduce your request rate.",),
    ),
    _rule(
        id="object-storage.queue-denied",
        title="The role or user may not read the SQS queue",
        cause="The policy lacks the actions on the queue, or the queue's own policy does not admit "
        "the role.",
        fix=(
            iam(
                "Allow on the queue:",
                "sqs:ReceiveMessage, sqs:DeleteMessage, sqs:GetQueueAttributes, sqs:ListQueues",
            ),
        ),
        documentation=_UNORDERED,
        patterns=(r"\bsqs:\w+", r"SimpleQueueService.{0,60}(denied|unauthorized)"),
        examples=("is not authorized to perform: sqs:receivemessage on resource: arn:aws:sqs:x",),
    ),
    _rule(
        id="object-storage.queue-missing",
        title="The queue does not exist, or is in another region or account",
        cause="Its name or address is misspelt, or it was deleted.",
        fix=(
            iam("See what there is.", "aws sqs list-queues --region <region>"),
            tool("create_s3_clickpipe", "queue_url never changes: recreate with the right one."),
        ),
        documentation=_UNORDERED,
        patterns=(r"NonExistentQueue|QueueDoesNotExist", r"specified queue does not exist"),
        examples=("AWS.SimpleQueueService.NonExistentQueue: The specified queue does not exist",),
    ),
    _rule(
        id="object-storage.gcs-denied",
        title="The service account may not read the GCS bucket: a role is missing",
        cause="Listing and reading need Storage Object Viewer (storage.objects.list and get) on "
        "the bucket; its metadata a Bucket Viewer role.",
        fix=(
            iam("Grant on the bucket.", "roles/storage.objectViewer"),
            iam("Where storage.buckets.get is named, also.", "roles/storage.bucketViewer"),
        ),
        documentation=docs("object-storage/google-cloud-storage/overview"),
        breadth=Breadth.BROAD,
        patterns=(
            r"does not have (serviceusage|storage)\.[\w.]+ access",
            r"storage\.(objects|buckets)\.\w+",
            r"\b403\b.{0,200}storage\.googleapis",
            r"storage\.googleapis\.com.{0,200}\b(403|AccessDenied|Forbidden)\b",
        ),
        examples=(
            "reader@shop.iam.gserviceaccount.com does not have storage.objects.list access to b.",
        ),
    ),
)
