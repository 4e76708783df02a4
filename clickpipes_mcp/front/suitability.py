"""Whether settings leave the first answers to what stands in files."""

from collections.abc import Sequence
from typing import Final

from clickpipes_mcp.front.answers import can_answer
from clickpipes_mcp.offering import hidden_anywhere
from clickpipes_mcp.published_schemas import usually_hidden
from clickpipes_mcp.settings import Settings

LEFT_TO_THE_SERVER: Final = frozenset(
    {
        "approval",
        "ca_file",
        "http",
        "http_callers",
        "http_issuer",
        "http_key",
        "http_origins",
        "http_scope",
        "http_sessions",
        "http_tokens",
        "http_url",
        "metrics",
        "otel",
        "passkeys",
        "secrets_bindings",
        "simulator_scenario",
        "simulator_state",
        "sources",
        "store",
        "store_password",
    }
)
"""Settings for HTTP, those that change schemas in ways no file shows, and those that name something
which can turn out to be unusable only when the server is made."""


def is_suitable(settings: Settings, named: Sequence[Settings] = ()) -> bool:
    """Whether a server with these settings is sure to come to be, and to answer what files tell."""
    choices = (settings, *named)
    return (
        all(not one.model_fields_set & LEFT_TO_THE_SERVER for one in choices)
        and hidden_anywhere(named or (settings,)) >= usually_hidden()
        and can_answer()
    )
