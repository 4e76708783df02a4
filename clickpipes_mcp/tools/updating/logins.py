"""Updates that give a pipe another login."""

from typing import Final

from clickpipes_mcp.argument_form import snake_case
from clickpipes_mcp.pipe_states import Stage, state_named
from clickpipes_mcp.secret_refs import Certificate, secrets_in
from clickpipes_mcp.tools.updating.edits import Edit

_TOLD: Final = (
    "This replaces the login of a pipe that runs. The present one cannot be read back. Where the "
    "new one is wrong, delivery stops."
)
_WAYS_IN: Final = ("authentication", "iamRole")
"""Fields that decide as whom a pipe logs in, though they are no secret."""


def replaces_login(edit: Edit) -> bool:
    """Whether a login, a key or the way in is changed; a certificate alone is no login."""
    sends_one = any(not isinstance(secret, Certificate) for _, secret in secrets_in(edit.body))
    return sends_one or any(_is_another(edit, field) for field in _WAYS_IN if field in edit.source)


def _is_another(edit: Edit, field: str) -> bool:
    """Whether a field changes; a read may leave out what stands there without anybody's choice."""
    live, wanted = edit.pipe.truth.arm_body.get(field), edit.source[field]
    usual = edit.spec.read_back.defaults.get(snake_case(field), ())
    return wanted != live and not (live is None and wanted in usual)


def warn_of_login(edit: Edit) -> list[str]:
    """What to mind where a pipe that runs gets another login."""
    if not replaces_login(edit) or state_named(edit.pipe.state).stage is not Stage.WORKING:
        return []
    return [_TOLD]
