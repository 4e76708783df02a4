"""A ClickPipes control plane to run against: honest, independent, labelled."""

from clickpipes_mcp.simulator.faults import Fault, FaultBoard
from clickpipes_mcp.simulator.options import Dialect, SimulatorOptions
from clickpipes_mcp.simulator.serving.app import build_simulator
from clickpipes_mcp.simulator.world.organization import (
    BASTION_KEY_ID,
    DEFAULT_ORGANIZATION_ID,
    DEFAULT_SERVICE_ID,
    IDLE_SERVICE_ID,
    World,
)
from clickpipes_mcp.simulator.world.scenarios import SCENARIOS, Scenario
from clickpipes_mcp.simulator.world.store import DamagedStateError

__all__ = [
    "BASTION_KEY_ID",
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
