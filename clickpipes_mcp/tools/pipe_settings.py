"""The settings of a pipe, which the API shows apart from it."""

from pydantic import JsonValue

from clickpipes_mcp.app import App
from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.sources import SETTING_DEFAULTS
from clickpipes_mcp.tools.pipe_views import spec_of


async def with_settings(app: App, pipe: Pipe) -> Pipe:
    """The pipe with its settings, which a list leaves out."""
    spec = spec_of(pipe)
    if spec is None or spec.settings is None or pipe.settings:
        return pipe
    held: dict[str, JsonValue] = (await app.client.pipe_settings(pipe.service_id, pipe.id)).values
    return pipe.model_copy(update={"settings": held})


async def with_settings_to_journal(app: App, pipe: Pipe) -> Pipe:
    """The pipe with every setting before it is changed, where a journal is kept to take it back."""
    if not app.journal.is_kept:
        return pipe
    held = (await with_settings(app, pipe)).settings
    return pipe.model_copy(update={"settings": {**SETTING_DEFAULTS, **held}})
