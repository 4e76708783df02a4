"""What the API answers about SSH key resources."""

from clickpipes_mcp.cloud.configuration import digest
from clickpipes_mcp.cloud.models import UNKNOWN_STATE, Count, Identifier, Moment, State, Text
from clickpipes_mcp.contract import Answer


class SshKey(Answer):
    """A login on a bastion, through which pipes can reach a source.

    Source: the Terraform provider, internal/api/clickpipe_ssh_key_models.go.
    """

    id: Identifier
    service_id: Text = ""
    name: Text = ""
    description: Text = ""
    host: Text = ""
    port: Count = None
    username: Text = ""
    public_key: Text = ""
    status: State = UNKNOWN_STATE
    status_message: Text = ""
    last_validated_at: Moment = None
    request_id: str | None = None

    @property
    def bastion(self) -> str:
        """`user@host:port`."""
        return f"{self.username}@{self.host}:{self.port or 22}"

    @property
    def version(self) -> str:
        """A digest of everything that a person's consent is bound to."""
        return digest(self.model_dump(mode="json", exclude={"request_id", "last_validated_at"}))
