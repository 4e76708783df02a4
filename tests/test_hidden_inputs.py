"""No error repeats a value: not in its text, its structure, its traceback, or the log."""

import copy
import json
import logging
import traceback
from collections.abc import Iterator, Mapping
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from clickpipes_mcp.contract import Answer, Request
from clickpipes_mcp.errors import InvalidArguments
from clickpipes_mcp.schema_shape import full_schema
from clickpipes_mcp.settings import TOOLSETS
from clickpipes_mcp.sources import SOURCES, PipeSettings, source_named
from clickpipes_mcp.tools import TOOLS
from clickpipes_mcp.tools.arguments import valid_call, valid_part
from clickpipes_mcp.tools.views import error_content, error_text
from tests.serving import REFERENCE_BODIES, said
from tests.walking import walked

CANARY = "QuietCanary4711"
LONG = CANARY * 100_000
Path = tuple[str | int, ...]

MISUSES: dict[str, object] = {
    "the bare word": CANARY,
    "a long text": LONG,
    "several words": f"x {CANARY}\n{CANARY}",
    "in a list": [CANARY],
    "in a list of lists": [[CANARY]],
    "in an object": {"unheard_of": CANARY},
    "in an object of objects": {"unheard_of": {"deeper": CANARY}},
    "in a list of objects": [{"unheard_of": CANARY}],
    "in broken JSON": '{"unheard_of": "' + CANARY,
    "in JSON of another form": json.dumps([{"unheard_of": CANARY}]),
    "as a URL": f"https://user:{CANARY}@example.com",
    "as a time": f"2026-01-31T{CANARY}",
    "as a number": f"4711{CANARY}",
}


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """A model and every model within its fields."""
    for part in get_args(annotation):
        yield from models_in(part)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        for field in annotation.model_fields.values():
            yield from models_in(field.annotation)


ROOTS = [
    *(tool.arguments for tool in TOOLS),
    *(model for source in SOURCES for model in (source.create, source.update) if model),
]
REACHABLE = sorted({model for root in ROOTS for model in models_in(root)}, key=repr)


@walked(REACHABLE, lambda model: model.__name__)
def test_every_model_hides_its_input(model) -> None:
    assert issubclass(model, Request | Answer)
    assert model.model_config["hide_input_in_errors"] is True


def places(schema: Mapping[str, Any], path: Path = ()) -> Iterator[Path]:
    """Every place in a schema, the deepest last."""
    if path:
        yield path
    for name, inner in schema.get("properties", {}).items():
        yield from places(inner, (*path, name))
    if "items" in schema:
        yield from places(schema["items"], (*path, 0))


def placed(value: Any, path: Path, wrong: object) -> Any:
    if not path:
        return wrong
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        items = value if isinstance(value, list) and value else [{}]
        return [placed(items[0], rest, wrong), *items[1:]]
    known = value if isinstance(value, dict) else {}
    return {**known, step: placed(known.get(step), rest, wrong)}


def least(schema: Mapping[str, Any]) -> Any:
    """The smallest value of a schema."""
    if "enum" in schema:
        return schema["enum"][0]
    if schema["type"] == "object":
        return {name: least(schema["properties"][name]) for name in schema.get("required", ())}
    if schema["type"] == "array":
        return [least(schema["items"])] * schema.get("minItems", 0)
    return {"string": "x", "boolean": True}.get(schema["type"], schema.get("minimum", 1))


def told(error: InvalidArguments) -> str:
    """All that could be seen of an error, by anybody."""
    return "".join(
        [
            error_text(error, "simulator"),
            json.dumps(error_content(error, "simulator")),
            repr(error),
            repr(error.problems),
            *traceback.format_exception(error),
        ]
    )


def wrong_calls(schema: Mapping[str, Any], good: Any) -> Iterator[tuple[str, Any]]:
    for path in places(schema):
        for misuse, wrong in MISUSES.items():
            arguments = placed(copy.deepcopy(good), path, wrong)
            yield f"{'.'.join(map(str, path))} {misuse}", arguments


def refusals(calls: Iterator[tuple[str, Any]], check: Any) -> tuple[int, list[str]]:
    """How many calls were refused, and which refusals repeat the value."""
    count, telling = 0, []
    for name, arguments in calls:
        try:
            check(arguments)
        except InvalidArguments as error:
            count += 1
            if CANARY in told(error):
                telling.append(name)
    return count, telling


def good_arguments(tool: Any, schema: Mapping[str, Any]) -> dict[str, Any]:
    if tool.source is not None:
        return copy.deepcopy(dict(source_named(tool.source).example))
    return dict(least(schema))


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_no_refusal_repeats_an_argument(tool) -> None:
    schema = full_schema(tool.arguments)
    calls = wrong_calls(schema, good_arguments(tool, schema))

    count, telling = refusals(calls, lambda arguments: valid_call(tool, arguments))

    assert telling == []
    assert count >= 5 * len(schema["properties"])


@pytest.mark.parametrize("source", [s for s in SOURCES if s.update], ids=lambda s: s.key)
def test_no_refusal_repeats_what_an_update_holds(source) -> None:
    calls = wrong_calls(full_schema(source.update), {})

    count, telling = refusals(
        calls,
        lambda given: valid_part(
            source.update,
            given,
            source.update_rules,
            at="source",
            arm=source.arm,
            fixed=source.immutable,
        ),
    )

    assert telling == []
    assert count > 0


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.key)
def test_no_refusal_repeats_a_fixed_field(source) -> None:
    for name in source.immutable:
        path = tuple(name.split("."))
        with pytest.raises(InvalidArguments) as caught:
            valid_part(
                source.update or PipeSettings,
                placed({}, path, CANARY),
                source.update_rules,
                at="source",
                arm=source.arm,
                fixed=source.immutable,
            )
        assert CANARY not in told(caught.value)


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.key)
def test_no_refusal_repeats_a_setting(source) -> None:
    rules = source.settings_rules
    calls = wrong_calls(full_schema(PipeSettings), {})

    count, telling = refusals(calls, lambda given: valid_part(PipeSettings, given, rules, at="s"))

    assert telling == []
    assert count > 0


def everywhere(schema: Mapping[str, Any], wrong: object) -> Any:
    """The wrong value in every place at once that holds no others."""
    if schema.get("type") == "object" and schema.get("properties"):
        return {name: everywhere(inner, wrong) for name, inner in schema["properties"].items()}
    if schema.get("type") == "array":
        return [everywhere(schema["items"], wrong)]
    return wrong


@pytest.mark.anyio
@pytest.mark.parametrize("misuse", ["the bare word", "in a list", "in an object", "in broken JSON"])
async def test_no_answer_and_no_log_repeats_what_a_server_refuses(serve, caplog, misuse) -> None:
    caplog.set_level(logging.DEBUG)
    served = await serve(toolsets=TOOLSETS, consent="dangerously-off")
    pipe = await served.pipe(REFERENCE_BODIES[0])
    wrong = MISUSES[misuse]

    for tool in TOOLS:
        schema = full_schema(tool.arguments)
        if schema["properties"]:
            arguments = everywhere(schema, wrong)
            if "clickpipe" in schema["properties"]:
                arguments["clickpipe"] = pipe
            arguments.pop("service", None)
            result = await served.call(tool.name, **arguments)

            shown = said(result) + json.dumps(result.structured_content) + repr(result)
            logged = caplog.text + "".join(str(record.__dict__) for record in caplog.records)
            assert CANARY not in shown
            assert CANARY not in logged
