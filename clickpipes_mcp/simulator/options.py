"""How a simulator is to be: everything a caller may choose."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from clickpipes_mcp.simulator.faults import Fault

Dialect: TypeAlias = Literal["live", "reference-page"]


@dataclass(frozen=True)
class SimulatorOptions:
    """What a simulated control plane is like.

    `speed` is simulated seconds a real second; `pipes` seeds the running service with that many.
    `key` is the one accepted pair; without it every non-empty pair is. `dialect` chooses between
    the live service's state key and CDC-scaling path and those of the OpenAPI reference page.
    """

    seed: int = 0
    speed: float = 1.0
    pipes: int = 0
    rate_limit: bool = False
    quantity_strings: bool = False
    faults: tuple[Fault, ...] = ()
    state_file: Path | None = None
    control: bool = False
    key: tuple[str, str] | None = None
    dialect: Dialect = "live"
    scenario: str | None = None

    def __repr__(self) -> str:
        return f"SimulatorOptions(seed={self.seed}, speed={self.speed}, pipes={self.pipes})"
