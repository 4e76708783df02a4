"""Whether what an update asks for can be done to the pipe as it is."""

from collections.abc import Iterator
from dataclasses import replace

from clickpipes_mcp.contract import Family
from clickpipes_mcp.errors import Conflict, InvalidArguments, Problem
from clickpipes_mcp.sources import PipeSettings
from clickpipes_mcp.tools import pipe_views
from clickpipes_mcp.tools.addressing import find_among, find_in
from clickpipes_mcp.tools.arguments import valid_part
from clickpipes_mcp.tools.pipe_names import check_new_name
from clickpipes_mcp.tools.record import Call
from clickpipes_mcp.tools.shared_tables import Filling, tell_shared
from clickpipes_mcp.tools.updating.destination_edits import add_destination
from clickpipes_mcp.tools.updating.edits import ADD, MAPPINGS, Edit
from clickpipes_mcp.tools.updating.source_edits import add_source
from clickpipes_mcp.tools.updating.table_mappings import (
    find_mapped,
    find_mistakes,
    mapped_tables,
    note_unmapped,
)
from clickpipes_mcp.tools.updating.update_arguments import UpdateArguments
from clickpipes_mcp.tools.writes import check_secrets


async def check_edit(call: Call[UpdateArguments]) -> Edit:
    """What the call asks for; in a dry run also what no update can do.

    Raises:
        InvalidArguments: The pipe's source has no such field, or a rule is broken.
        Conflict: Nothing of such a source can change in place, or the new name is taken.
        SecretUnavailable: A reference leads nowhere.
    """
    listed, wanted = call.known_pipes, call.arguments
    found = (
        await find_among(call.app, wanted) if listed is None else find_in(listed, wanted.clickpipe)
    )
    pipe = found.pipe
    spec = pipe_views.spec_of(pipe)
    if spec is None:
        raise Conflict("This server does not know the source of that pipe and cannot change it.")
    edit = add_source(call, Edit(pipe, spec, beside=found.beside))
    edit = await add_destination(call, edit)
    edit = _add_settings(call, edit)
    arguments = call.arguments
    if arguments.name is not None:
        check_new_name(call.app.journal, pipe, arguments.name, found.beside)
        edit = replace(edit, body={"name": arguments.name, **edit.body})
    if arguments.resume is not None and not arguments.pause_if_needed:
        raise InvalidArguments([Problem("resume", "belongs to pause_if_needed=true")])
    if edit.is_empty and not edit.fixed and not edit.notes:
        raise InvalidArguments([Problem("", "nothing to change was given")])
    mapped = mapped_tables(edit.pipe)
    problems = [*find_mapped(edit, mapped), *find_mistakes(edit, mapped)]
    if problems:
        raise InvalidArguments(problems)
    check_secrets(call, edit.body)
    shared = _note_shared_tables(call, edit)
    return replace(edit, notes=(*edit.notes, *note_unmapped(edit, mapped), *shared))


def _note_shared_tables(call: Call[UpdateArguments], edit: Edit) -> Iterator[str]:
    """Tables that another pipe fills: those that are added, or in a dry run would be filled."""
    configuration: dict[str, object] = {**edit.pipe.truth.arm_body, MAPPINGS: edit.mappings(ADD)}
    wanted = {
        name.partition(".")[2]: value
        for name, value in edit.fixed.items()
        if name.startswith("destination.")
    }
    if wanted:
        configuration[MAPPINGS] = edit.pipe.truth.arm_body.get(MAPPINGS, [])
    destination = {**edit.pipe.truth.destination, **wanted}
    if wanted or edit.mappings(ADD):
        filling = Filling(edit.spec, configuration, destination)
        yield from tell_shared(call.app.journal, filling, edit.beside)


def _add_settings(call: Call[UpdateArguments], edit: Edit) -> Edit:
    given, spec = call.arguments.settings, edit.spec
    if given is None:
        return edit
    if spec.family is Family.DATABASE:
        raise InvalidArguments(
            [
                Problem(
                    "settings",
                    "a database pipe has none of its own",
                    allowed=("source.settings",),
                    fix="Give sync_interval_seconds and pull_batch_size in source.settings.",
                    rule=spec.settings_rules[0].id,
                )
            ]
        )
    valid = valid_part(PipeSettings, given, spec.settings_rules, at="settings")
    call.warnings += valid.warnings
    return replace(edit, settings=valid.request.body())
