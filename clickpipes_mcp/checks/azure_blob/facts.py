"""What was read of a container, and of the login to it."""

from dataclasses import dataclass
from datetime import datetime

from clickpipes_mcp.checks.azure_blob.connection_strings import Account
from clickpipes_mcp.checks.files.prerequisites import FileFacts


@dataclass(frozen=True)
class Refusal:
    """An error of the storage: its status and the code that Azure gives it."""

    status: int
    code: str


@dataclass(frozen=True)
class Facts:
    """All that was read; of listing and of reading a file the refusal, where there was one."""

    account: Account
    container: str
    now: datetime
    listing_refused: Refusal | None = None
    reading_refused: Refusal | None = None
    was_read: bool = False
    archived: tuple[str, ...] = ()
    files: FileFacts | None = None
