"""The document that ClickHouse Cloud publishes: as it is, and doctored in one thing at a time."""

import pytest

from clickpipes_mcp.drift.comparison import differences
from clickpipes_mcp.drift.document import Document
from clickpipes_mcp.drift.known import known_lines
from clickpipes_mcp.drift.own_document import own_document
from clickpipes_mcp.drift.report import compare
from tests.drift.places import changed, spots

OWN = dict(Document(own_document()))
SERVICE = "/v1/organizations/{organizationId}/services/{serviceId}"
PIPE = f"{SERVICE}/clickpipes/{{clickPipeId}}"
MAX_INSERT_BYTES = "put_pipe_settings object_storage_max_insert_bytes"
KAFKA = "ClickPipePostKafkaSource"


def drift(content):
    return {one.line for one in compare(Document(content), "a document").drift}


def schema(content, name):
    return content["components"]["schemas"][name]


def properties(content, name):
    return schema(content, name)["properties"]


def test_it_differs_only_on_purpose(published):
    assert drift(published) == set()


def add_a_field(content):
    properties(content, KAFKA)["lagAlert"] = {"type": "boolean"}


def add_a_nested_field(content):
    properties(content, "ClickPipePostgresPipeTableMapping")["rowFilter"] = {"type": "string"}


def lose_a_field(content):
    del properties(content, "ClickPipePostKinesisSource")["useEnhancedFanOut"]


def lose_a_value(content):
    properties(content, "ClickPipePostPubSubSource")["seekType"]["enum"].remove("earliest")


def gain_a_value(content):
    properties(content, "ClickPipeStatePatchRequest")["command"]["enum"].append("pause")


def gain_a_state(content):
    properties(content, "ClickPipe")["state"]["enum"].append("Draining")


def narrow_a_range(content):
    properties(content, "ClickPipesCdcScalingPatchRequest")["replicaCpuMillicores"]["maximum"] = 64


def move_a_range_that_is_known(content):
    settings = properties(content, "ClickPipeSettingsPutRequest")
    settings["object_storage_max_insert_bytes"]["maximum"] = 9


def add_an_operation(content):
    content["paths"][f"{PIPE}/logs"] = {"get": {"operationId": "clickPipeLogsGet"}}


def lose_an_operation(content):
    del content["paths"][PIPE]["delete"]


def change_a_type(content):
    properties(content, KAFKA)["topics"]["type"] = "integer"


def require_a_field(content):
    schema(content, "ClickPipeMutateMySQLSource")["required"].append("iamRole")


def require_no_longer(content):
    schema(content, "ClickPipeMutateMongoDBSource")["required"].remove("uri")


def add_a_parameter(content):
    content["paths"][f"{SERVICE}/clickpipes"]["get"]["parameters"].append(
        {"name": "limit", "in": "query", "schema": {"type": "integer"}}
    )


def answer_more(content):
    properties(content, "ReversePrivateEndpoint")["expiresAt"] = {"type": "string"}


def lose_what_is_read_of_a_service(content):
    del properties(content, "Service")["iamRole"]


FOUND = [
    (
        add_a_field,
        {
            "create_pipe source.kafka.lagAlert: only the document",
            "discover_schema source.kafka.lagAlert: only the document",
        },
    ),
    (
        add_a_nested_field,
        {
            "create_pipe source.postgres.tableMappings[].rowFilter: only the document",
            "update_pipe source.postgres.tableMappingsToAdd[].rowFilter: only the document",
        },
    ),
    (
        lose_a_field,
        {
            "create_pipe source.kinesis.useEnhancedFanOut: only ours",
            "discover_schema source.kinesis.useEnhancedFanOut: only ours",
        },
    ),
    (lose_a_value, {"create_pipe source.pubsub.seekType value earliest: only ours"}),
    (gain_a_value, {"set_pipe_state command value pause: only the document"}),
    (
        gain_a_state,
        {
            "list_pipes answer[].state value Draining: only the document",
            *(
                f"{name} answer.state value Draining: only the document"
                for name in ("get_pipe", "create_pipe", "update_pipe", "scale_pipe")
            ),
            "set_pipe_state answer.state value Draining: only the document",
        },
    ),
    (
        narrow_a_range,
        {"update_cdc_scaling replicaCpuMillicores maximum: the document 64, ours 32000"},
    ),
    (
        move_a_range_that_is_known,
        {f"{MAX_INSERT_BYTES} maximum: the document 9, ours 10737418240"},
    ),
    (
        add_an_operation,
        {"GET /v1/organizations/{}/services/{}/clickpipes/{}/logs: only the document"},
    ),
    (
        lose_an_operation,
        {
            "delete_pipe DELETE /v1/organizations/{}/services/{}/clickpipes/{}: only ours",
        },
    ),
    (
        change_a_type,
        {
            f"{name} source.kafka.topics type {kind}: only {side}"
            for name in ("create_pipe", "discover_schema")
            for kind, side in (("integer", "the document"), ("string", "ours"))
        },
    ),
    (require_a_field, {"create_pipe source.mysql.iamRole required: only the document"}),
    (require_no_longer, {"create_pipe source.mongodb.uri required: only ours"}),
    (add_a_parameter, {"list_pipes query.limit: only the document"}),
    (
        answer_more,
        {
            "list_private_endpoints answer[].expiresAt: only the document",
            *(
                f"{verb}_private_endpoint answer.expiresAt: only the document"
                for verb in ("get", "create", "update")
            ),
        },
    ),
    (
        lose_what_is_read_of_a_service,
        {
            "list_services answer[].iamRole: only ours",
            "get_service answer.iamRole: only ours",
            "wake_service answer.iamRole: only ours",
        },
    ),
]


@pytest.mark.parametrize(
    ("doctor", "lines"), FOUND, ids=lambda value: getattr(value, "__name__", "")
)
def test_what_was_doctored_is_found_and_nothing_else(published, doctor, lines):
    doctor(published)
    assert drift(published) == lines


def add_a_field_of_services(content):
    properties(content, "Service")["colour"] = {"type": "string"}


def add_an_operation_of_services(content):
    content["paths"][f"{SERVICE}/backups"] = {"get": {"operationId": "backupGetList"}}


def damage_another_part(content):
    content["paths"]["/v1/other"] = {"get": {"requestBody": {"$ref": "#/components/absent"}}}


def rename_a_parameter(content):
    content["paths"][PIPE.replace("clickPipeId", "id")] = content["paths"].pop(PIPE)


def describe_anew(content):
    properties(content, KAFKA)["topics"] |= {"description": "Other words.", "example": "t"}


def write_null_in_the_old_way(content):
    properties(content, KAFKA)["consumerGroup"] = {"type": "string", "nullable": True}


def refer_instead(content):
    content["components"]["schemas"]["Topics"] = properties(content, KAFKA)["topics"]
    properties(content, KAFKA)["topics"] = {"$ref": "#/components/schemas/Topics"}


def split_an_object(content):
    whole = schema(content, "ClickPipePostKinesisSource")
    half = {"format": whole["properties"].pop("format")}
    content["components"]["schemas"]["ClickPipePostKinesisSource"] = {
        "allOf": [{**whole}, {"type": "object", "properties": half}]
    }


@pytest.mark.parametrize(
    "doctor",
    [
        add_a_field_of_services,
        add_an_operation_of_services,
        damage_another_part,
        rename_a_parameter,
        describe_anew,
        write_null_in_the_old_way,
        refer_instead,
        split_an_object,
    ],
)
def test_what_says_the_same_or_is_no_matter_of_pipes_is_not_reported(published, doctor):
    doctor(published)
    assert drift(published) == set()


def test_every_field_removed_from_the_models_shows_in_the_comparison(published):
    """As drift, or as something held on purpose that is no longer found."""
    theirs = dict(Document(published))
    known = set(known_lines())
    for key, operation in OWN.items():
        if not key.is_of_clickpipes or key not in theirs:
            continue
        before = said({key: theirs[key]}, {key: operation})
        for spot in spots(operation):
            if spot.name is None or not _is_told_by(before, operation.name, spot.path):
                continue
            ours = {key: changed(operation, spot, lambda _: None)}
            after = said({key: theirs[key]}, ours)
            assert after - known or before - after, (operation.name, spot.path)


def said(theirs, ours):
    return {one.line for one in differences(theirs, ours)}


def _is_told_by(lines, name, path):
    """Whether the document says anything of this place: it has the fields above it."""
    parents = [path[:end] for end in range(len(path)) if path[end] in ".["]
    return not any(f"{name} {parent}: only ours" in lines for parent in parents)
