"""The simulator that answers in the place of the API."""

from pathlib import Path

from clickpipes_mcp.clock import Clock
from clickpipes_mcp.cloud import AsgiApp
from clickpipes_mcp.errors import InvalidSettings
from clickpipes_mcp.settings import Settings
from clickpipes_mcp.world_file import world_file


def embedded_simulator(
    settings: Settings, clock: Clock, state_directory: Path | None = None, *, looks: bool = True
) -> AsgiApp:
    """The control plane these settings describe; without a directory its world ends with it.

    Unless it looks at once, a damaged state file is what every request is answered with.

    Raises:
        InvalidSettings: The scenario does not exist, or the state file is damaged.
    """
    from clickpipes_mcp.simulator import (
        SCENARIOS,
        DamagedStateError,
        SimulatorOptions,
        build_simulator,
    )  # start-up cost

    if settings.simulator_scenario not in (None, *SCENARIOS):
        raise InvalidSettings(
            "CLICKPIPES_SIMULATOR_SCENARIO names no scenario.",
            fix=f"It may be one of {', '.join(SCENARIOS)}.",
        )
    options = SimulatorOptions(
        seed=settings.simulator_seed,
        speed=settings.simulator_speed,
        state_file=world_file(settings, state_directory),
        scenario=settings.simulator_scenario,
        dialect=settings.api_dialect,
    )
    try:
        return build_simulator(options, clock, looks=looks)
    except DamagedStateError as error:
        raise InvalidSettings(str(error)) from error
