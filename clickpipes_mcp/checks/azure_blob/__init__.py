"""Azure Blob Storage: what reading files of a container needs of it and of the login."""

from clickpipes_mcp.checks.azure_blob.looking import ContainerLook
from clickpipes_mcp.checks.checklist import SourceCheck

CHECK = SourceCheck(
    source="azure_blob",
    extra="checks-azure",
    module="azure.storage.blob",
    optional=(),
    look=ContainerLook(),
    documentation="https://clickhouse.com/docs/integrations/clickpipes/object-storage/"
    "azure-blob-storage/overview",
    reads_records=True,
)
