"""An SSH key as an assistant needs to see it, and the pipes whose tunnels use it."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from clickpipes_mcp.cloud import Pipe, SshKey
from clickpipes_mcp.errors import NextAction
from clickpipes_mcp.quotation import quote_unless_plain
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.ssh_keys import (
    PIPE_FIELD,
    authorized_keys_line,
    explain_refusal,
    installation,
    status_named,
)
from clickpipes_mcp.tools.dry_run import PlannedRequest, show
from clickpipes_mcp.tools.pipe_views import moment
from clickpipes_mcp.tools.record import Call
from clickpipes_mcp.tools.views import View, actions
from clickpipes_mcp.tools.writes import Write

MOST_USERS = 20
_NO_LINE = "The API did not answer a public key of a known form; look at the key in the console."


class KeyRow(BaseModel):
    """One line of a list."""

    model_config = ConfigDict(frozen=True)

    name: str
    bastion: str
    status: str
    id: str


class KeyList(View):
    """The SSH keys of a service."""

    ssh_keys: list[KeyRow]


class KeyView(View):
    """One SSH key. `authorized_keys` is the exact line that the bastion needs."""

    id: str
    name: str
    bastion: str
    description: str | None = None
    status: str
    status_means: str
    status_message: str | None = None
    last_validated: str | None = None
    authorized_keys: str | None = None
    on_the_bastion: list[str] | None = None
    how_to_use: str | None = None
    used_by: list[str] | None = None


class KeyOutcome(View):
    """What a write did, or in a dry run would do."""

    ssh_key: KeyRow | None = None
    request: PlannedRequest | None = None
    authorized_keys: str | None = None
    on_the_bastion: list[str] | None = None


def label(key: SshKey) -> str:
    """What people know a key by."""
    return clean(key.name, limit=255) or key.id


def name(key: SshKey) -> str:
    """The same in a sentence."""
    return clean(label(key), limit=80)


def row(key: SshKey) -> KeyRow:
    """A key as one line."""
    return KeyRow(
        name=name(key), bastion=clean(key.bastion, limit=255), status=key.status, id=key.id
    )


def line_for(key: SshKey) -> tuple[str | None, list[str] | None]:
    """The line for `authorized_keys` and the commands that put it there."""
    line = authorized_keys_line(key.public_key)
    if line is None:
        return None, None
    return line, [f"as {clean(key.username, limit=80)} on the bastion:", *installation(line)]


def explain(key: SshKey) -> list[str]:
    """What a failed check means and what mends it."""
    if not key.status_message:
        return []
    refusal = explain_refusal(key.status_message)
    if refusal is None:
        return ["What failed is not known here: read the message above with the bastion's log."]
    return [refusal.meaning, refusal.fix]


def whole(key: SshKey, pipes: Sequence[Pipe]) -> KeyView:
    """A key with everything that is known of it; `pipes` are those of its service."""
    line, commands = line_for(key)
    users = using(key, pipes)
    return KeyView(
        summary=f"SSH key “{name(key)}” is {key.status}.",
        id=key.id,
        name=label(key),
        bastion=clean(key.bastion, limit=255),
        description=clean(key.description, limit=255) or None,
        status=key.status,
        status_means=status_named(key.status).meaning,
        status_message=clean(key.status_message, limit=300) or None,
        last_validated=moment(key.last_validated_at),
        authorized_keys=line,
        on_the_bastion=commands,
        how_to_use=how_to_use(key) if key.status == "active" else None,
        used_by=[
            f"{clean(pipe.name, limit=80)} ({pipe.id}, {pipe.state})" for pipe in users[:MOST_USERS]
        ]
        or None,
        warnings=[*explain(key), *([] if line else [_NO_LINE])],
        next_actions=actions(*what_next(key)),
    )


def how_to_use(key: SshKey) -> str:
    """What a pipe would write to go through the tunnel."""
    titles = ", ".join(spec.title for spec in SOURCES if PIPE_FIELD in spec.source_fields)
    return (
        f'source.{PIPE_FIELD} "{key.id}" when a pipe is created ({titles}), with the host and '
        "port of the source as the bastion reaches it."
    )


def what_next(key: SshKey) -> list[NextAction]:
    """What usually follows from a key's status."""
    if key.status == "active":
        return []
    why = "tries the login, once the line stands in authorized_keys"
    return [NextAction("validate_ssh_key", why, {"ssh_key": key.id})]


def using(key: SshKey, pipes: Sequence[Pipe]) -> list[Pipe]:
    """The pipes that are known to go through the tunnel; the API may leave the field out."""
    field = to_camel(PIPE_FIELD)
    wanted = key.truth.id.lower()
    return [pipe for pipe in pipes if str(pipe.truth.arm_body.get(field, "")).lower() == wanted]


def name_pipe(pipe: Pipe) -> str:
    """A pipe by name, id and state, within a sentence of ours."""
    told = (pipe.name, pipe.id, pipe.state)
    name, id_, state = (quote_unless_plain(text) for text in told)
    return f"{name} ({id_}, {state})"


def show_write(call: Call[Any], write: Write[object], summary: str) -> KeyOutcome:
    """The answer of a dry run."""
    plan = show(call, write, summary)
    return KeyOutcome(summary=plan.summary, request=plan.request)
