"""Updates that give a pipe another login."""

from typing import Final

from clickpipes_mcp.pipe_states import Stage, state_named
from clickpipes_mcp.secret_refs import Certificate, secrets_in
from clickpipes_mcp.tools.updating.edits import Edit

_TOLD: Final = (
    "This replaces the login of a pipe that runs. The present one cannot be read back. Where the "
    "new one is wrong, delivery stops."
)


def replaces_login(edit: Edit) -> bool:
    """Whether a login or a key is among what is changed; a certificate alone is no login."""
    return any(not isinstance(secret, Certificate) for _, secret in secrets_in(edit.body))


def warn_of_login(edit: Edit) -> list[str]:
    """What to mind where a pipe that runs gets another login."""
    if not replaces_login(edit) or state_named(edit.pipe.state).stage is not Stage.WORKING:
        return []
    return [_TOLD]
