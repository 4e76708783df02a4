"""Amazon S3 and stores that speak S3: what reading files of a bucket needs of it and of the key."""

from clickpipes_mcp.checks.checklist import SourceCheck
from clickpipes_mcp.checks.s3.looking import BucketLook

CHECK = SourceCheck(
    source="s3",
    extra="checks-s3",
    module="botocore",
    optional=(),
    look=BucketLook(),
    documentation="https://clickhouse.com/docs/integrations/clickpipes/object-storage/"
    "amazon-s3/overview",
    reads_records=True,
)
