"""What a PostgreSQL publication and a replication slot have to be."""

from collections.abc import Mapping

from clickpipes_mcp.checks.judging import Flaw
from clickpipes_mcp.checks.names import identifier
from clickpipes_mcp.checks.postgres.facts import Facts, Table
from clickpipes_mcp.checks.postgres.table_names import names_of, written


def publication(facts: Facts) -> Flaw | str:
    named = identifier(facts.wish.publication)
    if not facts.wish.publication:
        return own_publication(facts)
    if facts.publication is None:
        tables = ", ".join(written(table) for table in facts.roots[:5]) or "<tables>"
        root = " WITH (publish_via_partition_root = true)" if _roots_of_parts(facts) else ""
        return Flaw(
            f"There is no publication {named}.",
            f"CREATE PUBLICATION {named} FOR TABLE {tables}{root};",
        )
    return f"The publication {named} is there."


def own_publication(facts: Facts) -> Flaw | str:
    """ClickPipes makes the publication where none is named, which takes rights."""
    if facts.server.is_standby:
        return Flaw(
            "No publication is named, and on a standby none can be made.",
            "Create one on the primary, and name it in settings.publication_name.",
        )
    foreign = [table for table in facts.roots if not table.is_owned]
    if facts.server.may_create and not foreign:
        return "The role can make the publication itself."
    return Flaw(
        "No publication is named, and the role can make none: that takes CREATE on the database "
        "and owning every table.",
        "Let the owner of the tables create one, CREATE PUBLICATION clickpipes_publication FOR "
        f"TABLE {', '.join(written(table) for table in facts.roots[:5]) or '<tables>'}; and name "
        "it in settings.publication_name.",
    )


def published_tables(facts: Facts) -> Flaw | str | None:
    publication = facts.publication
    if publication is None:
        return None
    members = set(publication.members)
    missing = [
        table
        for table in facts.roots
        if not table.is_partition
        and table.written not in members
        and members.isdisjoint(table.partitions)
    ]
    if not missing:
        return "The publication tells of every table."
    named = identifier(facts.wish.publication)
    return Flaw(
        f"The publication does not tell of {names_of(missing)}.",
        f"ALTER PUBLICATION {named} ADD TABLE {', '.join(map(written, missing[:5]))};",
    )


def published_changes(facts: Facts) -> Flaw | str | None:
    publication = facts.publication
    if publication is None:
        return None
    told: Mapping[str, bool] = {
        "insert": publication.tells_inserts,
        "update": publication.tells_updates,
        "delete": publication.tells_deletes,
    }
    untold = [change for change, is_told in told.items() if not is_told and change != "delete"]
    if not untold:
        changes = ", ".join(change for change, is_told in told.items() if is_told)
        return f"The publication tells of {changes}."
    return Flaw(
        f"The publication does not tell of {' and '.join(untold)}.",
        f"ALTER PUBLICATION {identifier(facts.wish.publication)} "
        "SET (publish = 'insert, update, delete');",
    )


def via_root(facts: Facts) -> Flaw | str | None:
    publication = facts.publication
    if publication is None or publication.is_via_root or not _roots_of_parts(facts):
        return None
    return Flaw(
        f"{names_of(_roots_of_parts(facts))}: only the partitions are published, not their root.",
        f"ALTER PUBLICATION {identifier(facts.wish.publication)} "
        "SET (publish_via_partition_root = true);",
    )


def slot(facts: Facts) -> Flaw | str | None:
    if not facts.wish.slot:
        return None
    slot, named = facts.slot, identifier(facts.wish.slot)
    make = f"SELECT pg_create_logical_replication_slot('{named}', 'pgoutput');"
    if slot is None:
        return Flaw(f"There is no replication slot {named}.", make)
    if slot.type != "logical" or slot.plugin != "pgoutput" or not slot.is_here:
        return Flaw(f"The slot {named} is not of pgoutput in this database.", make)
    if slot.wal_status == "lost":
        return Flaw(f"The slot {named} has lost its WAL.", f"Drop it, then: {make}")
    if slot.active:
        return Flaw(f"The slot {named} is in use by another reader.", "Give this pipe its own.")
    return f"The slot {named} is there and free."


def _roots_of_parts(facts: Facts) -> list[Table]:
    return [table for table in facts.roots if table.kind == "p"]
