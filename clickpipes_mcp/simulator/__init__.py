"""A ClickPipes control plane to run against: honest, independent, labelled."""

from clickpipes_mcp.simulator.app import build_simulator
from clickpipes_mcp.simulator.faults import Fault, FaultBoard
from clickpipes_mcp.simulator.options import Dialect, SimulatorOptions
from clickpipes_mcp.simulator.scenarios import SCENARIOS, Scenario
from clickpipes_mcp.simulator.store import DamagedStateError
from clickpipes_mcp.simulator.world import (
    DEFAULT_ORGANIZATION_ID,
    DEFAULT_SERVICE_ID,
    IDLE_SERVICE_ID,
    World,
)

__all__ = [
    "DEFAULT_ORGANIZATION_ID",
    "DEFAULT_SERVICE_ID",
    "IDLE_SERVICE_ID",
    "SCENARIOS",
    "DamagedStateError",
    "Dialect",
    "Fault",
    "FaultBoard",
    "Scenario",
    "SimulatorOptions",
    "World",
    "build_simulator",
]
