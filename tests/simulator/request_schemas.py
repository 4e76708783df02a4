"""The request schemas of the simulator by name."""

from clickpipes_mcp.simulator.arms import ARMS
from clickpipes_mcp.simulator.contract import RequestSchema, pipes
from clickpipes_mcp.simulator.http.openapi import OPERATIONS


def _all() -> dict[str, RequestSchema]:
    of_routes = [operation.request for operation in OPERATIONS if operation.request]
    sources = [arm.schemas for arm in ARMS]
    of_sources = [schema for one in sources for schema in (one.create, one.update) if schema]
    return {schema.name: schema for schema in (*of_routes, pipes.STATE_ACTION, *of_sources)}


REQUEST_SCHEMAS = _all()
