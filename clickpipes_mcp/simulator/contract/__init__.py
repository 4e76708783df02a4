"""What a request has to look like: one module a source, one a kind of thing beside the pipes.

Source of the facts: the OpenAPI document of ClickHouse Cloud; for what is newer than it, the
requests of clickhousectl 0.5.0 and the models of the Terraform provider 3.33; for some limits, what
the live service was seen to enforce. Only what the service checks before it acts stands here. What
depends on several fields is a rule of the arm.
"""

from clickpipes_mcp.simulator.contract._request_schema import RequestSchema
from clickpipes_mcp.simulator.contract._shapes import SSH_KEY_RESOURCE_ID
from clickpipes_mcp.simulator.contract._source_schemas import SourceSchemas

__all__ = ["SSH_KEY_RESOURCE_ID", "RequestSchema", "SourceSchemas"]
