"""One id for each call, by which log, journal, trace and answer are put together."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_current: ContextVar[str | None] = ContextVar("call_id", default=None)


@contextmanager
def numbered() -> Iterator[str]:
    """Give what is awaited inside the block an id of its own: 16 hexadecimal digits."""
    call_id = uuid.uuid4().hex[:16]
    token = _current.set(call_id)
    try:
        yield call_id
    finally:
        _current.reset(token)


def current_call() -> str | None:
    """The id of the call that is being answered; None outside of one."""
    return _current.get()
