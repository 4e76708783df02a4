"""What the operator does where the file of the journal cannot be used."""

from pathlib import Path
from typing import Literal, TypeAlias

from clickpipes_mcp.private_file import NotAPrivateFile

Access: TypeAlias = Literal["readable", "writable"]


def remedy_of(error: OSError, path: Path | None, access: Access, *, is_copy: bool) -> str:
    """What is to be done, and by whom; `is_copy` of a file that shows what stands in the store."""
    if is_copy:
        wanted = (
            f"The operator lets this server's user write {path}, a copy of what stands in the "
            "store, and makes room for it"
        )
        return f"{wanted}; then repeat the call unchanged."
    if isinstance(error, NotAPrivateFile):
        wanted = (
            f"{path} is no regular file of this server's user: it is a link, a device, a pipe, a "
            "directory, a file with a second name, or somebody else's. The operator sets "
            "CLICKPIPES_JOURNAL to another file"
        )
    else:
        wanted = f"The operator makes {path} {access}, or sets CLICKPIPES_JOURNAL to another file"
    return f"{wanted} or to off; then repeat the call unchanged."
