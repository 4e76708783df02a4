"""The paths of the API, as routes and document share them."""

from typing import Final

ORGANIZATIONS: Final = "/v1/organizations"
ORGANIZATION: Final = f"{ORGANIZATIONS}/{{organization_id}}"
SERVICES: Final = f"{ORGANIZATION}/services"
SERVICE: Final = f"{SERVICES}/{{service_id}}"
CDC_SCALING: Final = f"{SERVICE}/clickpipesCdcScaling"
CDC_SCALING_OF_REFERENCE_PAGE: Final = f"{ORGANIZATION}/clickpipes/cdcScaling"
PIPES: Final = f"{SERVICE}/clickpipes"
PIPE: Final = f"{PIPES}/{{pipe_id}}"
ENDPOINTS: Final = f"{SERVICE}/clickpipesReversePrivateEndpoints"
ENDPOINT: Final = f"{ENDPOINTS}/{{endpoint_id}}"
SSH_KEYS: Final = f"{SERVICE}/clickpipesSshKeyResources"
SSH_KEY: Final = f"{SSH_KEYS}/{{ssh_key_id}}"
