"""The request models against the published contract: every field that it knows is offered."""

import pytest

from tests.published.contract import COMPONENT_OF, COMPONENTS, OF_NEWER, field_paths
from tests.published.models import MODELS, sent_fields

NOT_OFFERED = {
    # The names of a table are enough to find it.
    "update_mysql": {
        "tableMappingsToRemove.partitionByExpr",
        "tableMappingsToRemove.partitionKey",
        "tableMappingsToRemove.tableEngine",
    },
}


@pytest.mark.parametrize("name", MODELS)
def test_every_request_is_published_or_its_source_says_where_it_is_known_from(name):
    assert name in {*COMPONENT_OF, *OF_NEWER}, (
        f"the kept document knows no {name}: renew it, or say `known_from` in the SPEC"
    )


@pytest.mark.parametrize("name", sorted(MODELS.keys() & COMPONENT_OF.keys()))
def test_every_field_of_the_contract_is_offered(name):
    known = set(field_paths(COMPONENTS[COMPONENT_OF[name]]))
    of_sources = {path for path in known if name == "create" and path.startswith("source.")}
    assert known - of_sources - sent_fields(name) - NOT_OFFERED.get(name, set()) == set()


def test_every_request_about_a_source_is_compared():
    of_sources = {name for name in COMPONENT_OF if name.startswith(("create_", "update_"))}
    assert of_sources - set(MODELS) == set()


def test_no_source_is_called_newer_than_a_document_that_knows_it():
    assert OF_NEWER & COMPONENT_OF.keys() == set()
