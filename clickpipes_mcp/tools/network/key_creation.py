"""Creating SSH keys: each at most once. The cloud makes the pair and keeps the private key."""

from dataclasses import dataclass
from typing import Any

from clickpipes_mcp.cloud import SshKey
from clickpipes_mcp.errors import NextAction
from clickpipes_mcp.journal import JournalEntry
from clickpipes_mcp.ssh_keys import RULES, CreateSshKey
from clickpipes_mcp.tools.addressing import ServiceArguments, find_service_id
from clickpipes_mcp.tools.adoption import (
    Present,
    ReadInFull,
    Words,
    adopt,
    journaled_name,
    write_for,
)
from clickpipes_mcp.tools.attempts import before_sending, create_once
from clickpipes_mcp.tools.dry_run import DryRunArguments
from clickpipes_mcp.tools.network import key_views
from clickpipes_mcp.tools.network.key_views import KeyOutcome
from clickpipes_mcp.tools.record import Call, Effect, ToolSpec
from clickpipes_mcp.tools.views import actions

_THEN = "Put the line on the bastion, then validate the key; only an active one can be used."


class CreateArguments(DryRunArguments, CreateSshKey, ServiceArguments):
    """The key to create."""


@dataclass(frozen=True)
class WantedKey(ReadInFull):
    """A key that is to exist, and how it is recognised among those that do."""

    service_id: str
    request: CreateSshKey
    journaled: str

    words = Words(
        noun="key",
        title="SSH key",
        called="SSH key of that name",
        instead="Nothing of a key can be changed. Use it, or pass another name.",
    )
    operation = "create SSH key"

    @property
    def key(self) -> str:
        """Names are unique in a service."""
        return self.request.name

    @property
    def journal_name(self) -> str:
        return self.journaled

    @property
    def look_again(self) -> NextAction:
        return NextAction("list_ssh_keys", "shows in a minute whether it is there")

    def is_journaled_as(self, entry: JournalEntry) -> bool:
        """Whether a line of the journal is about it."""
        return entry.is_about(self.journaled)

    def is_leaving(self, _: Call[Any], __: SshKey) -> bool:
        """A key that is deleted is gone at once."""
        return False

    def is_meant_by(self, key: SshKey) -> bool:
        """Whether the key is this one, however the rest of it may be set up."""
        return key.truth.name == self.request.name

    def differences(self, key: SshKey) -> tuple[str, ...]:
        """The fields in which a key is not as asked for."""
        compared = ("host", "port", "username", "description")
        return tuple(
            name
            for name in compared
            if (getattr(self.request, name) or "") != (getattr(key.truth, name) or "")
        )

    def describe(self, key: SshKey) -> Present:
        """What a conflict tells of a key that is there."""
        look = NextAction("get_ssh_key", "shows it", {"ssh_key": key.id})
        return Present(key.id, key.status, look=look, wait=look)


async def create_key(call: Call[CreateArguments]) -> KeyOutcome:
    """Create a key; what exists already, or turns out to, is not made twice."""
    arguments, client = call.arguments, call.app.client
    given = arguments.model_dump(include=set(CreateSshKey.model_fields), exclude_unset=True)
    # Official clients always send the port.
    request = CreateSshKey.model_validate({"port": 22, **given})
    service = await find_service_id(call.app, arguments)
    wanted = WantedKey(service, request, journaled_name(call, request.name))
    creation = (await client.requests()).create_ssh_key(wanted.service_id, request.body())
    write = write_for(wanted, creation)

    async def look() -> SshKey | None:
        return adopt(call, wanted, await client.ssh_keys(wanted.service_id))

    if call.is_dry_run:
        with before_sending():
            there = await look()
        if there is not None:
            return _answer_adopted(there)
        return key_views.show_write(
            call, write, f"Would create the SSH key “{request.name}”. {_THEN}"
        )
    made = await create_once(call, wanted, write, look)
    return _answer_created(made.thing) if made.is_new else _answer_adopted(made.thing)


def _answer_created(key: SshKey) -> KeyOutcome:
    return _answer(key, f"Created the SSH key “{key_views.name(key)}”; it is {key.status}. {_THEN}")


def _answer_adopted(key: SshKey) -> KeyOutcome:
    return _answer(
        key,
        f"The SSH key “{key_views.name(key)}” exists already as asked for and was adopted; it is "
        f"{key.status}. Nothing was sent.",
    )


def _answer(key: SshKey, summary: str) -> KeyOutcome:
    line, commands = key_views.line_for(key)
    return KeyOutcome(
        summary=summary,
        ssh_key=key_views.row(key),
        authorized_keys=line,
        on_the_bastion=commands,
        next_actions=actions(*key_views.what_next(key)),
    )


CREATE = ToolSpec(
    name="create_ssh_key",
    title="Create an SSH key",
    description="Create an SSH key for one login on a bastion, so that Kafka and database pipes "
    "can reach a source behind it. It answers the line for authorized_keys and the commands that "
    "put "
    "it there. No secret is involved: the private key stays in ClickHouse Cloud.",
    toolset="network",
    effect=Effect.WRITE,
    arguments=CreateArguments,
    view=KeyOutcome,
    run=create_key,
    rules=RULES,
)
TOOLS = (CREATE,)
