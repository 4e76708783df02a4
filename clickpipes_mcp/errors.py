"""Every way a call can fail, by who can act on it.

ClickPipesError
├── CallerError              the assistant corrects the call
│   ├── InvalidArguments     the arguments break a documented rule
│   ├── UnknownPipe          no such pipe, or several of that name
│   ├── Conflict             the pipe is in a state, or has a name, that forbids it
│   └── RefusedByApi         the API answered 400 or 404 to a well-formed request
├── PersonError              the person at the keyboard decides
│   ├── ConsentRequired      nobody was asked yet
│   ├── ConsentDenied        somebody was asked and did not agree
│   ├── SecretAwaited        somebody was asked for a secret and has not given it yet
│   └── ConsentStale         the pipe changed after somebody agreed
├── OperatorError            whoever configured the server acts
│   ├── InternalError        the server itself is defective
│   ├── InvalidSettings      the configuration is contradictory or incomplete
│   ├── SecretUnavailable    a secret reference cannot be resolved
│   ├── NotAuthorized        the key is unknown, expired or lacks a permission
│   ├── UnreadableDocument   the document to compare with is not an OpenAPI document
│   ├── NotAllowed           the operator has put it beyond reach, whoever agrees
│   └── ToolUnavailable      the tool exists but is switched off
└── NobodyYet                waiting may help, nobody can act now
    ├── ServiceNotRunning    the destination service is idle or stopped
    ├── RateLimited          the key used up its requests
    ├── Unreachable          the API did not answer
    ├── UnreadableAnswer     something answered, but not the API
    ├── ShuttingDown         this server ends before the call does
    └── ApiFailure           the API answered with a server error
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar


@dataclass(frozen=True)
class NextAction:
    """A tool call that would come next, ready to be made."""

    tool: str
    why: str
    arguments: dict[str, object] = field(default_factory=dict)


class ClickPipesError(Exception):
    """Root of all errors this package raises on purpose.

    `code` is stable and may be matched on; `fix` says whose turn it is and what to do.
    `problems` are the fields at fault, of `count` in all.
    `may_have_happened` tells of a write that it may have taken effect all the same, `is_adopted`
    that it is then found when the call is repeated, and not done twice.
    """

    code: ClassVar[str] = "error"
    retryable: ClassVar[bool] = False
    may_have_happened: bool = False
    is_adopted: bool = False
    problems: "tuple[Problem, ...]" = ()
    count: int = 0

    def __init__(
        self,
        message: str,
        *,
        fix: str = "",
        request_id: str | None = None,
        next_actions: Sequence[NextAction] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix
        self.request_id = request_id
        self.next_actions = tuple(next_actions)

    @property
    def may_be_repeated(self) -> bool:
        """Whether the same call may help, with nothing to be looked at before."""
        return self.retryable and (self.is_adopted or not self.may_have_happened)


class CallerError(ClickPipesError):
    """The assistant corrects the call; `fits_several` where it names more than one thing."""

    code = "invalid_call"
    fits_several: bool = False


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with the arguments.

    `path` is the field as the caller wrote it, in dots and brackets; `rule` names the rule.
    """

    path: str
    message: str
    allowed: tuple[str, ...] = ()
    fix: str = ""
    rule: str = ""


class InvalidArguments(CallerError):
    """The arguments break the schema or a documented rule; nothing was sent.

    `more` counts problems that were found and are not listed.
    """

    code = "invalid_arguments"

    def __init__(self, problems: Sequence[Problem], *, fix: str = "", more: int = 0) -> None:
        count = len(problems) + more
        noun = "problem" if count == 1 else "problems"
        super().__init__(f"Invalid arguments ({count:,} {noun}); nothing was sent.", fix=fix)
        self.problems = tuple(problems)
        self.count = count


class UnknownPipe(CallerError):
    """No ClickPipe has that id or name, or several have that name."""

    code = "unknown_clickpipe"

    def __init__(
        self,
        message: str,
        *,
        candidates: Sequence[str] = (),
        fix: str = "",
        request_id: str | None = None,
        next_actions: Sequence[NextAction] = (),
    ) -> None:
        super().__init__(message, fix=fix, request_id=request_id, next_actions=next_actions)
        self.candidates = tuple(candidates)


class Conflict(CallerError):
    """The pipe's state or name forbids the operation."""

    code = "conflict"


class RefusedByApi(CallerError):
    """The API refused a request that passed every rule known here.

    `status` is the HTTP status, `text` the API's own words, already redacted.
    """

    code = "refused_by_api"

    def __init__(
        self,
        message: str,
        *,
        status: int,
        text: str,
        fix: str = "",
        request_id: str | None = None,
    ) -> None:
        super().__init__(message, fix=fix, request_id=request_id)
        self.status = status
        self.text = text


class PersonError(ClickPipesError):
    """The person at the keyboard decides."""

    code = "person_decides"


class SecretAwaited(PersonError):
    """Somebody has to give a secret on a private page first."""

    code = "secret_awaited"


class ConsentRequired(PersonError):
    """A person must agree first and has not been asked."""

    code = "consent_required"


class ConsentDenied(PersonError):
    """A person was asked and did not agree; nothing was changed."""

    code = "consent_denied"


class ConsentStale(PersonError):
    """What the person agreed to is no longer what would happen."""

    code = "consent_stale"
    retryable = True


class OperatorError(ClickPipesError):
    """Whoever configured the server acts."""

    code = "operator_acts"


class InternalError(OperatorError):
    """The server itself is defective; a write may have taken effect."""

    code = "internal"


class InvalidSettings(OperatorError):
    """The configuration is contradictory or incomplete."""

    code = "invalid_settings"


class SecretUnavailable(OperatorError):
    """A secret reference cannot be resolved, or a literal secret is not allowed.

    `problems` names every field it is so with, where that is known.
    """

    code = "secret_unavailable"

    @classmethod
    def of_fields(cls, problems: Sequence[Problem]) -> "SecretUnavailable":
        """One error of all fields whose secrets cannot be sent."""
        told = " ".join(f"{problem.path}: {problem.message}" for problem in problems)
        error = cls(
            f"{told} Nothing was sent.",
            fix="Tell the person what to set, field by field, then call with the names given.",
        )
        error.problems = tuple(problems)
        error.count = len(problems)
        return error


class NotAuthorized(OperatorError):
    """The API key is unknown, expired, or lacks a permission."""

    code = "not_authorized"


class UnreadableDocument(OperatorError):
    """The document to compare with is not the OpenAPI document of an API."""

    code = "unreadable_document"


class NotAllowed(OperatorError):
    """The operator has put this beyond reach, whoever agrees; nothing of it was sent."""

    code = "not_allowed"


class ToolUnavailable(OperatorError):
    """The tool exists but this server does not offer it as configured."""

    code = "tool_unavailable"


class NobodyYet(ClickPipesError):
    """Nobody can act now; waiting may help."""

    code = "temporary"
    retryable = True


class ServiceNotRunning(NobodyYet):
    """The destination service is idle, stopped or still starting."""

    code = "service_not_running"


class RateLimited(NobodyYet):
    """The API key used up its requests; `wait_s` says for how long."""

    code = "rate_limited"

    def __init__(
        self, message: str, *, wait_s: float, fix: str = "", request_id: str | None = None
    ) -> None:
        super().__init__(message, fix=fix, request_id=request_id)
        self.wait_s = wait_s


class Unreachable(NobodyYet):
    """The API did not answer."""

    code = "unreachable"

    def __init__(
        self,
        message: str,
        *,
        may_have_happened: bool,
        fix: str = "",
        next_actions: Sequence[NextAction] = (),
    ) -> None:
        super().__init__(message, fix=fix, next_actions=next_actions)
        self.may_have_happened = may_have_happened


class UnreadableAnswer(NobodyYet):
    """Something answered, but not in the API's form; a write may have taken effect."""

    code = "unreadable_answer"
    may_have_happened = True


class ShuttingDown(NobodyYet):
    """The server ends before the call does; a write may have taken effect."""

    code = "shutting_down"
    may_have_happened = True


class ApiFailure(NobodyYet):
    """The API answered with a server error; a write may or may not have taken effect."""

    code = "api_failure"

    def __init__(
        self,
        message: str,
        *,
        status: int,
        may_have_happened: bool,
        fix: str = "",
        request_id: str | None = None,
        next_actions: Sequence[NextAction] = (),
    ) -> None:
        super().__init__(message, fix=fix, request_id=request_id, next_actions=next_actions)
        self.status = status
        self.may_have_happened = may_have_happened
