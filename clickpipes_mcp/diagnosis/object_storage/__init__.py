"""Object storage as a source: S3 and its kin, GCS, Azure; access, buckets, files, formats."""

from clickpipes_mcp.diagnosis._rule import Advice, Rule, said_by
from clickpipes_mcp.diagnosis.object_storage import access, azure, buckets, files, formats
from clickpipes_mcp.diagnosis.speakers import FILES, Speaker

RULES: tuple[Rule, ...] = (
    *said_by(azure.RULES, Speaker.AZURE),
    *said_by((*buckets.RULES, *formats.RULES), *FILES, Speaker.AWS, Speaker.GOOGLE),
    *said_by(access.RULES, *FILES),
    *said_by(files.RULES, *FILES, Speaker.AWS, Speaker.GOOGLE),
)
ADVICE: tuple[Advice, ...] = (*access.ADVICE, *files.ADVICE)
