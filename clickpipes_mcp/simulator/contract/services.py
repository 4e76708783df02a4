"""What hangs on a service beside its pipes: its state, shared compute, private ways to a source."""

from typing import Final

from clickpipes_mcp.simulator.contract._request_schema import RequestSchema
from clickpipes_mcp.simulator.contract._shapes import (
    NAME,
    TEXT,
    array,
    choice,
    or_null,
    structure,
    whole,
)

STATE: Final = RequestSchema(
    "service_state", structure({"command": choice("start", "stop", "awake")}, ("command",))
)
CDC_SCALING: Final = RequestSchema(
    "cdc_scaling",
    structure(
        {
            "replicaCpuMillicores": whole(1000, 32000, multipleOf=1000),
            "replicaMemoryGb": {"type": "number", "minimum": 4, "maximum": 128, "multipleOf": 4},
        },
        minProperties=1,
    ),
)
_DNS_MAPPINGS: Final = array(
    structure({"privateDnsName": NAME, "targetId": or_null(NAME)}, ("privateDnsName",))
)
ENDPOINT_CREATE: Final = RequestSchema(
    "endpoint_create",
    structure(
        {
            "description": {"type": "string", "maxLength": 255},
            "type": choice(
                "VPC_ENDPOINT_SERVICE", "VPC_RESOURCE", "MSK_MULTI_VPC",
                "GCP_PSC_SERVICE_ATTACHMENT",
            ),
            "vpcEndpointServiceName": or_null(NAME),
            "vpcResourceConfigurationId": or_null(NAME),
            "vpcResourceShareArn": or_null(NAME),
            "mskClusterArn": or_null(NAME),
            "mskAuthentication": or_null(choice("SASL_IAM", "SASL_SCRAM")),
            "gcpServiceAttachment": {
                "type": ["string", "null"],
                "pattern": "^projects/[^/]+/regions/[^/]+/serviceAttachments/[^/]+$",
            },
            "customPrivateDnsMappings": or_null(_DNS_MAPPINGS),
        },
        ("description", "type"),
    ),
)  # fmt: skip
ENDPOINT_UPDATE: Final = RequestSchema(
    "endpoint_update",
    structure({"customPrivateDnsMappings": _DNS_MAPPINGS}, ("customPrivateDnsMappings",)),
)
# Source of both: the models and the documentation of the Terraform provider, which always sends a
# port. Whether a lost port means 22 to the service as well is not known.
SSH_KEY_CREATE: Final = RequestSchema(
    "ssh_key_create",
    structure(
        {
            "name": NAME,
            "description": {**TEXT, "maxLength": 255},
            "host": NAME,
            "port": whole(1, 65535, errorForm="value"),
            "username": NAME,
        },
        ("name", "host", "port", "username"),
    ),
)
SSH_KEY_VALIDATE: Final = RequestSchema("ssh_key_validate", structure({}))
