"""What a source has to have beside its models, so that none of it is forgotten with a new one."""

import pytest

from clickpipes_mcp.clock import ManualClock
from clickpipes_mcp.demo.script import bodies
from clickpipes_mcp.diagnosis import RULES
from clickpipes_mcp.guides import written
from clickpipes_mcp.simulator import (
    DEFAULT_SERVICE_ID,
    SCENARIOS,
    SimulatorOptions,
    build_simulator,
)
from clickpipes_mcp.sources import SOURCES
from tests.published.models import created_source, models_in
from tests.serving import facts

of_every_source = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.key)
EDITS_OF_TABLES = {"table_mappings_to_add", "table_mappings_to_remove"}


def fields_of(model, inside=None):
    """The names of a model's fields, or of those inside one of them."""
    if inside is None:
        return set(model.model_fields)
    (inner,) = models_in(model.model_fields[inside].annotation)
    return {f"{inside}.{name}" for name in inner.model_fields}


@of_every_source
def test_every_field_can_be_changed_or_is_said_to_be_fixed(source):
    created = created_source(source.create)
    changeable = fields_of(source.update) - EDITS_OF_TABLES if source.update else set()
    fixed = {path for path in source.immutable if "." not in path}
    assert changeable | fixed == fields_of(created)
    assert changeable & fixed == set()


@pytest.mark.parametrize(
    "source",
    [s for s in SOURCES if s.update and "settings" in s.update.model_fields],
    ids=lambda source: source.key,
)
def test_every_setting_of_the_source_can_be_changed_or_is_said_to_be_fixed(source):
    changeable = fields_of(source.update, "settings")
    fixed = {path for path in source.immutable if path.startswith("settings.")}
    assert changeable | fixed == fields_of(created_source(source.create), "settings")
    assert changeable & fixed == set()


@of_every_source
def test_it_has_a_guide(source):
    assert "prerequisites" in written(source.key)


@of_every_source
def test_it_has_a_scenario(source):
    assert source.arm in SEEDED_ARMS


def _seeded_arms():
    for name in SCENARIOS:
        world = build_simulator(SimulatorOptions(scenario=name), ManualClock()).state.world
        yield from (pipe.arm for pipe in world.services[DEFAULT_SERVICE_ID].pipes.values())


SEEDED_ARMS = set(_seeded_arms())


@of_every_source
def test_it_has_rules_of_diagnosis(source):
    assert any(source.arm in rule.arms for rule in RULES)


@pytest.mark.anyio
@of_every_source
async def test_its_demo_is_created_once_and_known_again(serve, source):
    served = await serve()
    tool, body = f"create_{source.key}_clickpipe", bodies()[source.key]
    created = facts(await served.call(tool, **body))
    again = facts(await served.call(tool, **body))
    assert "was adopted" not in created["summary"]
    assert "was adopted" in again["summary"]
