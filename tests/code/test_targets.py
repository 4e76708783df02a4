"""Every way to write pipes down, for every source and every recorded and documented create."""

import copy
import json
import os
import re
import shlex
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

import hcl2
import pytest
import yaml
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from clickpipes_mcp.cli.program import program
from clickpipes_mcp.code import FORMATS
from clickpipes_mcp.code.plain_yaml import load_plain
from clickpipes_mcp.code.target import Selection
from clickpipes_mcp.code.targets import TARGETS
from clickpipes_mcp.code.targets.terraform import attributes as provider
from clickpipes_mcp.code.targets.terraform.hcl import quoted
from clickpipes_mcp.simulator import DEFAULT_SERVICE_ID
from tests.code.layout import misplaced
from tests.code.written import (
    EVERY_BODY,
    RECORDED,
    SECRET,
    declared,
    filled,
    made,
    read,
    sent_by_curl,
    settled,
)
from tests.examples import BODY_OF
from tests.serving import LONG_ENOUGH_S, PIPES, facts

pytestmark = pytest.mark.anyio
WRITE = {target.name: target.write for target in TARGETS}

_MADE: dict[str, dict[str, Any]] = {}
_SELECTED: list[Selection] = []


@pytest.fixture
async def pipes(serve) -> dict[str, dict[str, Any]]:
    if not _MADE:
        _MADE.update(await made(await serve(), EVERY_BODY))
    return _MADE


@pytest.fixture
def selection(pipes) -> Selection:
    """Every pipe, declared once for all that only read it."""
    if not _SELECTED:
        _SELECTED.append(selected(pipes))
    return _SELECTED[0]


def selected(pipes: dict[str, dict[str, Any]]) -> Selection:
    return Selection(DEFAULT_SERVICE_ID, declared(pipes))


def test_every_format_is_written_by_a_target() -> None:
    assert tuple(WRITE) == FORMATS


async def test_bodies_make_the_same_pipes_again(serve, pipes, selection) -> None:
    bodies = list(sent_by_curl(WRITE["curl"](selection).text))
    assert [body["name"] for body in bodies] == list(pipes)

    again = await serve()
    for pipe, body in zip(selection.pipes, bodies, strict=True):
        await again.plane.by_somebody_else("POST", PIPES, filled(body, pipe))
        again.clock.advance(LONG_ENOUGH_S)
    for pipe in await again.plane.by_somebody_else("GET", PIPES):
        assert settled(pipe) == settled(pipes[pipe["name"]]), pipe["name"]


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(BODY_OF, id="every source"),
        pytest.param(RECORDED, id="every recorded case", marks=pytest.mark.slow),
    ],
)
async def test_calls_of_this_server_make_the_same_pipes_again(
    serve, pipes, monkeypatch, names
) -> None:
    one_each = {name: pipes[name] for name in names}
    selection = selected(one_each)
    calls = json.loads(WRITE["arguments"](selection).text)
    monkeypatch.setattr("os.environ", os.environ | dict.fromkeys(_variables(calls), SECRET))

    again = await serve()
    for pipe, call in zip(selection.pipes, calls, strict=True):
        arguments = filled(call["arguments"], pipe, snake=True)
        facts(await again.call(call["tool"], **arguments))
    assert {n: settled(p) for n, p in (await read(again)).items()} == {
        name: settled(pipe) for name, pipe in one_each.items()
    }


async def test_documents_say_what_calls_say(selection) -> None:
    calls = json.loads(WRITE["arguments"](selection).text)
    documents = list(yaml.safe_load_all(WRITE["yaml"](selection).text))

    for call, document in zip(calls, documents, strict=True):
        said = {name: value for name, value in call["arguments"].items() if name != "service"}
        said["stopped"] = said.pop("start_paused", None)
        told = document | {"stopped": document.get("stopped")}
        assert call["tool"] == f"create_{told.pop('kind')}_clickpipe"
        assert told == said


async def test_documents_fit_the_schema_for_editors(pipes) -> None:
    schema = json.loads(CliRunner().invoke(program, ["export", "--schema"]).stdout)
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    one_each = selected({name: pipes[name] for name in BODY_OF})
    for document in yaml.safe_load_all(WRITE["yaml"](one_each).text):
        (pipe,) = [one for one in one_each.pipes if one.name == document["name"]]
        whole = filled(document, pipe, snake=True)
        assert validator.is_valid(whole), document["name"]
        assert not validator.is_valid(whole | {"shape": "round"})


def _variables(calls: object) -> list[str]:
    return re.findall(r"\$\{env:(\w+)\}", json.dumps(calls))


def leaves(value: object, at: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    """Every value of a resource by its path, lists of objects as one object."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from leaves(inner, (*at, str(name)))
    elif isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        for item in value:
            yield from leaves(item, at)
    else:
        yield at, value


def in_table(path: tuple[str, ...]) -> bool:
    node: Any = provider.PIPE
    for step in path:
        if node is None:
            return path[0] == "settings"
        if not isinstance(node, Mapping) or step not in node:
            return False
        node = node[step]
    return not isinstance(node, Mapping)


def plain(value: Any) -> Any:
    return value.strip('"') if isinstance(value, str) else value


@pytest.mark.slow
async def test_resources_hold_only_what_the_provider_takes(pipes, selection) -> None:
    written = WRITE["terraform"](selection)
    document = hcl2.loads(written.text)
    variables = {plain(name) for one in document["variable"] for name in one}
    used = set(re.findall(r"var\.(\w+)", written.text))
    resources = {
        plain(label): body
        for one in document["resource"]
        for kind, named in one.items()
        for label, body in named.items()
    }

    assert used == variables
    refused = {loss.pipe for loss in written.losses if "takes no such pipe" in loss.what}
    assert {plain(body["name"]) for body in resources.values()} == set(pipes) - refused
    assert len(document["import"]) == len(resources)
    assert {plain(one["id"]) for one in document["import"]} == {
        f"{pipe['serviceId']}:{pipe['id']}" for name, pipe in pipes.items() if name not in refused
    }
    for label, body in resources.items():
        paths = [path for path, _ in leaves(body) if not path[-1].startswith("__")]
        assert [path for path in paths if not in_table(path)] == [], label
        ((arm, source),) = body["source"].items()
        said = " ".join(loss.what for loss in written.losses if loss.pipe == plain(body["name"]))
        missing = [name for name in provider.REQUIRED[arm] if name not in source]
        assert all(name in said for name in missing), label


ODD = (
    'a"b', "a'b", "a`id`b", "$(id)", "${path.module}", "%{if true}", "a\nb", "a\\", '"; id', "# x",
    "*/", "EOT\nEOT", "\u2028x", "a\u202eb", "-n", "--name", "!x", "~", "\x1b[2J", "version", "$ID",
    "a|b", "&& id", "\\(env)", "<<EOF", "12", "no", "[a]", "a: b", "", "é漢",
)  # fmt: skip


async def test_no_text_of_a_pipe_gets_out_of_its_quotes(pipes) -> None:
    odd = {}
    for number, text in enumerate(ODD):
        pipe = copy.deepcopy(pipes["kafka"]) | {"name": text, "id": f"id-{number}"}
        pipe["source"]["kafka"]["topics"] = text
        pipe["destination"]["columns"] = [{"name": text, "type": text}]
        odd[str(number)] = pipe
    selection = selected(odd)
    names = [pipe.name for pipe in selection.pipes]
    wrote = {name: write(selection).text for name, write in WRITE.items()}

    shell = shlex.split(wrote["clickhousectl"].replace("\\\n", " "), comments=True)
    named = [one.partition("=")[2] or two for one, two in pairwise(shell) if one[:6] == "--name"]
    assert [body["name"] for body in sent_by_curl(wrote["curl"])] == names
    assert [call["arguments"]["name"] for call in json.loads(wrote["arguments"])] == names
    assert [one["name"] for one in load_plain(wrote["yaml"])] == names
    assert [name for name in names if name not in named] == []
    assert len(hcl2.loads(wrote["terraform"])["resource"]) == len(names)
    assert list(misplaced(wrote["terraform"])) == []


async def test_resources_are_laid_out_as_terraform_would(selection) -> None:
    text = WRITE["terraform"](selection).text

    assert list(misplaced(text)) == []


async def test_a_line_that_terraform_would_move_is_found(pipes) -> None:
    text = WRITE["terraform"](selected({"kafka": pipes["kafka"]})).text
    moves = [("= {", "={"), ("  name ", " name "), ("service_id = ", "service_id  = "), ("]", "] ")]
    for one, other in moves:
        assert one in text
        assert list(misplaced(text.replace(one, other, 1))), one


@pytest.mark.parametrize(
    "text", ['a "b" \\ c', "${path.module} %{ if true }", "\u202e\u200b", "\U000e0041x", "é\n\t"]
)
def test_a_text_of_terraform_means_itself(text) -> None:
    written = hcl2.loads(f"a = {quoted(text)}\n")["a"]

    assert "${" not in quoted(text).replace("$${", "")
    assert "%{" not in quoted(text).replace("%%{", "")
    assert quoted(text).isprintable()
    assert isinstance(written, str)


def test_what_cannot_be_seen_is_written_by_its_number() -> None:
    assert quoted("\u202e") == '"\\u202e"'
    assert quoted("\U000e0041") == '"\\U000e0041"'
