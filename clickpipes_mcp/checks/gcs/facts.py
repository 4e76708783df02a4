"""What was read of a bucket, and of the subscription that tells of new files."""

from dataclasses import dataclass

from clickpipes_mcp.checks.checklist import part_of, text_of
from clickpipes_mcp.checks.files.prerequisites import FileFacts
from clickpipes_mcp.checks.google.fields import seconds_of
from clickpipes_mcp.checks.google.requests import Answer, Content


@dataclass(frozen=True)
class Queue:
    """The subscription of a source; rights are None where nobody told them.

    `notifications` is what the bucket sends out, if the account may see that.
    """

    name: str
    answer: Answer
    rights: frozenset[str] | None
    notifications: Answer

    @property
    def kept_s(self) -> float:
        """For how long it keeps events that nobody took."""
        return seconds_of(self.answer.body, "messageRetentionDuration")

    @property
    def lives_s(self) -> float:
        """For how long it stays while nobody reads it; 0 where it stays for ever."""
        return seconds_of(part_of(self.answer.body, "expirationPolicy"), "ttl")

    @property
    def topic(self) -> str:
        return text_of(self.answer.body, "topic")


@dataclass(frozen=True)
class Facts:
    """All that was read. `page` is the first answer to the listing; `member` reads the bucket."""

    bucket: str
    member: str
    page: Answer
    content: Content | None
    files: FileFacts | None
    queue: Queue | None
    has_unseen_queue: bool = False
