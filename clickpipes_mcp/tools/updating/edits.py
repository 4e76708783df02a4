"""An update, checked against the pipe as it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from clickpipes_mcp.argument_form import NormalForm
from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.contract import Family, SourceSpec
from clickpipes_mcp.secret_refs import SendableBody

ADD, REMOVE = "tableMappingsToAdd", "tableMappingsToRemove"
MAPPINGS = "tableMappings"
PAUSING_KEYS = frozenset({ADD, REMOVE, "settings"})
"""What of a database source the API changes only while the pipe is Paused.

Source: the API's refusal "must be paused to edit" (github.com/ClickHouse/
terraform-provider-clickhouse issues 497 and 600).
"""


@dataclass(frozen=True)
class Edit:
    """A checked change to one pipe.

    `body` is what the pipe itself is sent, `settings` what its settings endpoint is; either may
    be empty. `fixed` are the fields that were asked for and cannot change, with the values
    wanted: only a dry run gets that far. `notes` tell what was worked out for the caller, `form`
    how the caller spelled the source, `beside` are the other pipes of the service.
    """

    pipe: Pipe
    spec: SourceSpec
    body: dict[str, SendableBody] = field(default_factory=dict)
    settings: dict[str, SendableBody] = field(default_factory=dict)
    fixed: Mapping[str, object] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    form: NormalForm = field(default_factory=NormalForm)
    beside: tuple[Pipe, ...] = ()

    @property
    def source(self) -> Mapping[str, SendableBody]:
        """What the source is sent, under the API's keys."""
        within = self.body.get("source")
        arm = within.get(self.spec.arm) if isinstance(within, dict) else None
        return arm if isinstance(arm, dict) else {}

    def spelled(self, *steps: str | int) -> str:
        """A place in the source, as the caller wrote it."""
        return self.form.spelled(("source", *steps))

    @property
    def is_empty(self) -> bool:
        return not self.body and not self.settings

    @property
    def must_be_paused(self) -> bool:
        return self.touches_database and not PAUSING_KEYS.isdisjoint(self.source)

    @property
    def touches_database(self) -> bool:
        return self.spec.family is Family.DATABASE and bool(self.source)

    def mappings(self, key: str) -> list[Mapping[str, object]]:
        """The table mappings that are added or removed."""
        mappings = self.source.get(key)
        items = mappings if isinstance(mappings, list) else []
        return [item for item in items if isinstance(item, dict)]
