"""What a write would change, field by field."""

import pytest

from clickpipes_mcp.argument_form import snake_case
from clickpipes_mcp.schema_shape import full_schema
from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.tools.changes import Verdict, change
from clickpipes_mcp.tools.updating.edits import ADD, REMOVE

CHANGEABLE = [spec for spec in SOURCES if spec.update is not None]
TOLD_BY_THEIR_MEMBERS = {snake_case(ADD), snake_case(REMOVE)}


def test_a_list_in_another_order_is_unchanged():
    assert change("ids", ["a", "b"], ["b", "a"], Verdict.IN_PLACE).verdict == Verdict.UNCHANGED


@pytest.mark.parametrize(("before", "after"), [(["a"], ["a", "b"]), (["a", "b"], ["a", "c"])])
def test_a_list_with_another_member_is_changed(before, after):
    assert change("ids", before, after, Verdict.IN_PLACE).verdict == Verdict.IN_PLACE


@pytest.mark.parametrize("spec", CHANGEABLE, ids=lambda spec: spec.key)
def test_no_list_whose_order_matters_can_be_changed(spec):
    fields = full_schema(spec.update)["properties"]
    lists = {name for name, schema in fields.items() if schema.get("type") == "array"}

    assert not (lists - TOLD_BY_THEIR_MEMBERS) & set(spec.read_back.ordered)
