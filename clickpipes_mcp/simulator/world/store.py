"""Keeping a world in a file that is whole at every moment."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, TypeAlias

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


class WorldFile:
    """The file of a world that several processes may change, one after the other.

    `fresh` makes the world that begins where there is no file.
    """

    def __init__(self, world: World, path: Path, fresh: Callable[[], World]) -> None:
        self.path = path
        self._world = world
        self._fresh = fresh
        self._kept: _Seen = None
        self._revision = world.revision

    def refresh(self) -> None:
        """Make the world what the file holds, where another process has changed it.

        Raises:
            DamagedStateError: It cannot be read.
        """
        found = _look_at(self.path)
        if found == self._kept and self._world.revision == self._revision:
            return
        if found is None:
            self._world.become(self._fresh())
        else:
            restore(self._world, self.path)
        self._kept, self._revision = found, self._world.revision

    def save(self) -> None:
        """Write the world where it has changed, or is in no file yet.

        Raises:
            OSError: It cannot be written; the file is as before.
        """
        if self._kept is not None and self._world.revision == self._revision:
            return
        save(self._world, self.path)
        self._kept, self._revision = _look_at(self.path), self._world.revision


_Seen: TypeAlias = tuple[int, int, int, bytes] | None
_HEAD_BYTES: Final = 64  # the revision stands within


def _look_at(path: Path) -> _Seen:
    """What differs where a file is another one than before; None where there is none."""
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            return status.st_ino, status.st_mtime_ns, status.st_size, file.read(_HEAD_BYTES)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DamagedStateError(path, type(error).__name__) from error


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
    origins = world.timeline.origins()
    services = list(world.services.values())
    saved = Saved(FORMAT, world.revision, *origins, world.created_at, services)
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
