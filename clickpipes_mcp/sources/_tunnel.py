"""The SSH tunnel of a source: the field that names its key, and what holds for it.

Source: the Terraform provider, attribute ssh_key_resource_id of four sources; it is create-only.
"""

from typing import Annotated

from pydantic import Field

from clickpipes_mcp.contract import Request, Rule
from clickpipes_mcp.field_types import Text, is_uuid
from clickpipes_mcp.rule_words import RuleBook, satisfies
from clickpipes_mcp.source_facts import ReadBack
from clickpipes_mcp.ssh_keys import DOCUMENTATION, PIPE_FIELD

SshKeyId = Annotated[
    Text | None,
    Field(description="Id of an SSH key for a tunnel, from list_network_paths."),
]
TUNNEL_READ_BACK = ReadBack(sometimes=(PIPE_FIELD,))
"""Source: the provider keeps what was planned where a read leaves the field out."""


def tunnel_rules(book: RuleBook) -> tuple[Rule[Request], ...]:
    """What holds for the tunnel of any source."""
    return (
        book.family("tunnel.", DOCUMENTATION).rule(
            "key-id",
            "The key of a tunnel is named by its id.",
            satisfies(
                f"source.{PIPE_FIELD}",
                lambda value: is_uuid(str(value)),
                message="This is not the id of an SSH key.",
                fix="Give the id that list_network_paths shows, neither the name nor the key.",
            ),
            broken={PIPE_FIELD: "orders bastion"},
            kept={PIPE_FIELD: "5e1d7a90-84b2-4c6f-a3d5-7b90f26c1004"},
        ),
    )
