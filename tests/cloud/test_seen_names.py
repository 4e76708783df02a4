"""Which names this process has seen on a pipe."""

import pytest

from clickpipes_mcp.clock import ManualClock
from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.cloud.seen_names import SeenNames
from clickpipes_mcp.store import StoredNames

DAY_S = 24 * 3600.0


def pipe(name: str, id_: str = "a") -> Pipe:
    return Pipe.model_validate({"id": id_, "name": name})


def test_names_come_in_the_order_in_which_they_were_seen() -> None:
    seen = SeenNames(ManualClock())

    for name in ("prod", "harmless", "test"):
        seen.note([pipe(name), pipe("other", "b")])

    assert seen.names_of("a", DAY_S) == ("prod", "harmless", "test")
    assert seen.names_of("c", DAY_S) == ()


def test_a_name_that_was_not_seen_for_long_is_forgotten() -> None:
    clock = ManualClock()
    seen = SeenNames(clock)
    seen.note([pipe("prod")])
    clock.advance(2 * DAY_S)
    seen.note([pipe("harmless")])

    assert seen.names_of("a", DAY_S) == ("harmless",)


def test_the_first_name_outlives_a_flood_of_others() -> None:
    seen = SeenNames(ManualClock())

    for name in ("prod", *(f"name {index}" for index in range(100)), "last"):
        seen.note([pipe(name)])

    names = seen.names_of("a", DAY_S)
    assert (names[0], names[-1]) == ("prod", "last")
    assert len(names) < 10


def test_pipes_without_end_are_not_all_remembered() -> None:
    seen = SeenNames(ManualClock())

    seen.note(pipe("a name", str(index)) for index in range(10_001))

    assert seen.names_of("0", DAY_S) == ()
    assert seen.names_of("10000", DAY_S) == ("a name",)


@pytest.mark.anyio
async def test_what_another_replica_saw_is_known_of_the_pipe_that_is_looked_at(
    opened, store_server
) -> None:
    clock = ManualClock()
    one, other = (SeenNames(clock, StoredNames(opened())) for _ in range(2))

    async def look(replica: SeenNames, *pipes: Pipe) -> None:
        replica.note(pipes)
        await replica.exchange(pipes)

    await look(one, pipe("prod"), pipe("another", "b"))
    await look(other, pipe("harmless"))
    assert other.names_of("a", DAY_S) == ("prod", "harmless")
    await look(one, pipe("harmless"))
    assert one.names_of("a", DAY_S) == ("prod", "harmless")
    assert other.names_of("b", DAY_S) == ()

    store_server.execute("DROP SCHEMA clickpipes_mcp CASCADE")
    await look(other, pipe("test"))
    assert other.names_of("a", DAY_S) == ("prod", "harmless", "test")
