"""What every source must declare, and the bases of everything that is sent.

Requests are strict and written in snake_case; on the wire they carry the API's camelCase.
Models are built at their first use: of hundreds that a server has, a conversation needs a few.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Generic, Literal, Self, TypeAlias, TypeVar, cast

from pydantic import (
    BaseModel,
    ConfigDict,
    ModelWrapValidatorHandler,
    PrivateAttr,
    ValidationInfo,
    model_validator,
)
from pydantic.alias_generators import to_camel
from typing_extensions import override

from clickpipes_mcp.secret_refs import SendableBody
from clickpipes_mcp.source_facts import (
    Address,
    Beginning,
    Charges,
    GoogleGrant,
    Loss,
    ReadBack,
    Recipient,
    Traces,
)

FieldPath = tuple[str | int, ...]
"""A place in a request, in its Python field names: `("source", "table_mappings", 0, "target")`."""


class Request(BaseModel):
    """Something that is sent: unknown fields are refused, unset fields are not sent."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        defer_build=True,
        validate_by_name=True,
        validate_by_alias=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        loc_by_alias=False,
    )

    def body(self) -> dict[str, SendableBody]:
        """The JSON body under the API's own names; secrets stay unresolved."""
        return cast(
            "dict[str, SendableBody]",
            self.model_dump(by_alias=True, exclude_unset=True, exclude_none=True),
        )


AS_SENT: Final = "as sent"
"""The context of validation in which an answer keeps its texts as they arrived."""

_Behind: TypeAlias = "tuple[object] | Answer | Literal['as sent'] | None"
"""What stands behind an answer: what arrived, its truth read from that, or the mark of being one.

None where it is shown as it arrived.
"""


class Answer(BaseModel):
    """Something that is read: unknown fields are ignored, everything may be missing.

    Its texts are fit to be shown. What arrived stays in `truth`, out of sight.
    """

    model_config = ConfigDict(
        alias_generator=to_camel,
        defer_build=True,
        validate_by_name=True,
        validate_by_alias=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )
    _behind: "_Behind" = PrivateAttr(default=None)

    @property
    def truth(self) -> Self:
        """The same with every text as it arrived: to decide by, never to show."""
        if isinstance(self._behind, tuple):
            truth = type(self).model_validate(self._behind[0], context=AS_SENT)
            self._behind = None if truth.__dict__ == self.__dict__ else truth
        return cast("Self", self._behind) if isinstance(self._behind, Answer) else self

    @property
    def _arrived(self) -> Mapping[str, Any] | None:
        """What arrived, as long as its truth was not read from that; never to be shown."""
        behind = self._behind
        arrived = behind[0] if isinstance(behind, tuple) else None
        return arrived if isinstance(arrived, dict) else None

    @model_validator(mode="wrap")
    @classmethod
    def _keep_truth(
        cls, data: object, handler: ModelWrapValidatorHandler[Self], info: ValidationInfo
    ) -> Self:
        answer = handler(data)
        if answer is not data:
            # Most answers are only shown: their truth is read when somebody asks for it.
            is_truth = info.context == AS_SENT
            answer._behind = AS_SENT if is_truth else (data,)  # noqa: SLF001 # of this very class
        return answer

    @override
    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        truth = self.truth
        copied = super().model_copy(update=update, deep=deep)
        if truth is not self:
            copied._behind = truth.model_copy(update=update, deep=deep)  # noqa: SLF001 # as above
        return copied

    @override
    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Answer) or type(other) is not type(self):
            return NotImplemented
        same = self.__dict__ == other.__dict__
        return same and self.truth.__dict__ == other.truth.__dict__

    @override
    def __hash__(self) -> int:
        return hash((type(self), *self.__dict__.values()))

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        return () if self._behind == AS_SENT else super().__repr_args__()


class Family(StrEnum):
    """Pipes that share a lifecycle, a destination shape and the operations they allow."""

    STREAMING = "streaming"
    OBJECT_STORAGE = "object storage"
    DATABASE = "database"


@dataclass(frozen=True)
class Violation:
    """What a rule found: where, what is wrong, what is allowed, how to put it right.

    Never holds the offending value: it may be a secret.
    """

    path: FieldPath
    message: str
    allowed: tuple[str, ...] = ()
    fix: str = ""


R = TypeVar("R", bound=Request)


@dataclass(frozen=True)
class Rule(Generic[R]):
    """A documented rule over a whole request, with an example on either side of it.

    `effect` is "refuse" where the API is known to reject, and "warn" where sources contradict
    each other or the request is accepted but rarely meant. `broken` and `kept` are request
    bodies as the assistant would write them; tests run the rule over both.
    """

    id: str
    summary: str
    check: Callable[[R], Iterator[Violation]]
    documentation: str
    broken: Mapping[str, object]
    kept: Mapping[str, object]
    effect: Literal["refuse", "warn"] = "refuse"


def no_addresses(_: Mapping[str, object]) -> Iterator[Address]:
    """Of a source whose configuration names no host."""
    return iter(())


def no_rules(_: Mapping[str, object]) -> tuple[Rule[Any], ...]:
    """Of a source whose updates are judged alike, however the pipe is set up."""
    return ()


@dataclass(frozen=True)
class SourceSpec:
    """A kind of source: everything that generic code asks about it.

    key: the word in tool names.
    arm: the API's key under `source`.
    types: the values of the arm's `type` that belong to this source; none without such a field.
    also_called: other names people use, each with the type that is meant, or with "" for any.
    update: None where the API cannot change a source of this kind in place.
    live_update_rules: what else holds for an update of a pipe that is set up like this.
    immutable: the fields that no update can change, and what to do instead.
    losses: the fields of an update that may lose rows, delivery or protection; a person is asked
        before such a change. All other fields that can change lose nothing that cannot be set
        again.
    settings: the advanced settings that apply; None where a pipe has none.
    settings_rules: what holds for a request to change them.
    virtual_columns: what a field mapping may read beside the fields of a message.
    read_back: how a read shows a pipe otherwise than its create was written.
    addresses: finds the hosts in a configuration, as the API shows it.
    recipients: finds who learns which secrets; None where every address learns all.
    endpoint_ids: the field that takes ids of private endpoints; empty where pipes reach one by
        its DNS names.
    reads: the fields of the source that name what it reads, which tells its pipes apart.
    beginnings: the fields of a create that decide from where a new pipe reads.
    charges: None while the source is not metered.
    traces: what a pipe needs and leaves at the source.
    google_grant: None where no Google identity can stand for a key.
    known_from: what says that the API takes such pipes, where the document it publishes does not
        know them; empty where it does.
    """

    key: str
    arm: str
    types: tuple[str, ...]
    title: str
    family: Family
    create: type[Request]
    update: type[Request] | None
    documentation: str
    description: str
    example: Mapping[str, object]
    read_back: ReadBack
    charges: Charges | None
    rules: tuple[Rule[Any], ...] = ()
    update_rules: tuple[Rule[Any], ...] = ()
    live_update_rules: Callable[[Mapping[str, object]], tuple[Rule[Any], ...]] = no_rules
    immutable: Mapping[str, str] = field(default_factory=dict)
    losses: Mapping[str, Loss] = field(default_factory=dict)
    settings: type[Request] | None = None
    settings_rules: tuple[Rule[Any], ...] = ()
    virtual_columns: frozenset[str] = frozenset()
    addresses: Callable[[Mapping[str, object]], Iterator[Address]] = no_addresses
    recipients: Callable[[Mapping[str, object]], Iterator[Recipient]] | None = None
    endpoint_ids: str = ""
    reads: tuple[str, ...] = ()
    beginnings: tuple[Beginning, ...] = ()
    google_grant: GoogleGrant | None = None
    traces: Traces = field(default_factory=Traces)
    known_from: str = ""
    also_called: Mapping[str, str] = field(default_factory=dict)
    discoverable: bool = False
    resyncable: bool = False

    def recipients_of(self, configuration: Mapping[str, object]) -> tuple[Recipient, ...]:
        """Who learns the secrets of a configuration."""
        if self.recipients is not None:
            return tuple(self.recipients(configuration))
        return tuple(Recipient(address.host) for address in self.addresses(configuration))

    @property
    def source_fields(self) -> frozenset[str]:
        """The fields that may stand under `source` at creation."""
        model = self.create.model_fields["source"].annotation
        if isinstance(model, type) and issubclass(model, Request):
            return frozenset(model.model_fields)
        return frozenset()


@dataclass(frozen=True)
class KnownDifference:
    """What this package holds on purpose against the API's published OpenAPI document.

    `lines` are those that `clickpipes-mcp doctor --drift` would print. `source` is what says so,
    where the document says otherwise or nothing.
    """

    reason: str
    source: str
    lines: tuple[str, ...]
