"""What of a copied source does not fit the call that copies it: its beginning and its login."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from clickpipes_mcp.argument_form import snake_case
from clickpipes_mcp.contract import SourceSpec
from clickpipes_mcp.schema_shape import JsonObject, full_schema

_AUTHENTICATION: Final = "authentication"
_ROLE: Final = "iam_role"


@dataclass(frozen=True)
class Misfits:
    """The fields that were left out: places in what the other pipe reads, and its way to log in."""

    places: tuple[str, ...] = ()
    logins: tuple[str, ...] = ()

    def tell(self) -> Iterator[str]:
        """What is to be known of them, as warnings."""
        if self.places:
            yield (
                "Not copied, because it is a place in what the other pipe reads: "
                f"{', '.join(self.places)}. Without it the new pipe reads from the beginning."
            )
        if self.logins:
            yield (
                "Not copied, because it belongs to another authentication: "
                f"{', '.join(self.logins)}."
            )


def leave_out_misfits(source: object, given: object, spec: SourceSpec) -> Misfits:
    """Take out of a copied source what does not go with the source that a call gives."""
    if not isinstance(source, dict) or not isinstance(given, Mapping):
        return Misfits()
    _leave_out_other_beginnings(source, given, spec)
    places: list[str] = []
    if any(name in given and not _same(given[name], source.get(name)) for name in spec.reads):
        for beginning in spec.beginnings:
            places += [f"source.{path}" for path in beginning.forget_place(source)]
    schema = full_schema(spec.create)["properties"]["source"]
    return Misfits(tuple(places), tuple(_other_logins(source, given, schema, "source")))


def _leave_out_other_beginnings(
    source: dict[str, object], given: Mapping[str, object], spec: SourceSpec
) -> None:
    """Where the call says from where to read, nothing of how the other pipe began is kept."""
    for beginning in spec.beginnings:
        *parents, name = (snake_case(step) for step in beginning.path)
        theirs: object = given
        ours: object = source
        for parent in parents:
            theirs = theirs.get(parent) if isinstance(theirs, Mapping) else None
            ours = ours.get(parent) if isinstance(ours, Mapping) else None
        if isinstance(theirs, Mapping) and name in theirs and isinstance(ours, dict):
            for other in beginning.goes_with:
                ours.pop(snake_case(other), None)


def _same(given: object, copied: object) -> bool:
    return _names(given) == _names(copied)


def _names(value: object) -> list[str]:
    names = value if isinstance(value, list) else str(value).split(",")
    return sorted(str(name).strip() for name in names)


def _other_logins(source: object, given: object, schema: JsonObject, path: str) -> Iterator[str]:
    """Where the call logs in another way, takes out what belongs to the way of the other pipe."""
    if not isinstance(source, dict) or not isinstance(given, Mapping):
        return
    is_other = _AUTHENTICATION in given and given[_AUTHENTICATION] != source.get(_AUTHENTICATION)
    for name, inner in schema.get("properties", {}).items():
        if is_other and name in source and _says_who(name, inner):
            del source[name]
            if name not in given:
                yield f"{path}.{name}"
        else:
            yield from _other_logins(source.get(name), given.get(name), inner, f"{path}.{name}")


def _says_who(name: str, schema: JsonObject) -> bool:
    """Whether a field is a login: a role, a secret, or something with a secret in it."""
    fields = (schema, *schema.get("properties", {}).values())
    return name == _ROLE or any(field.get("x-secret") for field in fields)
