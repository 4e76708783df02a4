"""How much a pipe reads."""

import pytest

from clickpipes_mcp.sources import SOURCES, source_named
from clickpipes_mcp.tools.extent import Extent, extent_of

BOTH = Extent(loads=True, follows=True)


@pytest.mark.parametrize("spec", SOURCES, ids=lambda spec: spec.key)
def test_the_example_of_every_source_reads_something(spec) -> None:
    body = spec.create.model_validate(dict(spec.example)).body()["source"]

    assert extent_of(spec, body) != Extent()


@pytest.mark.parametrize(
    ("mode", "extent"),
    [("cdc", BOTH), ("cdc_only", Extent(follows=True)), ("snapshot", Extent(loads=True))],
)
def test_the_mode_of_a_database_pipe_decides(mode, extent) -> None:
    assert extent_of(source_named("postgres"), {"settings": {"replicationMode": mode}}) == extent


def test_files_are_followed_only_where_it_is_asked_for() -> None:
    assert extent_of(source_named("s3"), {"isContinuous": True}) == Extent(follows=True)
    assert extent_of(source_named("s3"), {}) == Extent()


def test_of_an_unknown_source_nothing_is_known() -> None:
    assert extent_of(None, {"isContinuous": True}) == Extent()
