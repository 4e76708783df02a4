"""An extension for Gemini CLI, which asks for settings and keeps sensitive ones in the keychain.

What is set goes into the environment of the extension's servers by its name; the user's own
variables that look like secrets do not (getExtensionEnvironment and sanitizeEnvironment of
@google/gemini-cli 0.61.0). Its reference calls settings experimental.
"""

from collections.abc import Mapping

from clickpipes_mcp.packaging.description import NAME, SERVER, SUMMARY, VARIABLES, Description
from clickpipes_mcp.packaging.target import Target


def _files(description: Description) -> Mapping[str, object]:
    return {
        "README.md": description.readme,
        "gemini-extension.json": {
            "name": NAME,
            "version": description.version,
            "description": SUMMARY,
            "mcpServers": {SERVER: description.launch},
            "settings": [
                {
                    "name": variable.title,
                    "description": variable.description,
                    "envVar": variable.name,
                    "sensitive": variable.is_secret,
                }
                for variable in VARIABLES
            ],
        },
    }


TARGET = Target(
    key="gemini",
    title="Gemini CLI extension",
    documentation="https://github.com/google-gemini/gemini-cli/blob/main/docs/extensions/reference.md",
    install="`gemini extensions install .`",
    checked_by="`gemini extensions validate` 0.61.0, which then connected",
    files=_files,
)
