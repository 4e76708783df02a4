"""The rendered packages as files, so that a change to them is seen and reviewed."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from clickpipes_mcp.packaging.description import Description
from clickpipes_mcp.packaging.target import Target
from clickpipes_mcp.packaging.targets import TARGETS
from clickpipes_mcp.schema_export import text_of

KEPT = Path(__file__).parent / "kept"


def render(description: Description, targets: Sequence[Target] = TARGETS) -> dict[str, str]:
    """Path below the folder to text; each target has a directory of its key."""
    return {
        f"{target.key}/{path}": content if isinstance(content, str) else text_of(content)
        for target in targets
        for path, content in target.files(description).items()
    }


def differences(
    folder: Path, rendered: Mapping[str, str], targets: Sequence[Target] = TARGETS
) -> list[str]:
    """One line for every file that is missing, outdated or left over."""
    present = _present(folder, targets)
    return [
        *(f"{path} is missing" for path in sorted(rendered.keys() - present)),
        *(f"{path} is left over" for path in sorted(present - rendered.keys())),
        *(
            f"{path} is outdated"
            for path in sorted(rendered.keys() & present)
            if (folder / path).read_text(encoding="utf-8") != rendered[path]
        ),
    ]


def write(folder: Path, rendered: Mapping[str, str]) -> None:
    """Write the files, and leave alone whatever else stands in the folder."""
    for path, text in rendered.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")


def _present(folder: Path, targets: Sequence[Target]) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for target in targets
        for path in (folder / target.key).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
