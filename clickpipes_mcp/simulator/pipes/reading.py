"""What the API answers about a thing: never quite what was sent."""

from collections.abc import Mapping
from typing import Final

from clickpipes_mcp.simulator.arms import ARMS
from clickpipes_mcp.simulator.documents import JsonObject, as_object, items, text
from clickpipes_mcp.simulator.lifecycle import SCALING_SETTLES_S, state_at
from clickpipes_mcp.simulator.world.network import Endpoint, SshKey
from clickpipes_mcp.simulator.world.organization import CdcScaling, Service, World
from clickpipes_mcp.simulator.world.pipe import Pipe, Scaling
from clickpipes_mcp.simulator.world.timeline import timestamp

VERSION: Final = "25.8"  # of every simulated service
_MIB_PER_GB: Final = 1024
# Arms not in use read back as null, where the contract lets them be null.
_OTHER_ARMS: Final[Mapping[str, JsonObject]] = {
    arm.key: {o.key: None for o in ARMS if o is not arm and o.schemas.is_nullable} for arm in ARMS
}


def pipe_result(pipe: Pipe, now: float, *, quantity_strings: bool = False) -> JsonObject:
    """A ClickPipe as a read answers it."""
    kind = pipe.kind
    result: JsonObject = {
        "id": pipe.id,
        "serviceId": pipe.service_id,
        "name": pipe.name,
        "state": pipe.state(now),
        "source": {**_OTHER_ARMS[pipe.arm], pipe.arm: kind.show(pipe.source)},
        "destination": _destination(pipe),
        "fieldMappings": pipe.field_mappings,
        "createdAt": timestamp(pipe.created_at),
        "updatedAt": timestamp(pipe.updated_at),
    }
    if not kind.database and not _is_scaling_absent(pipe.scaling, now):
        result["scaling"] = _scaling(pipe.scaling, now, quantity_strings=quantity_strings)
        if pipe.settings:
            result["settings"] = pipe.settings
    return result


def _destination(pipe: Pipe) -> JsonObject:
    if pipe.kind.database:
        return {"database": pipe.destination["database"]}
    definition = as_object(pipe.destination.get("tableDefinition"))
    shown: JsonObject = {
        key: value
        for key, value in pipe.destination.items()
        if key not in ("roles", "tableDefinition")
    }
    if definition:
        engine = as_object(definition.get("engine"))
        shown["tableDefinition"] = {
            **definition,
            "engine": {"type": f"{text(engine, 'type')}()"},
            "sortingKey": definition.get("sortingKey") or [],
        }
    return shown


def _is_scaling_absent(scaling: Scaling, now: float) -> bool:
    return SCALING_SETTLES_S / 2 <= now - scaling.changed_at < SCALING_SETTLES_S


def _scaling(scaling: Scaling, now: float, *, quantity_strings: bool) -> JsonObject:
    if now - scaling.changed_at < SCALING_SETTLES_S:  # both are seen: zeros first, then nothing
        return {"replicas": 0, "replicaCpuMillicores": 0, "replicaMemoryGb": 0}
    if quantity_strings:
        return {
            "replicas": scaling.replicas,
            "replicaCpuMillicores": f"{scaling.cpu_millicores}m",
            "replicaMemoryGb": f"{int(scaling.memory_gb * _MIB_PER_GB)}Mi",
        }
    return {
        "replicas": scaling.replicas,
        "replicaCpuMillicores": scaling.cpu_millicores,
        "replicaMemoryGb": scaling.memory_gb,
    }


def settings_result(pipe: Pipe) -> JsonObject:
    """The effective settings of a streaming or object-storage pipe."""
    return {**pipe.kind.default_settings, **pipe.settings}


def cdc_scaling_result(scaling: CdcScaling, now: float) -> JsonObject:
    """The shared compute in effect."""
    cpu, memory = scaling.at(now)
    return {"replicaCpuMillicores": cpu, "replicaMemoryGb": memory}


def endpoint_result(endpoint: Endpoint, now: float) -> JsonObject:
    """A reverse private endpoint as a read answers it."""
    status = state_at(endpoint.mark, now)
    short = endpoint.id[:8]
    names = [text(item, "privateDnsName") for item in _dns_mappings(endpoint)]
    is_placed = status not in ("Provisioning", "Failed")
    return {
        **endpoint.request,
        "customPrivateDnsMappings": _dns_mappings(endpoint),
        "id": endpoint.id,
        "serviceId": endpoint.service_id,
        "endpointId": f"vpce-{short}" if is_placed else "",
        "dnsNames": [f"vpce-{short}.simulated.internal"] if is_placed else [],
        "privateDnsNames": names if is_placed else [],
        "status": status,
    }


def _dns_mappings(endpoint: Endpoint) -> list[JsonObject]:
    return items(endpoint.request, "customPrivateDnsMappings")


def ssh_key_result(key: SshKey) -> JsonObject:
    """An SSH key resource as a read answers it; a check that never was has no time."""
    result: JsonObject = {
        "id": key.id,
        "serviceId": key.service_id,
        **key.request,
        "publicKey": key.public_key,
        "status": key.status,
        "statusMessage": key.status_message,
        "createdAt": timestamp(key.created_at),
        "updatedAt": timestamp(key.updated_at),
    }
    if key.validated_at is not None:
        result["lastValidatedAt"] = timestamp(key.validated_at)
    return result


def organization_result(world: World) -> JsonObject:
    """The organization as a read answers it."""
    return {
        "id": world.organization_id,
        "createdAt": timestamp(world.created_at),
        "name": world.organization_name,
        "privateEndpoints": [],
        "byocConfig": [],
        "enableCoreDumps": False,
    }


def service_result(service: Service, now: float) -> JsonObject:
    """A service as a read answers it."""
    short = service.id[:10].replace("-", "")
    host = f"{short}.{service.region}.{service.provider}.clickhouse.simulated"
    return {
        "id": service.id,
        "name": service.name,
        "provider": service.provider,
        "region": service.region,
        "state": service.state(now),
        "clickhouseVersion": VERSION,
        "endpoints": [
            {"protocol": "nativesecure", "host": host, "port": 9440},
            {"protocol": "https", "host": host, "port": 8443},
        ],
        "minReplicaMemoryGb": 8,
        "maxReplicaMemoryGb": 16,
        "numReplicas": 2,
        "autoscalingMode": "vertical",
        "idleScaling": True,
        "idleTimeoutMinutes": 15,
        "ipAccessList": [{"source": "0.0.0.0/0", "description": "Anywhere"}],
        "createdAt": timestamp(service.created_at),
        "iamRole": "arn:aws:iam::000000000000:role/simulated-service",
        "privateEndpointIds": [],
        "availablePrivateEndpointIds": [],
        "dataWarehouseId": service.id,
        "isPrimary": True,
        "isReadonly": False,
        "releaseChannel": "default",
        "hasTransparentDataEncryption": False,
        "tags": [],
        "enableCoreDumps": False,
        "currentScaling": {
            "effectiveAutoscalingMode": "vertical",
            "effectiveMinReplicaMemoryGb": 8,
            "effectiveMaxReplicaMemoryGb": 16,
            "effectiveMinReplicas": 2,
            "effectiveMaxReplicas": 2,
            "effectiveIdleScaling": True,
            "effectiveIdleTimeoutMinutes": 15,
        },
    }
