"""SSH key resources: what is asked of them, what their statuses mean, and what a bastion needs.

ClickHouse Cloud makes the pair of keys and keeps the private one; no secret is involved here.
Source: the Terraform provider, resource clickhouse_clickpipes_ssh_key, and its client of the API.
"""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import Field

from clickpipes_mcp.contract import Request, Rule
from clickpipes_mcp.field_types import Text
from clickpipes_mcp.pipe_states import Stage, State
from clickpipes_mcp.rule_words import RuleBook, avoids, matches, satisfies

DOCUMENTATION: Final = (
    "https://registry.terraform.io/providers/ClickHouse/clickhouse/latest/docs/resources/"
    "clickpipes_ssh_key"
)
PIPE_FIELD: Final = "ssh_key_resource_id"
"""The field of a source that names the key of its tunnel."""

_PUBLIC_KEY = re.compile(
    r"(?:ssh|ecdsa|sk)-[a-z0-9@.-]{1,40} [A-Za-z0-9+/]{16,2000}={0,3}", re.ASCII
)


class CreateSshKey(Request):
    """A key for one login on one bastion; nothing of it can be changed later."""

    name: Text = Field(description="What people will know it by; unique in the service.")
    host: Text = Field(description="Host name or address of the bastion, without port or scheme.")
    port: Annotated[int, Field(ge=1, le=65_535)] = Field(
        default=22, description="SSH port of the bastion, 1-65535; 22 by default."
    )
    username: Text = Field(description="Login on the bastion.")
    description: Annotated[str, Field(max_length=255)] | None = Field(
        default=None, description="A note for people."
    )


EXAMPLE: Final[Mapping[str, object]] = {
    "name": "orders bastion",
    "host": "bastion.example.com",
    "port": 22,
    "username": "clickpipes",
}
_BOOK: Final = RuleBook("ssh-keys.", EXAMPLE, DOCUMENTATION)

RULES: Final[tuple[Rule[Request], ...]] = (
    _BOOK.rule(
        "bare-host",
        "The host of a bastion has no scheme, login, port or path.",
        matches(
            "host",
            r"\A(?:[A-Za-z0-9_.-]{1,253}|[0-9A-Fa-f:.]{2,45})\Z",
            message="This is not a bare host name or address.",
            fix="Give the host alone; the port and the username have fields of their own.",
        ),
        broken={"host": "ssh://clickpipes@bastion.example.com:22"},
        kept={"host": "203.0.113.7"},
    ),
    _BOOK.rule(
        "plain-username",
        "A login name holds no blank, colon, slash or at sign.",
        avoids(
            "username",
            r"[\s:/@]",
            message="A login name holds no blank, colon, slash or at sign.",
            fix="Give the name that stands in /etc/passwd of the bastion.",
        ),
        broken={"username": "clickpipes@bastion"},
    ),
)


_SOME_ID: Final = "5e1d7a90-84b2-4c6f-a3d5-7b90f26c1004"
_IN_A_PIPE: Final = RuleBook(
    "ssh-keys.", {"name": "orders", "source": {PIPE_FIELD: _SOME_ID}}, DOCUMENTATION
)


def active_key(statuses: Mapping[str, str]) -> Rule[Request]:
    """The rule that the tunnel of a pipe uses a key that is there and active.

    `statuses` are those of the service's keys by id.
    """
    active = [key for key, status in statuses.items() if status == "active"]
    return _IN_A_PIPE.rule(
        "active",
        "The SSH key of a tunnel exists and is active.",
        satisfies(
            f"source.{PIPE_FIELD}",
            lambda value: str(value).lower() in {key.lower() for key in active},
            message="No active SSH key of the service has this id.",
            fix="list_network_paths shows the keys. A pending or failed one becomes active when "
            "validate_ssh_key succeeds, once its line stands in authorized_keys on the bastion.",
            allowed=tuple(active[:5]),
        ),
        broken={f"source.{PIPE_FIELD}": "00000000-0000-4000-8000-000000000000"},
    )


STATUSES: Final[Mapping[str, State]] = {
    "pending": State(Stage.MOVING, "no login with it has been tried yet"),
    "active": State(Stage.WORKING, "ClickPipes can log in with it; pipes can use it"),
    "failed": State(Stage.BROKEN, "the last login with it failed"),
}


def status_named(name: str) -> State:
    """What is known of a status; the API may learn new ones."""
    return STATUSES.get(name, State(Stage.MOVING, "a status this version does not know"))


@dataclass(frozen=True)
class Refusal:
    """Why a login on a bastion fails: what its message holds, what it means, who does what."""

    pattern: re.Pattern[str]
    meaning: str
    fix: str


_REFUSALS: Final = (
    Refusal(
        re.compile(r"unable to authenticate|permission denied|publickey", re.IGNORECASE),
        "The bastion answers, and does not accept the key for this login.",
        "Put the line into authorized_keys of exactly this user. Check that ~/.ssh has mode 700 "
        "and the file 600, and that sshd allows this user (AllowUsers, PubkeyAuthentication).",
    ),
    Refusal(
        re.compile(r"administratively prohibited|forward", re.IGNORECASE),
        "The login works, and the bastion forbids forwarding.",
        "Set AllowTcpForwarding yes for this user in sshd_config, let PermitOpen cover the "
        "source, and reload sshd.",
    ),
    Refusal(
        re.compile(r"no such host|lookup ", re.IGNORECASE),
        "The name of the bastion cannot be resolved from the public internet.",
        "Create a key with a public name or address of the bastion, and delete this one.",
    ),
    Refusal(
        re.compile(r"refused", re.IGNORECASE),
        "The host answers, and nothing listens on this port.",
        "Start sshd there, or create a key with the port it listens on.",
    ),
    Refusal(
        re.compile(r"time[d ]? ?out|no route|unreachable|reset", re.IGNORECASE),
        "The bastion cannot be reached from ClickPipes.",
        "Let the addresses of ClickPipes in on the SSH port of the bastion; get_source_guide "
        "lists them under network.",
    ),
)


def explain_refusal(message: str) -> Refusal | None:
    """What a failed login means; None where the message is not known."""
    return next((one for one in _REFUSALS if one.pattern.search(message[:1000])), None)


def authorized_keys_line(public_key: str) -> str | None:
    """The line for `authorized_keys`; None for what is no public key."""
    found = _PUBLIC_KEY.match(public_key.strip())
    return f"restrict,port-forwarding {found[0]} clickpipes" if found else None


def installation(line: str) -> tuple[str, ...]:
    """The commands that put a line into place, to be run on the bastion as the key's user."""
    return (
        "mkdir -p ~/.ssh && chmod 700 ~/.ssh",
        f"printf '%s\\n' {shlex.quote(line)} >> ~/.ssh/authorized_keys",
        "chmod 600 ~/.ssh/authorized_keys",
    )
