"""The source of a call in the words of another one, and the look at it that is proposed."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from clickpipes_mcp.checks import check_of
from clickpipes_mcp.checks.names import listed
from clickpipes_mcp.contract import Request, SourceSpec
from clickpipes_mcp.errors import NextAction
from clickpipes_mcp.secret_refs import Secret

_MOST_ITEMS: Final = 10


def repeat_source(source: Request) -> dict[str, Any]:
    """A source as a call takes it.

    Where a secret was written out there stands a reference by which a person is asked.
    """
    repeated: dict[str, Any] = _repeat(source.model_dump(exclude_none=True))
    return repeated


def _repeat(value: Any, name: str = "") -> Any:  # noqa: ANN401 # of JSON, and secrets
    if isinstance(value, Secret):
        is_hidden = value.is_literal and value.is_confidential
        return f"${{ask:{name.replace('_', '-')}}}" if is_hidden else value.masked
    if isinstance(value, Mapping):
        return {key: _repeat(inner, key) for key, inner in value.items()}
    return [_repeat(inner, name) for inner in value] if isinstance(value, list) else value


def propose_look(
    spec: SourceSpec, source: Mapping[str, object], unknown: Collection[str] = ()
) -> Iterator[NextAction]:
    """The look at a source, where there is one of its kind; `unknown` fields are for a person.

    Long lists that it can do without stay away: it then looks at all there is.
    """
    check = check_of(spec.key)
    if check is None:
        return
    shown = {
        name: value
        for name, value in source.items()
        if not (name in check.optional and isinstance(value, list) and len(value) > _MOST_ITEMS)
    }
    why = "looks from here whether the source has what a pipe needs"
    if unknown:
        why += f". Give {listed(unknown)} too: the API does not tell them"
    yield NextAction("check_source", why, {"kind": spec.key, "source": shown})
