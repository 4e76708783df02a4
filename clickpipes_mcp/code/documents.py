"""Files in this package's own form, read: one document for each pipe, YAML or JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from pydantic import ValidationError

from clickpipes_mcp.argument_errors import problems_of
from clickpipes_mcp.argument_form import NormalForm, normal_form
from clickpipes_mcp.code.create_arguments import Body
from clickpipes_mcp.code.targets.bodies import camel
from clickpipes_mcp.contract import SourceSpec
from clickpipes_mcp.errors import InvalidArguments, Problem
from clickpipes_mcp.schema_shape import JsonObject, full_schema
from clickpipes_mcp.secret_refs import Secret, holds_reference
from clickpipes_mcp.sources import SOURCE_KEYS, SOURCES

LONGEST_FILE: Final = 200_000
MOST_DOCUMENTS: Final = 500
_OWN: Final = ("kind", "stopped")


@dataclass(frozen=True)
class Document:
    """One pipe as a file says it shall be.

    `arguments` are those of its create, in their normal form. `missing` are the required fields it
    does without: a pipe that is there may be compared all the same. `stopped` is None where the
    file leaves it open.
    """

    number: int
    spec: SourceSpec
    arguments: Body
    stopped: bool | None = None
    missing: tuple[Problem, ...] = ()

    @property
    def name(self) -> str:
        return str(self.arguments["name"])

    @property
    def body(self) -> Body:
        """The body of the create; what refers to a secret is one."""
        form = dict(self.arguments)
        try:
            body: Body = self.spec.create.model_validate(form).body()
        except ValidationError:
            settings = form.pop("settings", None)
            body = _with_secrets(camel(form)) | ({"settings": settings} if settings else {})
        source = body["source"]
        return {**body, "source": {self.spec.arm: source}}


def read_documents(content: str) -> list[Document]:
    """The pipes of a file; one of nothing but comments holds none.

    Raises:
        InvalidArguments: It is no such file, or holds what no pipe has; nothing was sent.
    """
    if len(content) > LONGEST_FILE:
        raise _refusal(f"is longer than {LONGEST_FILE:,} characters", "Split it.")
    if not content.strip():
        raise _refusal("must not be empty")
    given = [one for one in _parsed(content) if one is not None]
    if len(given) > MOST_DOCUMENTS:
        raise _refusal(f"must hold at most {MOST_DOCUMENTS} pipes; it holds {len(given)}")
    found, problems = [], []
    for number, one in enumerate(given, 1):
        try:
            found.append(_document(number, one))
        except InvalidArguments as error:
            problems += [replace(p, path=f"pipe {number}: {p.path}") for p in error.problems]
    names = [one.name for one in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    problems += [Problem(f"pipe {names.index(name) + 1}: name", "stands twice") for name in twice]
    if problems:
        raise InvalidArguments(problems)
    return found


def _refusal(message: str, fix: str = "") -> InvalidArguments:
    return InvalidArguments([Problem("content", message, fix=fix)])


def _parsed(content: str) -> Sequence[object]:
    import yaml  # late: start-up time

    from clickpipes_mcp.code.plain_yaml import load_plain

    try:
        read = load_plain(content)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f" in line {mark.line + 1}" if mark else ""
        fix = "Plain YAML or JSON is read: no tags, no aliases, no name twice."
        raise _refusal(f"is no YAML or JSON{place}", fix) from None
    except (yaml.YAMLError, RecursionError, ValueError):
        raise _refusal("is no YAML or JSON") from None
    return read[0] if len(read) == 1 and isinstance(read[0], list) else read


def _document(number: int, given: object) -> Document:
    if not isinstance(given, Mapping):
        raise InvalidArguments([Problem("", "is no object", fix="Begin with kind: and name:.")])
    spec = next((one for one in SOURCES if one.key == given.get("kind")), None)
    if spec is None:
        raise InvalidArguments([Problem("kind", "is no kind of source", SOURCE_KEYS)])
    stopped = given.get("stopped")
    if not isinstance(stopped, bool | None):
        raise InvalidArguments([Problem("stopped", "must be true or false")])
    schema = full_schema(spec.create)
    arguments = {name: value for name, value in given.items() if name not in _OWN}
    form = normal_form(arguments, schema, arm=spec.arm)
    missing, wrong = _problems(spec, form, schema)
    if wrong or not isinstance(form.value.get("name"), str):
        raise InvalidArguments([*wrong, *missing])
    return Document(number, spec, dict(form.value), stopped, tuple(missing))


def _problems(
    spec: SourceSpec, form: NormalForm, schema: JsonObject
) -> tuple[list[Problem], list[Problem]]:
    """The fields that are missing, and what else is wrong."""
    try:
        spec.create.model_validate(form.value)
    except ValidationError as error:
        told = list(problems_of(error, form, schema))
        kinds = [details["type"] for details in error.errors(include_url=False)]
        pairs = list(zip(kinds, told, strict=False))
        missing = [one for kind, one in pairs if kind == "missing"]
        wrong = [one for kind, one in pairs if kind != "missing"]
        return missing, [*form.problems, *wrong]
    return [], list(form.problems)


def _with_secrets(value: Any) -> Any:  # noqa: ANN401 # JSON
    if isinstance(value, Mapping):
        return {name: _with_secrets(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_with_secrets(inner) for inner in value]
    return Secret(value) if isinstance(value, str) and holds_reference(value) else value
