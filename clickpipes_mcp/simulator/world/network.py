"""Private ways to a source: reverse private endpoints, and the SSH keys of tunnels."""

import base64
import struct
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from clickpipes_mcp.simulator.documents import JsonObject, number, text
from clickpipes_mcp.simulator.lifecycle import ENDPOINT_DELETE_S, Mark

PUBLIC_KEY_BYTES: Final = 32
_KEY_KIND: Final = b"ssh-ed25519"


@dataclass(slots=True)
class Endpoint:
    """A reverse private endpoint."""

    id: str
    service_id: str
    request: JsonObject
    mark: Mark
    deleted_at: float | None = None

    def is_gone(self, now: float) -> bool:
        """Whether its delete has come through."""
        return self.deleted_at is not None and now - self.deleted_at >= ENDPOINT_DELETE_S


class SshKeyStatus(StrEnum):
    """What the last check of an SSH key found. Source: the models of the Terraform provider."""

    PENDING = "pending"
    ACTIVE = "active"
    FAILED = "failed"


@dataclass(slots=True)
class SshKey:
    """An SSH key resource. Only its public half exists here."""

    id: str
    service_id: str
    request: JsonObject
    public_key: str
    created_at: float
    updated_at: float
    status: SshKeyStatus = SshKeyStatus.PENDING
    status_message: str = ""
    validated_at: float | None = None

    @property
    def name(self) -> str:
        """Its name, which no other key of the service has."""
        return text(self.request, "name")

    @property
    def bastion(self) -> str:
        """The host and port that it opens."""
        return f"{text(self.request, 'host')}:{number(self.request, 'port', 22):.0f}"


def public_key_of(point: bytes) -> str:
    """An OpenSSH public key out of 32 bytes; it has no private half. Source: RFC 4253, RFC 8709."""
    wire = b"".join(struct.pack(">I", len(part)) + part for part in (_KEY_KIND, point))
    return f"{_KEY_KIND.decode()} {base64.b64encode(wire).decode()}"
