"""YAML that holds nothing but what JSON can: no tags, no aliases, no dates, no yes and no."""

import re
from typing import Any, Final

import yaml
from typing_extensions import override
from yaml.composer import ComposerError
from yaml.constructor import ConstructorError

try:
    from yaml import CSafeLoader as _Loader  # ten times faster
except ImportError:  # PyYAML was built without libyaml
    from yaml import SafeLoader as _Loader  # type: ignore[assignment]

_FIRSTS: Final = list("-0123456789")
_RESOLVED: Final = (
    ("tag:yaml.org,2002:bool", r"true|false", list("tf")),
    ("tag:yaml.org,2002:null", r"null|~|", ["n", "~", ""]),
    ("tag:yaml.org,2002:int", r"-?(?:0|[1-9][0-9]{0,18})", _FIRSTS),
    ("tag:yaml.org,2002:float", r"-?[0-9]{1,18}\.[0-9]{1,18}", _FIRSTS),
)
_DEEPEST: Final = 20
"""Of what stands in something else. Nothing of a pipe is deeper than eight."""


class _PlainLoader(_Loader):
    """Reads what a person meant: a key that stands twice is refused."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 # the library's way

    @override
    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        keys: set[object] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.value in keys:
                raise ConstructorError(
                    None, None, "a name stands twice, or is none", key.start_mark
                )
            keys.add(key.value)
        return {str(key): value for key, value in super().construct_mapping(node, deep).items()}


for _tag, _pattern, _first in _RESOLVED:
    _PlainLoader.add_implicit_resolver(_tag, re.compile(f"^(?:{_pattern})$"), _first)


def load_plain(content: str) -> list[object]:
    """The documents of a file.

    Raises:
        yaml.YAMLError: It is no YAML, or holds more than plain values.
    """
    depth = 0
    for event in yaml.parse(content, _Loader):
        told = ""
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "tag", None):
            told = "aliases and tags are not read"
        elif depth > _DEEPEST:
            told = "it is nested too deeply"
        if told:
            mark: Any = event.start_mark  # of either parser
            raise ComposerError(None, None, told, mark)
    return list(yaml.load_all(content, _PlainLoader))  # knows plain values only
