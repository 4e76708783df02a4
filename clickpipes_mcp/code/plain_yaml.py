"""YAML that holds nothing but what JSON can: no tags, no aliases, no dates, no yes and no."""

import re
from typing import Any, Final

import yaml
from typing_extensions import override
from yaml.composer import ComposerError
from yaml.constructor import ConstructorError

_FIRSTS: Final = list("-0123456789")
_RESOLVED: Final = (
    ("tag:yaml.org,2002:bool", r"true|false", list("tf")),
    ("tag:yaml.org,2002:null", r"null|~|", ["n", "~", ""]),
    ("tag:yaml.org,2002:int", r"-?(?:0|[1-9][0-9]{0,18})", _FIRSTS),
    ("tag:yaml.org,2002:float", r"-?[0-9]{1,18}\.[0-9]{1,18}", _FIRSTS),
)


class PlainLoader(yaml.SafeLoader):
    """Reads what a person meant: a key that stands twice, or an alias, is refused."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 # the library's way

    @override
    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise ComposerError(None, None, "aliases are not read", None)
        return super().compose_node(parent, index)

    @override
    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or keys.count(key.value) > 1:
                raise ConstructorError(
                    None, None, "a name stands twice, or is none", key.start_mark
                )
        return {str(key): value for key, value in super().construct_mapping(node, deep).items()}


for _tag, _pattern, _first in _RESOLVED:
    PlainLoader.add_implicit_resolver(_tag, re.compile(f"^(?:{_pattern})$"), _first)
