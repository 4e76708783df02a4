"""Requests made from the simulator's own OpenAPI document: no 5xx, nothing undocumented.

The requests are made while this file is collected, so tests/conftest.py leaves it out of runs
without slow tests.
"""

import pytest
import schemathesis
from hypothesis import settings
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.config import SchemathesisConfig

from clickpipes_mcp.clock import ManualClock
from clickpipes_mcp.simulator import DEFAULT_SERVICE_ID, SimulatorOptions, build_simulator
from clickpipes_mcp.simulator.http.openapi import openapi_document

pytestmark = pytest.mark.slow
KEY = ("example-access-key", "example-access-secret")
APP = build_simulator(SimulatorOptions(pipes=8, key=KEY), ManualClock())
PIPES = APP.state.world.services[DEFAULT_SERVICE_ID].pipes.values()
FAMILIES = {pipe.arm: pipe.id for pipe in PIPES if pipe.arm in ("kafka", "objectStorage", "mysql")}
# A body of the right shape may still break a rule that no schema says, as it may at the service.
NOT_CHECKED = {"positive_data_acceptance"}
# Documented: the service answers an empty scaling request with a 500 (fidelity case Q24).
EMPTY_SCALING = ("clickPipeScaling", 500)


def schema_over(pipe, *, with_coverage):
    document = {
        "phases": {"coverage": {"enabled": with_coverage}},
        "auth": {"basic": {"username": KEY[0], "password": KEY[1]}},
        "parameters": {"pipe_id": pipe},
    }
    config = SchemathesisConfig.from_dict(document)
    schema = schemathesis.openapi.from_dict(openapi_document(), config=config)
    schema.app = APP
    return schema


def check(case):
    response = case.call()
    label = case.operation.definition.raw["operationId"], response.status_code
    excluded = {*NOT_CHECKED, *({"not_a_server_error"} if label == EMPTY_SCALING else ())}
    load_all_checks()
    case.validate_response(response, excluded_checks=CHECKS.get_by_names(list(excluded)))


# Boundary values of every field are tried once; they are the same for every kind of pipe.
OVER_KAFKA, OVER_FILES, OVER_MYSQL = (
    schema_over(pipe, with_coverage=arm == "kafka") for arm, pipe in FAMILIES.items()
)
BOUNDED = settings(max_examples=10, derandomize=True, deadline=None, database=None)


@OVER_KAFKA.parametrize()
@BOUNDED
def test_a_request_is_answered_as_documented(case):
    check(case)


@OVER_FILES.include(path_regex="pipe_id").parametrize()
@BOUNDED
def test_a_request_about_a_file_pipe_is_answered_as_documented(case):
    check(case)


@OVER_MYSQL.include(path_regex="pipe_id").parametrize()
@BOUNDED
def test_a_request_about_a_database_pipe_is_answered_as_documented(case):
    check(case)


def test_every_operation_of_the_document_is_tried():
    operations = list(OVER_KAFKA.get_all_operations())
    documented = openapi_document()["paths"].values()
    assert len(operations) == sum(len(methods) for methods in documented)
    assert len(FAMILIES) == 3
