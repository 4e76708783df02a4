"""Everything that can be wrong with a pipe of this world, by name."""

from collections.abc import Mapping
from typing import Final

from clickpipes_mcp.simulator.troubles import databases, destination, files, streams
from clickpipes_mcp.simulator.troubles._trouble import Cure, Record, Trouble

TROUBLES: Final[Mapping[str, Trouble]] = {
    **streams.TROUBLES,
    **files.TROUBLES,
    **databases.TROUBLES,
    **destination.TROUBLES,
}

__all__ = ["TROUBLES", "Cure", "Record", "Trouble"]
