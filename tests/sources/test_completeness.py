"""What a source has to have beside its models, so that none of it is forgotten with a new one."""

from pathlib import Path

import pytest

from clickpipes_mcp import guides
from clickpipes_mcp.clock import ManualClock
from clickpipes_mcp.demo.credentials import write_credentials
from clickpipes_mcp.demo.script import bodies
from clickpipes_mcp.demo.steps import Step
from clickpipes_mcp.diagnosis import RULES
from clickpipes_mcp.guides import written
from clickpipes_mcp.simulator import (
    DEFAULT_SERVICE_ID,
    SCENARIOS,
    SimulatorOptions,
    build_simulator,
)
from clickpipes_mcp.simulator.arms import BY_KEY
from clickpipes_mcp.sources import SOURCES
from tests.published.models import created_source, models_in
from tests.serving import facts

of_every_source = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.key)
GUIDES = Path(guides.__file__).parent
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
    unsaid = sorted(fields_of(created) - changeable - fixed)
    assert unsaid == [], f"name {unsaid} in the update or in `immutable` of {source.key}"
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
    assert (GUIDES / f"{source.key}.md").is_file(), f"write guides/{source.key}.md"
    assert "prerequisites" in written(source.key), "write its section ## prerequisites"


@of_every_source
def test_it_has_tests_of_its_own(source):
    room = Path(__file__).parent
    own = room / f"test_{source.key}.py", room / source.key
    assert any(path.exists() for path in own), f"write tests/sources/{own[0].name}"


@of_every_source
def test_the_simulator_takes_it(source):
    assert source.arm in BY_KEY, f"write simulator/arms/{source.arm}.py, and its line in ARMS"


@of_every_source
def test_it_has_a_scenario(source):
    assert source.arm in SEEDED_ARMS, f"no scenario has a {source.arm} pipe: write a trouble"


def _seeded_arms():
    for name in SCENARIOS:
        world = build_simulator(SimulatorOptions(scenario=name), ManualClock()).state.world
        yield from (pipe.arm for pipe in world.services[DEFAULT_SERVICE_ID].pipes.values())


SEEDED_ARMS = set(_seeded_arms())


@of_every_source
def test_it_has_rules_of_diagnosis(source):
    of_arm = [rule.id for rule in RULES if source.arm in rule.arms]
    assert of_arm, f"write diagnosis/{source.key}.py, with {source.arm} in the arms of its rules"


@pytest.mark.anyio
@of_every_source
async def test_its_demo_is_created_once_and_known_again(serve, tmp_path, source):
    tool, body = f"create_{source.key}_clickpipe", bodies()[source.key]
    write_credentials(tmp_path / "secrets", [Step(tool, body)], {})
    served = await serve(secrets_dir=tmp_path / "secrets")
    created = facts(await served.call(tool, **body))
    again = facts(await served.call(tool, **body))
    assert "was adopted" not in created["summary"]
    assert "was adopted" in again["summary"]
