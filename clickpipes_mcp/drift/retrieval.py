"""Where the document comes from: a file, the API, or the simulator in its place."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from clickpipes_mcp.clock import SystemClock
from clickpipes_mcp.cloud import open_client
from clickpipes_mcp.drift.document import MAX_BYTES, Document, read_document
from clickpipes_mcp.drift.report import Report, compare
from clickpipes_mcp.embedded import embedded_simulator
from clickpipes_mcp.errors import UnreadableDocument
from clickpipes_mcp.settings import KEY_FAMILIES, load_settings

STANDARD_INPUT: Final = "-"
_SIMULATOR: Final = (
    "the simulator's own document, because no API key is set ("
    + " and ".join(KEY_FAMILIES[1])
    + ")"
)


async def compare_with_api(environ: Mapping[str, str] | None = None) -> Report:
    """Compare with what the configured API says of itself at `/v1`.

    Raises:
        ClickPipesError: The settings are wrong, or the document could not be read.
    """
    settings = load_settings(os.environ if environ is None else environ)
    clock = SystemClock()
    is_simulated = settings.environment == "simulator"
    app = embedded_simulator(settings, clock) if is_simulated else None
    async with open_client(settings, clock, asgi_app=app) as client:
        content = await client.document()
    name = _SIMULATOR if is_simulated else f"{settings.api_url}/v1"
    return compare(Document(content), name)


def compare_with_file(path: str) -> Report:
    """Compare with a document in a file, or on standard input for `-`.

    Raises:
        UnreadableDocument: It cannot be read, or is not an OpenAPI document.
    """
    if path == STANDARD_INPUT:
        return compare(read_document(sys.stdin.buffer.read(MAX_BYTES + 1)), "standard input")
    try:
        with Path(path).open("rb") as file:
            text = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UnreadableDocument(f"{path} cannot be read: {error.strerror}.") from error
    return compare(read_document(text), path)
