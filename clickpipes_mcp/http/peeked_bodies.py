"""The body of a request, looked at before whoever it is for reads it."""

from typing import Final

from starlette.types import Message, Receive

MAX_BODY_BYTES: Final = 1024 * 1024
"""Of one request: room for a pipe of two thousand tables, twice over."""


async def peek(receive: Receive) -> tuple[bytes, Receive]:
    """What a body begins with, whole if it is no longer than allowed, and all of it once more."""
    heard: list[Message] = []
    size = 0
    while size <= MAX_BODY_BYTES:
        message = await receive()
        heard.append(message)
        size += len(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body"):
            break
    return b"".join(message.get("body", b"") for message in heard), told_again(heard, receive)


def told_again(heard: list[Message], receive: Receive) -> Receive:
    """What was heard once more, and then what comes."""
    told = iter(tuple(heard))

    async def again() -> Message:
        return next(told, None) or await receive()

    return again
