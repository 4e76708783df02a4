"""No kind of source is named outside its own room: what differs between kinds, a source says.

A name is a source's key, its arm or one of its types. It stands in code as an identifier or as a
text without white space, which is what code decides by. What people read (texts with white space,
docstrings) may name products, and so may the addresses of pages.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import clickpipes_mcp
from clickpipes_mcp.argument_form import snake_case
from clickpipes_mcp.private_endpoints import KINDS
from clickpipes_mcp.sources import SOURCES

PACKAGE = Path(clickpipes_mcp.__file__).parent
ROOMS = {
    "sources": "a source owns its facts",
    "simulator/arms": "shares no code with the sources, and so says its own",
    "simulator/contract": "the request schemas of the arms",
    "simulator/troubles": "what befalls one kind of source",
    "checks": "what stands at one kind of source",
    "diagnosis": "rules by the kind of source that speaks",
    "guides": "what to prepare at one kind of source",
    "code/targets": "how other tools write one kind of source down",
    "demo": "a conversation about two sources",
    "private_endpoints": "types of endpoints are kinds of their own; one is named after MSK",
    "host_names.py": "domains of providers, whatever kind of source is there",
}
NAMES = {name for source in SOURCES for name in (source.key, source.arm, *source.types)}
WORDS = {name for name in NAMES if name.isalnum() and name.islower()}
SPELLINGS = NAMES - WORDS
"""Names of several words count in their own spelling: object storage is also a family."""

WORDS_OF_ENDPOINTS = {snake_case(word) for key in KINDS for word in (key, *KINDS[key].companions)}
"""What the API calls types of private endpoints and their fields."""

IDENTIFIERS = frozenset({"id", "attr", "name", "asname", "arg", "module"})


@cache
def is_named_in(token: str) -> bool:
    if token.startswith("https://") or snake_case(token) in WORDS_OF_ENDPOINTS:
        return False
    words = re.findall(r"[a-z0-9]+", snake_case(token))
    return not WORDS.isdisjoint(words) or any(name in token for name in SPELLINGS)


def tokens(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The identifiers of some code, and its texts that are no prose, with their lines."""
    nodes = list(ast.walk(tree))
    documentation = {node.value for node in nodes if isinstance(node, ast.Expr)}
    for node in nodes:
        line = getattr(node, "lineno", 0)
        for field in IDENTIFIERS.intersection(node._fields):
            if isinstance(identifier := getattr(node, field), str):
                yield line, identifier
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and node not in documentation
        ):
            text = node.value.strip()
            if not re.search(r"\s", text):
                yield line, text


def named_in(code: str) -> list[tuple[int, str]]:
    return [(line, token) for line, token in tokens(ast.parse(code)) if is_named_in(token)]


def has_a_room(module: str) -> bool:
    return any(module == room or module.startswith(f"{room}/") for room in ROOMS)


def test_no_source_is_named_outside_its_rooms() -> None:
    modules = {path.relative_to(PACKAGE).as_posix(): path for path in PACKAGE.rglob("*.py")}
    offences = [
        f"{module}:{line}: {token}"
        for module, path in sorted(modules.items())
        if not has_a_room(module)
        for line, token in named_in(path.read_text(encoding="utf-8"))
    ]

    assert offences == []


def test_every_room_is_there() -> None:
    assert [room for room in ROOMS if not (PACKAGE / room).exists()] == []


@pytest.mark.parametrize(
    "code",
    [
        "free = arm == 'kafka'",
        "FREE = frozenset({'mysql', 'mongodb'})",
        "FACTS = {'objectStorage': 1}",
        "match arm:\n    case 'postgres': pass",
        "text = f'{key}:redpanda'",
        "def _not_for_msk(): ...",
        "call(kafka_read_committed=True)",
        "call.is_kafka",
        "from clickpipes_mcp.sources import postgres",
        "import clickpipes_mcp.sources.azure_blob",
        "def of(gcs): ...",
    ],
)
def test_a_name_in_code_is_found(code) -> None:
    assert named_in(code)


@pytest.mark.parametrize(
    "code",
    [
        "'''Kafka is named here.'''",
        "description = 'Stops a Postgres pipe.'",
        "page = 'https://clickhouse.com/docs/integrations/clickpipes/postgres'",
        "files = Family.OBJECT_STORAGE",
        "key = 'mskClusterArn' if endpoint.type == 'MSK_MULTI_VPC' else endpoint.msk_cluster_arn",
        "emskirchen = 'neonatal'",
    ],
)
def test_what_people_read_and_words_of_other_things_may_stand(code) -> None:
    assert named_in(code) == []
