"""What of the README and its pages is generated: `--write` renews it, `--check` compares."""

import ast
import re
import sys
import tomllib
from dataclasses import MISSING, fields
from pathlib import Path
from textwrap import wrap

import clickpipes_mcp
from clickpipes_mcp.packaging import TARGETS
from clickpipes_mcp.packaging.links import cursor, vscode
from clickpipes_mcp.panels import PANELS
from clickpipes_mcp.panels.document import document
from clickpipes_mcp.settings import documented_settings
from clickpipes_mcp.simulator.faults import FIELD_MEANINGS, KIND_MEANINGS, KINDS, Fault
from clickpipes_mcp.simulator.fidelity import CASES
from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.telemetry import INSTRUMENTS
from clickpipes_mcp.tools import TOOLS
from tests.http.conformance import table
from tests.request_costs import COSTS

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
BENCHMARKS = ROOT / "tests" / "benchmarks" / "RESULTS.md"
PYPROJECT = ROOT / "pyproject.toml"
PACKAGE = ROOT / "clickpipes_mcp"
CLIENTS = PACKAGE / "CLIENTS.md"
TOOLS_PAGE = PACKAGE / "TOOLS.md"
SETTINGS = PACKAGE / "SETTINGS.md"
SIMULATOR = PACKAGE / "SIMULATOR.md"
HTTP = PACKAGE / "HTTP.md"
CONTRIBUTING = PACKAGE / "CONTRIBUTING.md"
PACKAGES = PACKAGE / "PACKAGES.md"
SIMULATOR_TESTS = Path(__file__).parent / "simulator"
_TEST_OF_CASE = re.compile(r"^(?:async )?def (test_(q\d\d)_\w+)", re.MULTILINE)


def tools() -> str:
    lines = ["| toolset | tool | what it does |", "|---|---|---|"]
    for tool in TOOLS:
        mark = " ◆" if tool.effect.is_destructive else ""
        purpose = tool.description.split(". ")[0].rstrip(".")
        lines.append(f"| {tool.toolset} | `{tool.name}`{mark} | {purpose}. |")
    return "\n".join(lines)


def settings() -> str:
    lines = ["| variable | default | meaning |", "|---|---|---|"]
    for setting in documented_settings():
        preferred, *others = setting.variables
        names = f"`{preferred}`" + "".join(f"<br>`{name}`" for name in others)
        default = f"`{setting.default}`" if setting.default else ""
        lines.append(f"| {names} | {default} | {setting.description} |")
    return "\n".join(lines)


def shown_by_case() -> dict[str, list[str]]:
    """The names of the tests by the fidelity case they show, such as `Q05`."""
    found: dict[str, list[str]] = {}
    for file in sorted(SIMULATOR_TESTS.glob("test_*.py")):
        for name, case in _TEST_OF_CASE.findall(file.read_text(encoding="utf-8")):
            found.setdefault(case.upper(), []).append(name)
    return found


def fidelity() -> str:
    tests = shown_by_case()
    lines = ["| id | behaviour | shown by |", "|---|---|---|"]
    for case in CASES:
        shown = "<br>".join(f"`{name}`" for name in tests.get(case.id, []))
        shown = shown or f"not imitated: {case.left_out}"
        doubt = f". Open: {case.open}" if case.open else ""
        lines.append(f"| {case.id} | {case.behaviour}{doubt} | {shown} |")
    return "\n".join(lines)


def rules() -> str:
    lines = ["| source | rules of a create | of an update |", "|---|---|---|"]
    lines += [f"| {s.title} | {len(s.rules)} | {len(s.update_rules)} |" for s in SOURCES]
    return "\n".join(lines)


def sources() -> str:
    *titles, last = [source.title for source in SOURCES]
    return "\n".join(wrap(f"Pipes read from {', '.join(titles)} and {last}.", 100))


def modules() -> str:
    """The modules of the package by layers, each as its docstring calls it."""
    contracts = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["tool"]["importlinter"]
    layers = next(
        contract["layers"]
        for contract in contracts["contracts"]
        if contract.get("containers") == [clickpipes_mcp.__name__]
    )
    lines = []
    for number, layer in enumerate(layers, 1):
        for name in sorted(layer.split(" | ")):
            path = PACKAGE / name
            is_package = path.is_dir()
            file = path / "__init__.py" if is_package else path.with_suffix(".py")
            purpose = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
            shown = f"{name}/" if is_package else file.name
            lines.append(f"{number:>2}  {shown:<24} {purpose.splitlines()[0].rstrip('.')}")
    return "\n".join(["```", *lines, "```"])


def requests() -> str:
    """What each tool costs of the ten requests in ten seconds, as the counting test proves."""
    lines = ["| toolset | tool | requests |", "|---|---|---:|"]
    lines += [f"| {tool.toolset} | `{tool.name}` | {COSTS[tool.name]} |" for tool in TOOLS]
    return "\n".join(lines)


def links() -> str:
    """One click for the editors that have such links, and where the other packages are."""
    return (
        "`pipx install .` and `uv tool install .` put `clickpipes-mcp` on the `PATH`,\n"
        f"where one click finds it too: [VS Code]({vscode()}),\n"
        f"which asks for the key, or [Cursor]({cursor()}).\n"
        "Plugins, extensions, a bundle and an image: [PACKAGES.md](clickpipes_mcp/PACKAGES.md)."
    )


def packages() -> str:
    """What each package is for, how it is installed, and whose program has read it."""
    lines = ["| directory | for | install with | checked by |", "|---|---|---|---|"]
    lines += [
        f"| [`{t.key}`](packaging/kept/{t.key}) | [{t.title}]({t.documentation}) "
        f"| {t.install} | {t.checked_by} |"
        for t in TARGETS
    ]
    return "\n".join(lines)


def faults() -> str:
    """The kinds of a fault, and its fields with their defaults."""
    kinds = ["| kind | what happens |", "|---|---|"]
    kinds += [f"| `{kind}` | {KIND_MEANINGS[kind]} |" for kind in KINDS]
    shown = ["| field | default | meaning |", "|---|---|---|"]
    for field in fields(Fault):
        default = "" if field.default in (MISSING, "", None) else f"`{field.default}`"
        shown.append(f"| `{field.name}` | {default} | {FIELD_MEANINGS[field.name]} |")
    return "\n".join([*kinds, "", *shown])


def figures() -> str:
    """What the server tells of itself, by the names that Prometheus reads."""
    lines = ["| metric | kind | unit | labels | what it tells |", "|---|---|---|---|---|"]
    lines += [
        f"| `{one.name}` | {one.kind} | {one.unit} "
        f"| {', '.join(f'`{label}`' for label in one.labels)} | {one.tells} |"
        for one in INSTRUMENTS
    ]
    return "\n".join(lines)


def panels() -> str:
    """How large each panel is, with all that it may call."""
    reads = [tool.name for tool in TOOLS if tool.effect.is_read_only]
    lines = ["| panel | drawn from an answer with | size |", "|---|---|---|"]
    for panel in PANELS:
        size_kb = round(len(document(panel, tuple(reads)).encode()) / 1000)
        drawn = " or ".join(f"`{name}`" for name in sorted(panel.draws))
        lines.append(f"| `{panel.uri}` | {drawn} | {size_kb} kB |")
    return "\n".join(lines)


def conformance() -> str:
    """Which scenarios of the protocol's suite say nothing about this server."""
    return table()


BLOCKS = {
    README: {"sources": sources, "links": links},
    TOOLS_PAGE: {"tools": tools, "rules": rules},
    SETTINGS: {"settings": settings},
    SIMULATOR: {"faults": faults, "fidelity": fidelity},
    CONTRIBUTING: {"modules": modules},
    BENCHMARKS: {"requests": requests},
    CLIENTS: {"panels": panels, "conformance": conformance},
    HTTP: {"figures": figures},
    PACKAGES: {"packages": packages},
}


def renewed(page: Path) -> str:
    text = page.read_text(encoding="utf-8")
    for name, render in BLOCKS[page].items():
        pattern = re.compile(rf"(<!-- {name}: [^\n]*-->\n).*?(<!-- /{name} -->)", re.DOTALL)
        if not pattern.search(text):
            raise SystemExit(f"{page.name} has no block {name}")
        table = render()
        text = pattern.sub(lambda m, table=table: f"{m[1]}{table}\n{m[2]}", text)
    return text


def main(mode: str) -> None:
    for page in BLOCKS:
        wanted = renewed(page)
        if mode == "--write":
            page.write_text(wanted, encoding="utf-8")
        elif wanted != page.read_text(encoding="utf-8"):
            raise SystemExit(f"{page.name} is outdated: run python tests/readme_blocks.py --write")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "--check")
