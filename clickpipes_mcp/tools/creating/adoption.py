"""Finds out whether the pipe to create exists already, by its name and its configuration."""

from dataclasses import dataclass
from typing import Any

from clickpipes_mcp.argument_form import snake_case
from clickpipes_mcp.cloud import Pipe, RequestBody, differences, telling_facts, uncompared
from clickpipes_mcp.contract import SourceSpec
from clickpipes_mcp.errors import NextAction
from clickpipes_mcp.journal import Journal, JournalEntry
from clickpipes_mcp.secret_refs import Secret, digest_of
from clickpipes_mcp.tools.adoption import Present
from clickpipes_mcp.tools.deletions import is_leaving
from clickpipes_mcp.tools.pipe_names import PIPE_WORDS, describe_present
from clickpipes_mcp.tools.record import Call


@dataclass(frozen=True)
class WantedPipe:
    """A pipe that is to exist: its service, its name and the body that would create it."""

    service_id: str
    name: str
    body: RequestBody
    spec: SourceSpec
    journaled: str
    digest: str | None = None

    words = PIPE_WORDS
    operation = "create"

    @property
    def journal_name(self) -> str:
        return self.journaled

    @property
    def key(self) -> str:
        return self.name

    @property
    def look_again(self) -> NextAction:
        return NextAction(
            "list_clickpipes",
            "shows in a minute whether it is there",
            {"name_contains": self.name},
        )

    def is_journaled_as(self, entry: JournalEntry) -> bool:
        """Whether a line of the journal is about a pipe of this name."""
        return entry.is_about(self.journaled)

    def is_meant_by(self, pipe: Pipe) -> bool:
        """Whether a pipe has the name."""
        return pipe.truth.name == self.name

    def is_leaving(self, call: Call[Any], pipe: Pipe) -> bool:
        """Whether this server deleted the pipe. The API goes on listing it for a while."""
        return is_leaving(call.app.journal, pipe)

    def differences(self, pipe: Pipe) -> tuple[str, ...]:
        """The fields in which a pipe is not as asked for, as the tool's arguments are written."""
        differing = differences(self.body, pipe, self.spec)
        return tuple(_as_written(path, self.spec.arm) for path in differing)

    def unconfirmed(self, call: Call[Any], pipe: Pipe) -> tuple[str, ...]:
        """The fields that no read shows, unless the journal knows that they were asked for so."""
        hidden = uncompared(self.body, pipe, self.spec).telling
        if not hidden or self.digest == self._journaled(call.app.journal, pipe):
            return ()
        return tuple(_as_written(path, self.spec.arm) for path in hidden)

    def not_compared(self, pipe: Pipe) -> tuple[str, ...]:
        """The fields that were asked for and that no read shows, where they do not matter here."""
        hidden = uncompared(self.body, pipe, self.spec).others
        return tuple(_as_written(path, self.spec.arm) for path in hidden)

    def _journaled(self, journal: Journal, pipe: Pipe) -> str | None:
        """What the journal last knew of such fields of a pipe; None where it knows nothing."""
        told = (*journal.entries_about(pipe.id, self.journaled), *journal.recent())
        last = {entry.id: entry for entry in told}
        known = [
            entry.digest
            for entry in last.values()
            if entry.digest and not entry.came_to_nothing and self._is_of(entry, pipe)
        ]
        return known[-1] if known else None

    def _is_of(self, entry: JournalEntry, pipe: Pipe) -> bool:
        if entry.clickpipe_id is not None:
            return entry.clickpipe_id == pipe.id
        return (
            entry.operation == self.operation
            and entry.service_id == self.service_id
            and self.is_journaled_as(entry)
        )

    def describe(self, pipe: Pipe) -> Present:
        """The words about an existing pipe in an error of conflict."""
        return describe_present(pipe)


def digest_of_hidden(call: Call[Any], body: RequestBody, spec: SourceSpec) -> str:
    """A digest of the fields that no read shows; without the API key it tells nothing.

    Of a secret that leads to an account, the account counts, however the secret is referred to.
    """
    facts = {
        path: (call.app.client.place_of(value) or value) if isinstance(value, Secret) else value
        for path, value in telling_facts(body, spec.read_back).items()
    }
    return digest_of(facts, call.app.store_key)[:32]


def _as_written(path: str, arm: str) -> str:
    """A path as the tool's arguments are written: `source.table_mappings`."""
    return ".".join(snake_case(step) for step in path.split(".") if step != arm)
