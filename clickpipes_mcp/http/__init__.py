"""Serving MCP over streamable HTTP: who may call, under which name, and how it ends."""

from clickpipes_mcp.http.app import http_app
from clickpipes_mcp.http.bearer import read_tokens
from clickpipes_mcp.http.caller_list import Caller, list_callers
from clickpipes_mcp.http.fetching import JsonReader
from clickpipes_mcp.http.issued_tokens import JwtVerifier
from clickpipes_mcp.http.peeked_bodies import MAX_BODY_BYTES
from clickpipes_mcp.http.serving import serve_http

__all__ = [
    "MAX_BODY_BYTES",
    "Caller",
    "JsonReader",
    "JwtVerifier",
    "http_app",
    "list_callers",
    "read_tokens",
    "serve_http",
]
