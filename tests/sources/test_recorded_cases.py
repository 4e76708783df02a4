"""The models against recorded requests and what the API made of them."""

from typing import get_args

import pytest
from pydantic import BaseModel, ValidationError

from clickpipes_mcp.cdc_scaling import CDC_SCALING_RULES, CdcScalingRequest
from clickpipes_mcp.cloud import StateCommand
from clickpipes_mcp.scaling import SCALING_RULES, ScalingRequest
from clickpipes_mcp.sources import SOURCES, PipeSettings, source_of
from tests.published.facts import kept

CASES = kept("cases.json")["cases"]
# Only the API can know these: they depend on the state of a service, a pipe or a key.
LIVE_STATE = (
    "Current state",
    "validation table",
    "ClickHouse validation failed",
    "x509",
    "no such host",
    "must be paused",
    "already running",
    "ingestion for pipe",
    "not empty",
    "AuthenticationFailed",
)
ARMS = sorted({source.arm for source in SOURCES})
GENERIC = {"two-source-arms": "an argument names one source; the wrapping refuses a second"}


def without_nulls(value: object) -> object:
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


def complaints(model: type[BaseModel], rules: tuple, arguments: dict) -> list[str]:
    """The refusals of a request: its form, or the ids of its rules."""
    try:
        request = model.model_validate(arguments)
    except ValidationError as error:
        return [".".join(map(str, problem["loc"])) for problem in error.errors()]
    return [rule.id for rule in rules if rule.effect == "refuse" and list(rule.check(request))]


def judged(case: dict) -> list[str] | None:
    """What refuses a recorded case, or None where the models have no say in it."""
    body, path = without_nulls(case["body"] or {}), case["path"]
    if case["method"] == "POST" and path.endswith(("/clickpipes", "/schemaDiscovery")):
        return _judged_create(body, whole=path.endswith("/clickpipes"))
    if case["method"] == "PATCH" and path.endswith("/{clickPipeId}"):
        return _judged_update(body)
    if path.endswith("/scaling"):
        return complaints(ScalingRequest, SCALING_RULES, body)
    if case["method"] == "PATCH" and path.endswith("/clickpipesCdcScaling"):
        return complaints(CdcScalingRequest, CDC_SCALING_RULES, body)
    if case["method"] == "PUT" and path.endswith("/settings"):
        source = source_of(*_kind_of(case.get("precondition", "")))
        return complaints(PipeSettings, source.settings_rules, body)
    if path.endswith("/state"):
        return [] if body.get("command") in get_args(StateCommand) else ["state"]
    return None


def _judged_create(body: dict, *, whole: bool) -> list[str]:
    ((arm, inner),) = ((k, v) for k, v in body["source"].items() if k != "validateSamples")
    source = source_of(arm, inner.get("type"))
    if source is None:
        return ["source.type"]
    if whole:
        return complaints(source.create, source.rules, {**body, "source": inner})
    return complaints(source.create.model_fields["source"].annotation, (), inner)


def _judged_update(body: dict) -> list[str] | None:
    if "source" not in body:
        return None
    ((arm, inner),) = body["source"].items()
    sources = [source for source in SOURCES if source.arm == arm]
    if sources[0].update is None:
        return ["no update"]
    verdicts = [complaints(each.update, each.update_rules, inner) for each in sources]
    return min(verdicts, key=len)


def _kind_of(precondition: str) -> tuple[str, str | None]:
    words = precondition.lower()
    if "object" in words:
        return "objectStorage", "s3"
    return next((arm for arm in ARMS if arm in words), "kafka"), None


def is_for_the_models(case: dict) -> bool:
    depends_on_state = any(text in case.get("error_contains", "") for text in LIVE_STATE)
    return case["id"] not in GENERIC and not depends_on_state and judged(case) is not None


JUDGED = [case for case in CASES if is_for_the_models(case)]


@pytest.mark.parametrize("case", JUDGED, ids=lambda case: case["id"])
def test_a_recorded_case_is_judged_as_the_api_does(case):
    verdict = judged(case)
    assert bool(verdict) == (case["expect"] == "invalid"), verdict
