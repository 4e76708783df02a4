"""The live check of a bastion, played by naming convention as that of a source is.

Source of the texts: Go's network errors and those of its SSH library, which the service is written
with; that it passes them on in these words is not known.
"""

from collections.abc import Mapping
from typing import Final

from clickpipes_mcp.simulator.contract import SSH_KEY_RESOURCE_ID
from clickpipes_mcp.simulator.documents import Document, text
from clickpipes_mcp.simulator.envelope import bad_request
from clickpipes_mcp.simulator.faults import FaultBoard
from clickpipes_mcp.simulator.world.network import SshKey, SshKeyStatus
from clickpipes_mcp.simulator.world.organization import Service

# A host whose name holds one of these refuses in these words, in this world.
REFUSALS: Final[Mapping[str, str]] = {
    "unreachable": "dial tcp {bastion}: connect: no route to host",
    "no-such-host": "dial tcp: lookup {host}: no such host",
    "connection-timeout": "dial tcp {bastion}: i/o timeout",
    "without-key": "ssh: handshake failed: ssh: unable to authenticate, attempted methods "
    "[none publickey], no supported methods remain",
    "no-forwarding": "ssh: rejected: administratively prohibited (open failed)",
}


def bastion_failure(key: SshKey, board: FaultBoard) -> str:
    """What the check of a key's bastion says when it fails, else nothing."""
    host = text(key.request, "host")
    for fault in board.source_faults():
        if fault.path in key.bastion:
            return fault.text or f"dial tcp {key.bastion}: connect: connection refused"
    said = next((words for marker, words in REFUSALS.items() if marker in host), "")
    return said.format(bastion=key.bastion, host=host)


def validate(key: SshKey, board: FaultBoard, now: float) -> None:
    """Log in to the bastion with the key and note what came of it."""
    key.status_message = bastion_failure(key, board)
    key.status = SshKeyStatus.FAILED if key.status_message else SshKeyStatus.ACTIVE
    key.validated_at = key.updated_at = now


def require_tunnel(service: Service, source: Document, board: FaultBoard) -> None:
    """Raise ApiError for a source whose tunnel cannot be had.

    No source tells what the service says of a key that is unknown or whose check did not succeed;
    refusing both is the strict reading.
    """
    wanted = text(source, SSH_KEY_RESOURCE_ID)
    if not wanted:
        return
    key = service.ssh_keys.get(wanted)
    if key is None:
        raise bad_request(f'SSH key resource "{wanted}" not found')
    if key.status is not SshKeyStatus.ACTIVE:
        raise bad_request(
            f'SSH key resource "{key.name}" must be active. Current status: {key.status}'
        )
    failed = bastion_failure(key, board)
    if failed:
        raise bad_request(
            f"failed to establish connection: SSH tunnel through {key.bastion}: {failed}"
        )
