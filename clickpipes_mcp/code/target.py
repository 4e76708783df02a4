"""What a target is: one way to write pipes down."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from clickpipes_mcp.cloud import CdcScaling, PrivateEndpoint
from clickpipes_mcp.cloud.ssh_keys import SshKey
from clickpipes_mcp.code.declaration import Declaration

STOPPED: Final = "A database pipe cannot be created stopped: stop it once it runs."


@dataclass(frozen=True)
class Selection:
    """What is written down: pipes of one service, and what stands beside them there."""

    service_id: str
    pipes: Sequence[Declaration]
    endpoints: Sequence[PrivateEndpoint] = ()
    ssh_keys: Sequence[SshKey] = ()
    cdc_scaling: CdcScaling | None = None


@dataclass(frozen=True)
class Loss:
    """What a target cannot say of a pipe, and what comes of it."""

    pipe: str
    what: str

    def tell(self) -> str:
        return f"{self.pipe}: {self.what}"


@dataclass(frozen=True)
class Written:
    """Text to save, and what of the pipes it does not say."""

    text: str
    losses: tuple[Loss, ...] = ()


@dataclass(frozen=True)
class Target:
    """One way to write pipes down.

    `suffix` is the end of a file's name. `beside` is whether it also writes down endpoints, SSH
    keys and the size that database pipes share.
    """

    name: str
    suffix: str
    write: Callable[[Selection], Written]
    beside: bool = False


def tell_needed(pipe: Declaration) -> Iterator[str]:
    """What a script needs beside the secrets to create a pipe."""
    if pipe.needed:
        named = ", ".join(".".join(("source", *path)) for path in pipe.needed)
        yield f"A create needs these, so variables stand for them: {named}."


def common_losses(pipes: Sequence[Declaration]) -> Iterator[Loss]:
    """What is not known of pipes, whatever they are written as."""
    for one in pipes:
        yield from (Loss(one.name, note) for note in one.notes)
