"""The request schemas of the simulator by name."""

from clickpipes_mcp.simulator.contract import SOURCES, RequestSchema, pipes
from clickpipes_mcp.simulator.http.openapi import OPERATIONS


def _all() -> dict[str, RequestSchema]:
    of_routes = [operation.request for operation in OPERATIONS if operation.request]
    of_sources = [schema for one in SOURCES for schema in (one.create, one.update) if schema]
    return {schema.name: schema for schema in (*of_routes, pipes.STATE_ACTION, *of_sources)}


REQUEST_SCHEMAS = _all()
