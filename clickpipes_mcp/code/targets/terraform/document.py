"""A whole file: provider, variables, and a resource with its import for everything there is."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from clickpipes_mcp.cloud import PrivateEndpoint
from clickpipes_mcp.cloud.ssh_keys import SshKey
from clickpipes_mcp.code.create_arguments import Body, as_variable
from clickpipes_mcp.code.target import Loss, Selection, Written
from clickpipes_mcp.code.targets.shell import comment
from clickpipes_mcp.code.targets.terraform import attributes as provider
from clickpipes_mcp.code.targets.terraform.hcl import Expression, block
from clickpipes_mcp.code.targets.terraform.pipes import Resource, resource_of

_PIPE: Final = "clickhouse_clickpipe"
_ENDPOINT: Final = "clickhouse_clickpipes_reverse_private_endpoint"
_SSH_KEY: Final = "clickhouse_clickpipes_ssh_key"
_CDC: Final = "clickhouse_clickpipe_cdc_infrastructure"
_HEAD: Final = """\
terraform {
  required_version = ">= 1.11"

  required_providers {
    clickhouse = {
      source  = "ClickHouse/clickhouse"
      version = ">= 3.33"
    }
  }
}

# Reads CLICKHOUSE_ORG_ID, CLICKHOUSE_CLOUD_API_KEY and CLICKHOUSE_CLOUD_API_SECRET.
provider "clickhouse" {}"""


def write_terraform(selection: Selection) -> Written:
    """The file, and what the provider does not take."""
    resources = [(pipe, resource_of(pipe)) for pipe in selection.pipes]
    references = {
        **_named(_ENDPOINT, ((one.id, one.description) for one in selection.endpoints)),
        **_named(_SSH_KEY, ((one.id, one.name) for one in selection.ssh_keys)),
    }
    parts: list[Sequence[str]] = [[_HEAD]]
    parts += [list(_variable(*one)) for one in _variables(found for _, found in resources)]
    losses: list[Loss] = []
    for pipe, found in resources:
        lost = [*pipe.notes, *_tell(found)]
        losses += [Loss(pipe.name, what) for what in _tell(found)]
        name = f"{_PIPE}.{_resource_name(pipe.label)}"
        heading = [comment(what) for what in (pipe.name, *lost)]
        if found.refused:
            parts.append(heading)
            continue
        parts.append(_import(name, pipe.service_id, pipe.pipe_id))
        attributes = {key: _linked(value, references) for key, value in found.attributes.items()}
        parts.append([*heading, *_resource(name, attributes)])
    for endpoint in selection.endpoints:
        parts += _beside(references[endpoint.id], endpoint, _endpoint(endpoint))
        losses += _endpoint_losses(endpoint)
    for key in selection.ssh_keys:
        parts += _beside(references[key.id], key, _ssh_key(key))
    parts += _cdc(selection)
    return Written("\n\n".join("\n".join(lines) for lines in parts) + "\n", tuple(losses))


def _tell(found: Resource) -> Iterator[str]:
    if found.refused:
        yield f"The provider takes no such pipe, so it is left out: {', '.join(found.refused)}."
    if found.left_out:
        yield f"The provider does not take these: {', '.join(found.left_out)}."


def _variables(resources: Iterator[Resource]) -> list[tuple[str, bool]]:
    found: dict[str, bool] = {}
    for one in resources:
        if not one.refused:
            found |= one.variables
    return list(found.items())


def _variable(name: str, writes_only: bool) -> Iterator[str]:  # noqa: FBT001 # of a pair
    ephemeral = {"ephemeral": True} if writes_only else {}
    attributes = {"type": Expression("string"), "sensitive": True, **ephemeral}
    yield from block(f'variable "{name}"', attributes)


def _import(name: str, service: str, own: str) -> list[str]:
    return list(block("import", {"to": Expression(name), "id": f"{service}:{own}"}))


def _resource(name: str, attributes: Mapping[str, object]) -> Iterator[str]:
    kind, _, label = name.partition(".")
    yield from block(f'resource "{kind}" "{label}"', attributes)


def _resource_name(label: str) -> str:
    name = label.lower()
    return name if name[:1].isalpha() else f"pipe_{name}"


def _named(kind: str, things: Iterator[tuple[str, str]]) -> dict[str, str]:
    """The address of each thing by its id."""
    found: dict[str, str] = {}
    for own, name in things:
        label = _resource_name(as_variable(name) or own.partition("-")[0].upper())
        again = f"{label}_{own.partition('-')[0]}"
        found[own] = f"{kind}.{again if f'{kind}.{label}' in found.values() else label}"
    return found


def _linked(value: object, references: Mapping[str, str]) -> object:
    """A value in which the id of what is written down too is a reference to it."""
    if isinstance(value, Mapping):
        return {name: _linked(inner, references) for name, inner in value.items()}
    if isinstance(value, list):
        return [_linked(inner, references) for inner in value]
    if isinstance(value, str) and value in references:
        return Expression(f"{references[value]}.id")
    return value


def _beside(name: str, thing: PrivateEndpoint | SshKey, attributes: Body) -> list[list[str]]:
    body = {"service_id": thing.service_id, **attributes}
    return [_import(name, thing.service_id, thing.id), list(_resource(name, body))]


def _endpoint(endpoint: PrivateEndpoint) -> Body:
    shown = endpoint.model_dump()
    found = {name: shown[name] for name in provider.ENDPOINT if shown.get(name)}
    names = endpoint.custom_names
    if names:
        found["custom_private_dns_mappings"] = [{"private_dns_name": name} for name in names]
    return found


def _endpoint_losses(endpoint: PrivateEndpoint) -> Iterator[Loss]:
    if any(one.target_id for one in endpoint.custom_private_dns_mappings):
        what = "The provider does not take the target of a custom DNS name."
        yield Loss(endpoint.description, what)


def _ssh_key(key: SshKey) -> Body:
    shown = key.model_dump()
    return {name: shown[name] for name in provider.SSH_KEY if shown.get(name)}


def _cdc(selection: Selection) -> Iterator[list[str]]:
    size = selection.cdc_scaling
    if size is None or not size.replica_cpu_millicores:
        return
    attributes = {
        "service_id": selection.service_id,
        "replica_cpu_millicores": size.replica_cpu_millicores,
        "replica_memory_gb": size.replica_memory_gb,
    }
    heading = comment("Shared by all database pipes of the service; one resource for a service.")
    yield [heading, *_resource(f"{_CDC}.shared", attributes)]
