"""What a conversation is made of, and whether a step ended as it should."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from pydantic import JsonValue

Fact: TypeAlias = JsonValue | frozenset[str]
"""A value, or the values of which one will do."""

ANY_ERROR = "any"
NOT_THERE = object()


@dataclass(frozen=True)
class Reply:
    """How the person answers the server's question; `told` is how the transcript says it."""

    told: str
    action: Literal["accept", "decline", "cancel"]
    content: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Visit:
    """What the person does at the page that an answer links to; `told` says it in the transcript.

    `typed` is what goes into the form, by label; a label of `secrets` gets a value made up on the
    spot. `shown` are the beginnings of the lines worth showing, `*` all. `ends` is the headline of
    the page that must follow.
    """

    told: str
    button: str
    ends: str
    typed: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()


@dataclass(frozen=True)
class Expected:
    """What must come of a step.

    `error` is the code of the failure it must end in. `facts` are values of the structured
    answer at dotted paths. `patience_s` is how long a read may be repeated until they hold.
    """

    error: str | None = None
    facts: Mapping[str, Fact] = field(default_factory=dict)
    mentions: tuple[str, ...] = ()
    patience_s: float = 0.0


@dataclass(frozen=True)
class Step:
    """One call of the assistant.

    `person` and `assistant` are what they say before it. `shown` are the beginnings of the
    lines of the answer worth showing below its first; `*` shows them all. `proves` is what an
    answer as expected shows. `is_unattended` steps are made by a second client, which cannot
    put a question to anybody; a `visit` is how the person answers there. `scenario` steps are
    made in a world of their own, where that is wrong. `takes` are arguments that the answer before
    holds at dotted paths: too long to be shown. What stands at the path `runs` of an answer, the
    person then runs at the database. `highlights` are the dotted paths of the arguments
    worth showing, unless all are. A step that `is_brief` shows no more of its answer than that
    it came.
    """

    tool: str
    arguments: Mapping[str, JsonValue] = field(default_factory=dict)
    expected: Expected = Expected()
    person: str = ""
    assistant: str = ""
    reply: Reply | None = None
    visit: Visit | None = None
    shown: tuple[str, ...] = ()
    proves: str = ""
    is_unattended: bool = False
    scenario: str = ""
    takes: Mapping[str, str] = field(default_factory=dict)
    runs: str = ""
    highlights: tuple[str, ...] | None = None
    is_brief: bool = False

    @property
    def makes_a_pipe(self) -> bool:
        is_create = self.tool.startswith("create_") and self.tool.endswith("_clickpipe")
        return is_create and not self.arguments.get("dry_run")


@dataclass(frozen=True)
class Chapter:
    """Steps that belong together."""

    title: str
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Answer:
    """What came back, and how often a person was asked on the way."""

    text: str
    content: Mapping[str, object]
    is_error: bool
    questions: int = 0


def shortfalls(step: Step, answer: Answer) -> Iterator[str]:
    """What is not as the step expects it."""
    expected = step.expected
    if expected.error is None and answer.is_error:
        yield "it failed"
    if expected.error is not None and not answer.is_error:
        yield f"it should have failed with {expected.error}"
    if expected.error not in (None, ANY_ERROR) and answer.content.get("code") != expected.error:
        yield f"the failure should be {expected.error}, not {answer.content.get('code')}"
    for path, wanted in expected.facts.items():
        found = value_at(answer.content, path)
        if found != wanted and not (isinstance(wanted, frozenset) and found in wanted):
            yield f"{path} should be {_said(wanted)}, not {_said(found)}"
    for words in expected.mentions:
        if words not in answer.text:
            yield f"the answer should mention “{words}”"
    asked_for = 0 if step.reply is None else 1
    if answer.questions != asked_for:
        yield f"a person should be asked {asked_for} times, not {answer.questions}"


def value_at(content: object, path: str) -> object:
    """The value at a dotted path, with numbers for members of lists, or NOT_THERE."""
    for key in path.split("."):
        if isinstance(content, list) and key.isdecimal() and int(key) < len(content):
            content = content[int(key)]
            continue
        if not isinstance(content, Mapping) or key not in content:
            return NOT_THERE
        content = content[key]
    return content


def _said(value: object) -> str:
    if value is NOT_THERE:
        return "absent"
    return " or ".join(sorted(value)) if isinstance(value, frozenset) else repr(value)
