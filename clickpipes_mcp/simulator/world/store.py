"""Keeping a world in a file that is whole at every moment."""

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from clickpipes_mcp.simulator.troubles import TROUBLES
from clickpipes_mcp.simulator.world.organization import Service, World

FORMAT: Final = 1


@dataclass(frozen=True)
class Saved:
    """What the file holds of a world; the origins tie simulated to real time, in seconds."""

    format: int
    revision: int
    wall_origin: float
    simulated_origin: float
    created_at: float
    services: list[Service]


class DamagedStateError(Exception):
    """A state file that cannot be read; it is left as it is."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"The simulator state file {path} cannot be read ({reason}). It was left untouched: "
            "move it away to start fresh, or restore a copy."
        )
        self.path = path


def save(world: World, path: Path) -> None:
    """Write the world beside the file, flush it to disk, and put it in the file's place."""
    saved = Saved(
        FORMAT,
        world.revision,
        world.timeline.wall_origin,
        world.timeline.simulated_origin,
        world.created_at,
        list(world.services.values()),
    )
    temporary = path.with_name(f".{path.name}.tmp")
    with temporary.open("wb") as file:
        file.write(_adapter().dump_json(saved))
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def restore(world: World, path: Path) -> None:
    """Put a saved world into a fresh one. Raises DamagedStateError."""
    try:
        saved = _adapter().validate_json(path.read_bytes())
    except ValidationError as error:
        raise DamagedStateError(path, f"{error.error_count()} errors") from error
    except OSError as error:
        raise DamagedStateError(path, type(error).__name__) from error
    if saved.format != FORMAT:
        raise DamagedStateError(path, f"format {saved.format} is not {FORMAT}")
    unknown = _troubles(saved) - set(TROUBLES)
    if unknown:
        raise DamagedStateError(path, f"no such trouble: {', '.join(sorted(unknown))}")
    world.services = {service.id: service for service in saved.services}
    world.created_at = saved.created_at
    world.revision = saved.revision
    world.timeline.resume(saved.wall_origin, saved.simulated_origin)
    # Ids go on where no earlier run has been.
    world.rng.seed(f"{world.rng.random()} {saved.revision}")


def _troubles(saved: Saved) -> set[str]:
    pipes = [pipe for service in saved.services for pipe in service.pipes.values()]
    past = {episode.trouble for pipe in pipes for episode in pipe.episodes}
    return past | {pipe.trouble for pipe in pipes if pipe.trouble}


@cache
def _adapter() -> TypeAdapter[Saved]:
    return TypeAdapter(Saved)
