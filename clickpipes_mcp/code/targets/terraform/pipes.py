"""A pipe as the attributes of a resource of the provider."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from pydantic.alias_generators import to_snake

from clickpipes_mcp.code.create_arguments import Body
from clickpipes_mcp.code.declaration import Declaration
from clickpipes_mcp.code.references import Reference
from clickpipes_mcp.code.targets.terraform import attributes as provider
from clickpipes_mcp.code.targets.terraform.hcl import Expression

_DECIDING: Final = frozenset({"type", "format", "authentication", "replication_mode", "seek_type"})
"""Attributes without whose value a pipe is another pipe."""


@dataclass
class Resource:
    """The attributes of a pipe, its variables, and what the provider does not take.

    With `refused` the provider takes no such pipe at all.
    """

    attributes: Body = field(default_factory=dict)
    variables: dict[str, bool] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def add(self, name: str, value: object, node: provider.Node, at: str = "") -> None:
        """Write an attribute down, if the provider takes it."""
        path = f"{at}{name}"
        taken = self._taken(value, node, path)
        if taken is not None:
            self.attributes[name] = taken

    def _taken(self, value: object, node: provider.Node, path: str) -> object:
        if isinstance(node, Mapping) and isinstance(value, Mapping):
            return dict(self._members(value, node, path))
        if isinstance(node, Mapping) and isinstance(value, list):
            return [self._taken(item, node, path) for item in value]
        name = path.rpartition(".")[2]
        if isinstance(node, tuple) and value not in node:
            (self.refused if name in _DECIDING else self.left_out).append(f"{path} = {value}")
            return None
        if isinstance(value, int | float) and value > provider.MOST.get(name, value):
            self.left_out.append(
                f"{path} = {value}, of which it takes at most {provider.MOST[name]:g}"
            )
            return None
        return self.with_variables(value)

    def _members(
        self, value: Mapping[str, object], node: provider.Attributes, path: str
    ) -> Iterator[tuple[str, object]]:
        for name, inner in value.items():
            place = f"{path}.{name}"
            if name not in node:
                self.left_out.append(place)
            elif f"{name}_wo" in node and isinstance(inner, Reference):
                yield f"{name}_wo", self.with_variables(inner, writes_only=True)
                yield f"{name}_wo_version", 1
            else:
                taken = self._taken(inner, node[name], place)
                if taken is not None:
                    yield name, taken

    def with_variables(self, value: object, *, writes_only: bool = False) -> object:
        """The value, or the variable that stands in the place of a reference."""
        if not isinstance(value, Reference):
            return value
        name = f"{'' if value.name[:1].isalpha() else 'pipe_'}{value.name}"
        self.variables[name] = writes_only
        return Expression(f"var.{name}")


def resource_of(pipe: Declaration) -> Resource:
    """The resource of a pipe."""
    found, arm = Resource(), to_snake(pipe.spec.arm)
    arguments = pipe.arguments
    source = dict(arguments["source"])
    if arm in _ADAPT:
        _ADAPT[arm](source, found)
    found.attributes = {"name": pipe.name, "service_id": pipe.service_id}
    if pipe.rests:
        found.attributes["stopped"] = True
    found.add("source", {arm: source}, provider.PIPE["source"])
    _complete(pipe, arm, found)
    for part in ("destination", "field_mappings", "scaling", "settings"):
        if arguments.get(part):
            found.add(part, arguments[part], provider.PIPE[part])
    return found


def _complete(pipe: Declaration, arm: str, found: Resource) -> None:
    """What the provider refuses a plan without, as far as it can be put there."""
    source = found.attributes["source"][arm]
    taken = provider.SOURCES[arm]
    login = taken.get("credentials") if isinstance(taken, Mapping) else None
    for name in provider.REQUIRED[arm]:
        if name in source:
            continue
        if name == "credentials" and isinstance(login, Mapping) and "username" in login:
            username = Reference.of(f"{pipe.label}_USERNAME")
            source[name] = {"username": found.with_variables(username)}
        else:
            found.left_out.append(f"source.{arm}.{name}, which the provider needs")


def _adapt_kafka(source: Body, _: Resource) -> None:
    """What belongs to Glue stands in an object of its own."""
    registry = dict(source.get("schema_registry") or {})
    glue = {
        name.removeprefix("glue_"): registry.pop(name)
        for name in tuple(registry)
        if name.startswith("glue_")
    }
    if registry:
        source["schema_registry"] = {**registry, **({"glue": glue} if glue else {})}


def _adapt_kinesis(source: Body, _: Resource) -> None:
    """The provider takes the moment as text."""
    if "timestamp" in source:
        source["timestamp"] = str(source["timestamp"])


def _adapt_object_storage(source: Body, found: Resource) -> None:
    """Azure has a container in the place of an address."""
    if source.get("type") == "azureblobstorage" and source.pop("url", None):
        found.left_out.append("source.object_storage.url")


_ADAPT: Final[Mapping[str, Callable[[Body, Resource], None]]] = {
    "kafka": _adapt_kafka,
    "kinesis": _adapt_kinesis,
    "object_storage": _adapt_object_storage,
}
