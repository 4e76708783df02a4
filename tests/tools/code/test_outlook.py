"""What a plan says that its steps would do, cost and lose."""

import json

import pytest
import yaml

from clickpipes_mcp.quotation import quote
from clickpipes_mcp.settings import TOOLSETS
from clickpipes_mcp.simulator import BASTION_KEY_ID
from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.tools.code.outlook import MOST_READ_AGAIN
from tests.guides.losses import body_of
from tests.serving import KAFKA, POSTGRES
from tests.tools.code.test_plan import exported, merged, planned

pytestmark = pytest.mark.anyio
SIZE = {"replicas": 2, "replica_cpu_millicores": 250, "replica_memory_gb": 1}


async def test_what_it_costs_and_does_is_told_of_every_pipe_with_one_request(serve) -> None:
    served = await serve(toolsets=TOOLSETS)
    await served.pipe(KAFKA | {"name": "sized 0"})
    documents = list(yaml.safe_load_all(await exported(served)))
    for document in documents:
        document |= {"stopped": True}
        document["scaling"] = SIZE
    made = [body_of(spec) | {"kind": spec.key, "name": spec.key} for spec in SOURCES]
    documents += [one | {"name": f"{one['name']} {n}"} for one in made for n in range(2)]
    served.plane.arrived.clear()

    told = await planned(served, yaml.safe_dump_all(documents))

    assert len(served.plane.arrived) == 1
    assert told["costs"][-1].startswith("List prices")
    assert sum("List prices" in one for one in told["costs"]) == 1
    effects, costs = ("\n".join(told[part]) for part in ("effects", "costs"))
    for spec in SOURCES:
        assert quote(f"{spec.key} 0") in effects
        assert quote(f"{spec.key} 0") in costs
    assert quote("sized 0") in effects
    assert quote("sized 0") in costs


async def test_looks_that_cost_requests_are_few_and_the_rest_is_named(serve) -> None:
    served = await serve(toolsets=TOOLSETS)
    tunnel = {"source": {"postgres": {"sshKeyResourceId": BASTION_KEY_ID}}}
    body = merged(POSTGRES | {"kind": "postgres"}, tunnel)
    documents = [body | {"name": f"new {number}"} for number in range(MOST_READ_AGAIN + 2)]

    told = await planned(served, json.dumps(documents))

    (unread,) = [one for one in told["warnings"] if "it was not looked at" in one]
    assert [n for n in range(len(documents)) if quote(f"new {n}") in unread] == [4, 5]


async def test_what_only_a_new_pipe_can_be_says_what_that_loses_and_costs(serve) -> None:
    served = await serve(toolsets=TOOLSETS)
    await served.pipe(POSTGRES)
    document = yaml.safe_load(await exported(served))
    document["source"]["table_mappings"][0]["table_engine"] = "Null"

    told = await planned(served, json.dumps(document))

    assert told["clickpipes"][0]["takes"].startswith("a new pipe")
    assert any("Needs a new pipe" in one for one in told["effects"])
    assert any("initial load" in one for one in told["costs"])
