"""What of a pipe differs from a file, told without having looked what it would mean."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from clickpipes_mcp.argument_form import snake_case
from clickpipes_mcp.code.create_arguments import models_in, secrets_in_field
from clickpipes_mcp.contract import Family, Request
from clickpipes_mcp.redaction import is_secret_name
from clickpipes_mcp.tools.changes import REPLACED, FieldChange, Verdict, say
from clickpipes_mcp.tools.code.planning import Planned
from clickpipes_mcp.tools.updating.edits import PAUSING_KEYS

_PAUSING: Final = frozenset(map(snake_case, PAUSING_KEYS))
_Models: TypeAlias = Sequence[type[Request]]


def unseen_changes(one: Planned) -> Iterator[FieldChange]:
    """The fields that differ; of a secret that it is replaced, and no more."""
    if one.document is None:
        return
    found, models = one.comparison, [one.document.spec.create]
    pausing = _PAUSING if one.document.spec.family is Family.DATABASE else ()
    source = found.update.get("source", {})
    paused = {name: value for name, value in source.items() if name in pausing}
    rest = {name: value for name, value in source.items() if name not in pausing}
    yield from _fields(models, {"source": paused}, Verdict.PAUSED)
    yield from _fields(models, {**found.update, "source": rest}, Verdict.IN_PLACE)
    yield from _fields(models, found.fixed, Verdict.RECREATE)


def _fields(
    models: _Models, arguments: Mapping[str, Any], verdict: Verdict, at: str = ""
) -> Iterator[FieldChange]:
    for name, value in arguments.items():
        field = f"{at}{name}"
        takes = [model.model_fields[name].annotation for model in models if _has(model, name)]
        if is_secret_name(name) or any(any(secrets_in_field(one)) for one in takes):
            yield FieldChange(field=field, verdict=verdict, after=REPLACED)
        elif isinstance(value, Mapping):
            inner = [model for one in takes for model in models_in(one)]
            yield from _fields(inner, value, verdict, f"{field}.")
        else:
            yield FieldChange(field=field, verdict=verdict, after=say(value))


def _has(model: type[Request], name: str) -> bool:
    return name in model.model_fields
