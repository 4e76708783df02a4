"""Where the journal is kept when the operator does not say."""

from pathlib import Path

from clickpipes_mcp.private_file import can_be_written
from clickpipes_mcp.settings import Settings
from clickpipes_mcp.state_directory import state_directory

_NAME = "journal.jsonl"


def journal_file(settings: Settings) -> Path | None:
    """The file that every write is recorded in; None where nothing is recorded.

    What is done to real pipes is recorded in the user's state directory unless the operator
    decides otherwise, as far as that directory can be written. A store keeps it itself.
    """
    if settings.journal is not None:
        return settings.journal_path
    if settings.environment == "simulator" or settings.store is not None:
        return None
    usual = state_directory() / _NAME
    return usual if can_be_written(usual) else None
