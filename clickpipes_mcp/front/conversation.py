"""What has been said so far, and so what a message means.

The SDK decides by the first request which protocol a pipe speaks; a client may ask who is there and
shake hands in the older protocol after that. Any other mixture is left to the server.
"""

from clickpipes_mcp.front.answers import Answers
from clickpipes_mcp.front.messages import (
    DISCOVER,
    INITIALIZE,
    INITIALIZED,
    PING,
    Message,
    understood,
)


class Conversation:
    """One client's, up to the first line that is left to the server.

    `heard` are the lines that were answered, or that wanted no answer.
    """

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._version: str | None = None
        self._is_modern = False
        self._is_initialized = False
        self._tools_told = False
        self._shows_panels = False
        self.heard: list[bytes] = []

    @property
    def has_told_tools(self) -> bool:
        """Whether the client knows the tools: it may call one at any time."""
        return self._tools_told

    def answer(self, line: bytes) -> bytes | None:
        """What to send, which may be nothing; None leaves the line to the server."""
        message = understood(line)
        if message is None or not self._is_in_turn(message):
            return None
        self._note(message)
        self.heard.append(line)
        if message.id is None:
            return b""
        shows_panels = message.shows_panels or self._shows_panels
        return self._answers.line(message.id, message.method, self._version, shows_panels)

    def _is_in_turn(self, message: Message) -> bool:
        if message.method == INITIALIZE:
            return self._version is None and not self._is_modern
        if message.method == INITIALIZED:
            return self._version is not None and not self._is_initialized
        if message.version is not None:
            return self._version is None
        return self._version is not None

    def _note(self, message: Message) -> None:
        if message.method == INITIALIZE:
            self._version, self._shows_panels = message.version, message.shows_panels
        elif message.method == INITIALIZED:
            self._is_initialized = True
        elif message.method not in (DISCOVER, PING):
            self._is_modern = message.version is not None
            self._tools_told = self._tools_told or message.method == "tools/list"
