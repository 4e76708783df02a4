"""What the API answers about SSH key resources."""

from clickpipes_mcp.cloud.models import UNKNOWN_STATE, Count, Moment, State
from clickpipes_mcp.cloud.outside_text import Identifier, PublicKey, RequestId, Text, Word
from clickpipes_mcp.cloud.truth import digest
from clickpipes_mcp.contract import Answer


class SshKey(Answer):
    """A login on a bastion, through which pipes can reach a source.

    Source: the Terraform provider, internal/api/clickpipe_ssh_key_models.go.
    """

    id: Identifier
    service_id: Word = ""
    name: Text = ""
    description: Text = ""
    host: Word = ""
    port: Count = None
    username: Word = ""
    public_key: PublicKey = ""
    status: State = UNKNOWN_STATE
    status_message: Text = ""
    last_validated_at: Moment = None
    request_id: RequestId = None

    @property
    def bastion(self) -> str:
        """`user@host:port`."""
        return f"{self.username}@{self.host}:{self.port or 22}"

    def version(self, key: bytes) -> str:
        """A digest of everything that a person's consent is bound to."""
        left_out = {"request_id", "last_validated_at"}
        return digest(self.truth.model_dump(mode="json", exclude=left_out), key)
