"""Google Cloud Storage: what reading files of a bucket needs of it and of the account."""

from clickpipes_mcp.checks.checklist import SourceCheck
from clickpipes_mcp.checks.gcs.looking import BucketLook

CHECK = SourceCheck(
    source="gcs",
    extra="checks-gcs",
    module="google.auth",
    optional=(),
    look=BucketLook(),
    documentation="https://clickhouse.com/docs/integrations/clickpipes/object-storage/"
    "google-cloud-storage/overview",
    reads_records=True,
)
