"""AWS access keys and roles, which several sources take in the same form."""

from typing import Annotated

from pydantic import Field

from clickpipes_mcp.contract import Request
from clickpipes_mcp.secret_refs import Secret

ROLE_EXAMPLE = "arn:aws:iam::123456789012:role/ClickHouseAccessRole-events"
KEY_EXAMPLE = {
    "access_key_id": "example-access-key-id",
    "secret_key": "${env:CLICKPIPES_SECRET_AWS}",
}


class AccessKey(Request):
    """Both halves are needed; that is a rule, so that one answer names every problem."""

    access_key_id: Annotated[str, Field(min_length=1)] | None = Field(
        default=None, description="Id."
    )
    secret_key: Secret | None = Field(default=None, description="Secret.")
