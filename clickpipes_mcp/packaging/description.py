"""What every package says of this server: names, version, how it is started, what it asks for."""

from dataclasses import dataclass
from importlib.metadata import metadata

from clickpipes_mcp.settings import documented_settings

NAME = "clickpipes-mcp"
SERVER = "clickpipes"
TITLE = "ClickPipes"
AUTHOR = "The clickpipes-mcp authors"
# The registry of the Model Context Protocol allows a summary 100 characters.
SUMMARY = "Create, run, change and troubleshoot ClickPipes, the ingestion of ClickHouse Cloud."
NEXT_RELEASE = "0.1.0"


@dataclass(frozen=True)
class Variable:
    """A variable that an installer asks a person for; all of them may be left empty."""

    name: str
    title: str
    is_secret: bool = False

    @property
    def key(self) -> str:
        """Its name where clients want lower case."""
        return self.name.removeprefix("CLICKPIPES_").lower()

    @property
    def description(self) -> str:
        """What the settings say of it."""
        return next(doc.description for doc in documented_settings() if self.name in doc.variables)


KEY = (
    Variable("CLICKPIPES_KEY_ID", "API key id"),
    Variable("CLICKPIPES_KEY_SECRET", "API key secret", is_secret=True),
)
VARIABLES = (
    *KEY,
    Variable("CLICKPIPES_ORGANIZATION_ID", "Organization id"),
    Variable("CLICKPIPES_SERVICE_ID", "Service id"),
    Variable("CLICKPIPES_ALLOW", "Most that tools may do"),
)


@dataclass(frozen=True)
class Description:
    """What is packaged: the program that is installed, or a release that is on PyPI.

    A package that named a release before there is one would start whatever somebody else puts on
    PyPI under this name, and so none does.
    """

    version: str = NEXT_RELEASE
    namespace: str | None = None
    is_released: bool = False

    @property
    def launch(self) -> dict[str, object]:
        """How a client starts it."""
        if self.is_released:
            return {"command": "uvx", "args": [f"{NAME}@{self.version}"]}
        return {"command": NAME, "args": []}

    @property
    def image(self) -> str:
        """What an image of it is called where it is built."""
        return f"{NAME}:{self.version}"

    @property
    def keywords(self) -> list[str]:
        """Those of the project, as it was installed."""
        return metadata(NAME)["Keywords"].split(",")

    @property
    def license(self) -> str:
        """The SPDX expression of the project."""
        return metadata(NAME)["License-Expression"]

    @property
    def python(self) -> str:
        """The versions of Python that the project runs on."""
        return metadata(NAME)["Requires-Python"]

    @property
    def readme(self) -> str:
        """What somebody reads who finds a plugin."""
        start = (
            f"It starts {NAME} {self.version} from PyPI with uv."
            if self.is_released
            else f"It starts `{NAME}`, which has to be on the `PATH` of the assistant."
        )
        return f"""# {TITLE}

{SUMMARY}

{start} Without an API key a built-in simulator answers. What is
destructive asks a person first.
"""

    @property
    def wheel(self) -> str:
        """The file that a build of this version makes."""
        return f"{NAME.replace('-', '_')}-{self.version}-py3-none-any.whl"
