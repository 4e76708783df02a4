"""Where the simulated pipes are kept when the operator does not say."""

from pathlib import Path

from clickpipes_mcp.private_file import can_be_written
from clickpipes_mcp.settings import Settings


def world_file(settings: Settings, state_directory: Path | None) -> Path | None:
    """The file of the simulated world of these settings; None where it ends with the process.

    A client may start a server for every call. So that each finds what the others did, the world
    is kept in the user's state directory unless the operator decides otherwise, as far as that
    directory can be written. Each connection, scenario and seed has a world of its own.
    """
    if settings.simulator_state == "off":
        return None
    if settings.simulator_state is not None:
        return settings.simulator_state.expanduser()
    if state_directory is None:
        return None
    told = {
        "connection": settings.called,
        "scenario": settings.simulator_scenario,
        "seed": settings.simulator_seed or None,
    }
    name = "-".join(f"{kind}-{value}" for kind, value in told.items() if value is not None)
    usual = worlds(state_directory) / f"{name or 'world'}.json"
    return usual if can_be_written(usual) else None


def worlds(state_directory: Path) -> Path:
    """The directory of all worlds that are kept without being asked for."""
    return state_directory / "simulator"
