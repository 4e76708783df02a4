"""What stands where: the pipes of a file beside those of a service, and the calls between them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import anyio.lowlevel
from pydantic import BaseModel

from clickpipes_mcp.app import App
from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.code.comparison import Comparison, compare
from clickpipes_mcp.code.declaration import is_at_rest
from clickpipes_mcp.code.documents import Document
from clickpipes_mcp.contract import Family
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.tools.code.nested import Step, creating
from clickpipes_mcp.tools.pipe_settings import with_settings
from clickpipes_mcp.tools.pipe_views import source_label, spec_of

RECREATE = "a new pipe: delete it, or name it anew in the file"


class Standing(StrEnum):
    """How a pipe of the file stands to the service, or the other way round."""

    MISSING = "missing"
    EQUAL = "equal"
    DIFFERENT = "different"
    SHARED_NAME = "name is shared"
    NOT_IN_FILE = "not in the file"


@dataclass(frozen=True)
class Planned:
    """One pipe. `steps` make it as the file says; there are none where no call can.

    `beside` are the pipes of the service, as they were listed.
    """

    name: str
    standing: Standing
    document: Document | None = None
    pipe: Pipe | None = None
    comparison: Comparison = field(default_factory=Comparison)
    steps: tuple[Step, ...] = ()
    beside: Sequence[Pipe] = ()

    @property
    def needs_new(self) -> bool:
        return self.comparison.needs_new

    @property
    def listed(self) -> list[Pipe]:
        """The pipes of the service, this one with all that was read of it."""
        own = self.pipe
        return [own if own and one.id == own.id else one for one in self.beside]


class PlanRow(BaseModel):
    """One pipe, how it stands, and what that takes."""

    clickpipe: str
    kind: str
    stands: str
    takes: str = ""


async def plan(app: App, service: str, documents: Sequence[Document]) -> list[Planned]:
    """Every pipe of the file, and then those of the service that are not in it.

    One request, and one for the settings of every pipe whose document names some.
    """
    pipes = await app.client.pipes(service)
    found = []
    for one in documents:
        await anyio.lowlevel.checkpoint()
        found.append(await _planned(app, service, one, pipes))
    named = {one.name for one in documents}
    rest = [one for one in pipes if one.truth.name not in named]
    return found + [Planned(one.truth.name, Standing.NOT_IN_FILE, pipe=one) for one in rest]


async def _planned(app: App, service: str, document: Document, pipes: Sequence[Pipe]) -> Planned:
    known = [one for one in pipes if one.truth.name == document.name]
    if not known:
        step = creating(document, service)
        return Planned(document.name, Standing.MISSING, document, steps=(step,), beside=pipes)
    if len(known) > 1:
        return Planned(document.name, Standing.SHARED_NAME, document)
    (pipe,) = known
    if document.arguments.get("settings"):
        pipe = await with_settings(app, pipe)
    comparison = compare(document, pipe, rests=is_at_rest(pipe))
    if comparison.is_equal:
        return Planned(document.name, Standing.EQUAL, document, pipe)
    steps = () if comparison.needs_new else tuple(_steps(document, pipe, comparison, service))
    return Planned(document.name, Standing.DIFFERENT, document, pipe, comparison, steps, pipes)


def _steps(document: Document, pipe: Pipe, found: Comparison, service: str) -> Iterator[Step]:
    about: Mapping[str, object] = {"service": service, "clickpipe": pipe.id}
    if found.size:
        yield Step("scale_clickpipe", document.name, {**about, **found.size}, "resizes it")
    if found.update:
        arguments = update_arguments(document, found)
        yield Step("update_clickpipe", document.name, {**about, **arguments}, "changes it")
    if found.start:
        yield Step("start_clickpipe", document.name, about, "starts it")
    if found.stop:
        yield Step("stop_clickpipe", document.name, about, "stops it")


def update_arguments(document: Document, found: Comparison) -> dict[str, object]:
    """The arguments of an update; a database pipe is paused for it where that has to be."""
    source = found.update.get("source", {})
    pauses = document.spec.family is Family.DATABASE and bool(source)
    return {**found.update, **({"pause_if_needed": True} if pauses else {})}


def row(one: Planned) -> PlanRow:
    """A line of the answer."""
    kind = one.document.spec.key if one.document else ""
    if one.pipe is not None and not kind:
        spec = spec_of(one.pipe)
        kind = spec.key if spec else source_label(one.pipe)
    takes = "; ".join(step.tool for step in one.steps)
    if one.needs_new:
        takes = RECREATE
    return PlanRow(clickpipe=clean(one.name, limit=80), kind=kind, stands=one.standing, takes=takes)
