"""The pages that people read: their links lead somewhere, and what they tell to type exists."""

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click

from clickpipes_mcp.cli.program import program
from clickpipes_mcp.settings import PREFIX, documented_settings
from clickpipes_mcp.simulator import SCENARIOS

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "clickpipes_mcp").glob("*.md")))
TEXTS = {page: page.read_text(encoding="utf-8") for page in PAGES}
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_FENCED = re.compile(r"^```(?:sh|powershell)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_QUOTED = re.compile(r"`(clickpipes-mcp [^`]+)`")
_PROGRAM = re.compile(r"(?:^|[\s;&|/\\])clickpipes-mcp ([^;&|#>\n]*)")
_FROM_AN_INDEX = re.compile(r"\binstall\b.*?[\s'\"](clickpipes[-_]mcp)(?![\w@.-])")
_OF_DEVELOPMENT = {"test", "packages", "browser", "sql", "dev"}
_VARIABLE = re.compile(rf"\b{PREFIX}[A-Z0-9_]+\b")


def anchors(text: str) -> set[str]:
    """What headings are called in links."""
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in _HEADING.findall(text))
    return {heading.replace(" ", "-") for heading in plain}


def test_every_link_between_pages_leads_to_one():
    for page, text in TEXTS.items():
        for link in _LINK.findall(text):
            if "://" in link:
                continue
            path, _, anchor = link.partition("#")
            target = (page.parent / path).resolve() if path else page
            assert target.exists(), f"{page.name}: {link}"
            if anchor:
                assert anchor in anchors(target.read_text(encoding="utf-8")), f"{page.name}: {link}"


def commands() -> Iterator[tuple[str, list[str]]]:
    """What stands behind the name of the program, and on which page."""
    for page, text in TEXTS.items():
        if page.name == "CHANGELOG.md":
            continue
        shown = [*_FENCED.findall(text), *_QUOTED.findall(text)]
        for block in shown:
            for typed in _PROGRAM.findall(block.replace("\\\n", " ")):
                yield page.name, shlex.split(typed)


def test_every_command_that_pages_tell_to_type_exists():
    seen = set()
    for page, words in commands():
        name = next((word for word in words if not word.startswith("-")), "")
        command: click.Command | None = program.commands.get(name)
        if words and words[0].startswith("-"):
            command = program.commands["serve"]
        assert command is not None, f"{page}: clickpipes-mcp {' '.join(words)}"
        seen.add(name)
        inner = command
        if isinstance(command, click.Group) and len(words) > 1:
            inner = command.commands[words[1]]
        known = {opt for one in inner.params for opt in (*one.opts, *one.secondary_opts)}
        for word in words:
            option = word.partition("=")[0]
            assert not option.startswith("--") or option in known | {"--help"}, f"{page}: {words}"
    assert {"demo", "connect", "doctor", "serve", "simulate"} <= seen


def test_no_page_installs_by_a_name_that_nobody_has_released():
    for page, text in TEXTS.items():
        shown = [*_FENCED.findall(text), *re.findall(r"`([^`\n]+)`", text)]
        for line in "\n".join(shown).splitlines():
            before = line.partition("#")[0]
            assert not _FROM_AN_INDEX.search(before), f"{page.name}: {line}"


def test_every_extra_that_users_need_is_explained():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    section = TEXTS[ROOT / "clickpipes_mcp" / "PACKAGES.md"].partition("## Extras")[2]
    rows = re.findall(r"^\| (`.*?) \|", section.partition("\n## ")[0], re.MULTILINE)
    explained = re.findall(r"`([\w-]+)`", " ".join(rows))
    assert sorted(explained) == sorted(set(project["optional-dependencies"]) - _OF_DEVELOPMENT)


def test_every_variable_and_scenario_that_pages_name_exists():
    known = {name for setting in documented_settings() for name in setting.variables}
    for page, text in TEXTS.items():
        named = set(_VARIABLE.findall(text))
        if page.name != "CHANGELOG.md":
            unknown = {name for name in named - known if not name.startswith(f"{PREFIX}SECRET_")}
            assert not {one for one in unknown if not one.startswith(f"{PREFIX}TEST_")}, page.name
        for scenario in re.findall(r"--scenario ([\w-]+)", text):
            assert scenario in {"list", *SCENARIOS}, page.name
