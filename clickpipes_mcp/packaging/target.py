"""What is known of an installer: the files it reads, and where their form is documented."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from clickpipes_mcp.packaging.description import Description


@dataclass(frozen=True)
class Target:
    """An installer. `files` answers texts, or documents to be written as JSON, by path.

    `install` is what a person types in the directory of the files, `checked_by` whose programs have
    read them; both are Markdown.
    """

    key: str
    title: str
    documentation: str
    install: str
    checked_by: str
    files: Callable[[Description], Mapping[str, object]]
