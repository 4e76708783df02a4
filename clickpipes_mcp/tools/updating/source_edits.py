"""What of a pipe's source an update changes."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from pydantic import JsonValue

from clickpipes_mcp.argument_form import normal_form, snake_case
from clickpipes_mcp.contract import Family, Request, SourceSpec
from clickpipes_mcp.errors import Conflict, InvalidArguments, Problem
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.schema_shape import full_schema
from clickpipes_mcp.secret_refs import SendableBody
from clickpipes_mcp.tools.arguments import Valid, valid_part
from clickpipes_mcp.tools.changes import is_same
from clickpipes_mcp.tools.record import Call
from clickpipes_mcp.tools.updating.edits import REMOVE, Edit
from clickpipes_mcp.tools.updating.update_arguments import UpdateArguments

_WITHIN_SOURCE = "validate_samples"


def add_source(call: Call[UpdateArguments], edit: Edit) -> Edit:
    """The edit, with what is asked of the source.

    Raises:
        InvalidArguments: The source has no such field, or a rule is broken.
        Conflict: Nothing of such a source can change in place.
    """
    given, spec = call.arguments.source, edit.spec
    samples = call.arguments.validate_samples
    notes: list[str] = []
    fixed: dict[str, object] = {}
    within: dict[str, SendableBody] = {}
    if given is not None:
        pasted, given, samples = _unwrap_arm(given, spec, samples=samples)
        if call.is_dry_run:
            given, fixed = _split_fixed(given, spec)
        given, names = _leave_out_unchanged_address(given, edit)
        left_out = [
            clean(".".join(filter(None, ("source", pasted, name))), limit=80) for name in names
        ]
        if left_out:
            notes.append(
                f"{', '.join(left_out)}: What is unchanged is left out, because the API checks "
                "what it is sent with the credentials of the same update."
            )
        if given:
            # As it was pasted, so that problems are told in the caller's own paths.
            valid = _valid_source(call, edit, {pasted: given} if pasted else given)
            within[spec.arm] = _body_of(valid.request)
            edit = replace(edit, form=valid.form)
    if samples is not None:
        within["validateSamples"] = samples
    body: dict[str, SendableBody] = {"source": within} if within else {}
    return replace(edit, body=body, fixed=fixed, notes=tuple(notes))


def _unwrap_arm(
    given: Mapping[str, JsonValue], spec: SourceSpec, *, samples: bool | None
) -> tuple[str, dict[str, JsonValue], bool | None]:
    """Take a pasted `{arm: {…}, validateSamples: …}` apart.

    Returns the arm as the caller spelled it (empty where none was pasted), its fields, the flag.
    """
    form = normal_form({"source": given}, {"type": "object", "properties": {}}, arm=spec.arm)
    problems = []
    for name, value in form.value.items():
        if snake_case(name) == _WITHIN_SOURCE and isinstance(value, bool):
            samples = value
        elif name != "source":
            place = f"source.{clean(name, limit=80)}"
            problems.append(Problem(place, f"is not a field of a {spec.title} source"))
    if problems:
        raise InvalidArguments(problems)
    pasted = form.spelled(("source",)).partition(".")[2]
    source = form.value.get("source")
    return pasted, (dict(source) if isinstance(source, dict) else dict(given)), samples


def _split_fixed(
    given: Mapping[str, JsonValue], spec: SourceSpec
) -> tuple[dict[str, JsonValue], dict[str, object]]:
    """The fields that can change, and those that only a new pipe can have."""
    schema = full_schema(spec.create)["properties"]["source"]
    form = normal_form(given, schema)
    source: dict[str, Any] = dict(form.value)
    fixed: dict[str, object] = {}
    for dotted in spec.immutable:
        *parents, name = dotted.split(".")
        holder = source
        for parent in parents:
            inner = holder.get(parent)
            holder = inner if isinstance(inner, dict) else {}
        if name in holder:
            fixed[f"source.{dotted}"] = holder.pop(name)
    return {name: value for name, value in source.items() if value != {}}, fixed


def _leave_out_unchanged_address(
    given: Mapping[str, JsonValue], edit: Edit
) -> tuple[dict[str, JsonValue], list[str]]:
    """A database's fields that change something, where no credentials come with them.

    What the API is sent of a connection it checks at once, with the credentials sent along
    (github.com/ClickHouse/terraform-provider-clickhouse issues 617 and 618).
    """
    by_name = {snake_case(key): key for key in given}
    if edit.spec.family is not Family.DATABASE or "credentials" in by_name:
        return dict(given), []
    live = {snake_case(key): value for key, value in edit.pipe.truth.arm_body.items()}
    left_out = [
        name
        for name, key in by_name.items()
        if isinstance(given[key], str | int) and name in live and is_same(given[key], live[name])
    ]
    kept = {key: value for key, value in given.items() if snake_case(key) not in left_out}
    return kept, [by_name[name] for name in left_out]


def _valid_source(
    call: Call[UpdateArguments], edit: Edit, given: Mapping[str, JsonValue]
) -> Valid[Request]:
    spec = edit.spec
    if spec.update is None:
        raise Conflict(
            f"The source of a {spec.title} pipe cannot be changed.",
            fix="Delete it and create it anew; its destination tables must be dropped first.",
        )
    rules = (*spec.update_rules, *spec.live_update_rules(edit.pipe.truth.arm_body))
    valid = valid_part(spec.update, given, rules, at="source", arm=spec.arm, fixed=spec.immutable)
    call.warnings += valid.warnings
    return valid


def _body_of(source: Request) -> dict[str, SendableBody]:
    body = source.body()
    if REMOVE in body:
        body[REMOVE] = list(_identifiers(source))
    return body


def _identifiers(source: Request) -> Iterator[SendableBody]:
    """The mappings to remove, each with only the names that tell which one is meant."""
    for mapping in getattr(source, "table_mappings_to_remove", None) or ():
        fields = type(mapping).model_fields
        yield {
            key: value
            for key, value in mapping.body().items()
            if fields[snake_case(key)].is_required()
        }
