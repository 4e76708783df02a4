import pytest
from starlette.routing import Route

from clickpipes_mcp.simulator.http.openapi import OPERATIONS, openapi_document

pytestmark = pytest.mark.anyio


async def test_the_document_is_open_to_everybody(plane):
    response = await plane.client.get("/v1", auth=None)
    assert response.json() == openapi_document()


async def test_every_documented_operation_has_a_route(plane):
    routes = {
        (route.path, method)
        for route in plane.app.routes
        if isinstance(route, Route)
        for method in route.methods or ()
    }
    documented = {(operation.path, operation.method.upper()) for operation in OPERATIONS}
    assert documented <= routes


def test_a_create_shows_the_fields_of_every_source():
    path = "/v1/organizations/{organization_id}/services/{service_id}/clickpipes"
    create = openapi_document()["paths"][path]["post"]["requestBody"]
    schema = create["content"]["application/json"]["schema"]
    arms = schema["properties"]["source"]["properties"]
    assert all("properties" in arms[key] for key in arms if key != "validateSamples")
