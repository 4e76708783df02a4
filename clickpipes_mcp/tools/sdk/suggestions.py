"""The calls that an answer proposes, as this server can take them from this caller."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from clickpipes_mcp.app import App
from clickpipes_mcp.code.references import Reference
from clickpipes_mcp.errors import ClickPipesError, NextAction
from clickpipes_mcp.offering import CONNECTION
from clickpipes_mcp.secret_refs import ASK
from clickpipes_mcp.tools.known import about_a_service
from clickpipes_mcp.tools.views import Action

_ASKED = "The person is asked for the secrets on a private page."
_SET = "The person sets the variables of its secrets first."


_NO_PAGE = (
    "No page can be shown here: pass ${file:name} or ${env:CLICKPIPES_SECRET_NAME} instead of "
    "${ask:label}."
)


def tell_without_page(error: ClickPipesError) -> None:
    """Say of a refusal that proposes to ask a person what to do where nobody can be asked."""
    if any(f"${{{ASK}" in problem.fix for problem in error.problems):
        error.fix = f"{error.fix} {_NO_PAGE}".strip()


def asks_on_a_page(app: App) -> bool:
    """Whether this server can have a person asked for a secret."""
    return app.desk is not None and app.desk.host is not None


def chosen_by(service: object, connection: str | None) -> dict[str, object]:
    """What of a call its next calls have to name as well."""
    named = {"service": service, CONNECTION: connection}
    return {name: value for name, value in named.items() if isinstance(value, str)}


def possible(
    suggested: Iterable[Action | NextAction],
    offered: Collection[str],
    chosen: Mapping[str, object],
    *,
    asks: bool,
) -> list[NextAction]:
    """Suggestions that this server offers, where the caller was.

    With `asks` a person is asked for the secrets in them: a variable has to be set first.
    """
    return [
        _with_secrets(
            NextAction(
                action.tool,
                action.why,
                {
                    name: value
                    for name, value in chosen.items()
                    if name != "service" or action.tool in about_a_service()
                }
                | action.arguments,
            ),
            asks=asks,
        )
        for action in suggested
        if action.tool in offered
    ]


def _with_secrets(action: NextAction, *, asks: bool) -> NextAction:
    if not any(_references(action.arguments)):
        return action
    why = action.why if action.why.endswith(".") else f"{action.why}."
    if not asks:
        return NextAction(action.tool, f"{why} {_SET}", action.arguments)
    arguments = {name: _asking(value) for name, value in action.arguments.items()}
    return NextAction(action.tool, f"{why} {_ASKED}", arguments)


def _references(value: object) -> Iterator[Reference]:
    if isinstance(value, Reference):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def _asking(value: object) -> object:
    if isinstance(value, Reference):
        return value.asked
    if isinstance(value, Mapping):
        return {key: _asking(inner) for key, inner in value.items()}
    return [_asking(inner) for inner in value] if isinstance(value, list) else value
