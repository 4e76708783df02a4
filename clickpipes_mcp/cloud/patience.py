"""What the client tells whoever waits for it, however deep in a call the waiting happens."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

WORTH_TELLING_S = 1.0
Listener = Callable[[str], Awaitable[None]]


async def _unheard(message: str) -> None:
    """Nobody listens."""


@dataclass
class Patience:
    """One caller's waiting: `on_wait` hears why, `limited_s` adds up what the limit cost.

    `gives_way` is for who only looks around: others who wait for the limit are not kept from it.
    """

    on_wait: Listener = _unheard
    limited_s: float = 0.0
    gives_way: bool = False

    def notes(self) -> list[str]:
        """Sentences about the waiting, for the answer."""
        if self.limited_s < WORTH_TELLING_S:
            return []
        return [f"This call waited {self.limited_s:.0f} s for the API's request limit."]


_current: ContextVar[Patience | None] = ContextVar("patience_of_the_caller", default=None)


@contextmanager
def listening(patience: Patience) -> Iterator[Patience]:
    """Let everything awaited inside the block tell this caller."""
    token = _current.set(patience)
    try:
        yield patience
    finally:
        _current.reset(token)


async def tell(message: str) -> None:
    """Say why the caller has to wait now."""
    patience = _current.get()
    if patience:
        await patience.on_wait(message)


def count_limited(seconds: float) -> None:
    """Add to what the request limit cost the caller."""
    patience = _current.get()
    if patience:
        patience.limited_s += seconds


_caller: ContextVar[str] = ContextVar("caller", default="")


@contextmanager
def on_behalf_of(caller: str) -> Iterator[None]:
    """Let everything awaited inside the block count as this caller's."""
    token = _caller.set(caller)
    try:
        yield
    finally:
        _caller.reset(token)


def caller() -> str:
    """Whose share of the request limit is used."""
    return _caller.get()


def gives_way() -> bool:
    """Whether the caller lets others go first."""
    patience = _current.get()
    return patience is not None and patience.gives_way
