"""What the SDK is imported without, and that nobody else is."""

import importlib
import sys

import pytest
from pydantic import BaseModel

from clickpipes_mcp.sdk_import import import_sdk, without_rich_logging


def test_the_models_of_others_are_built_as_ever() -> None:
    import_sdk()

    class Another(BaseModel):
        number: int

    assert Another.__pydantic_complete__


@pytest.mark.parametrize("is_loaded", [False, True])
def test_rich_is_missing_only_where_nobody_has_loaded_it(is_loaded, monkeypatch) -> None:
    if is_loaded:
        importlib.import_module("rich.console")
    else:
        monkeypatch.delitem(sys.modules, "rich.console", raising=False)

    with without_rich_logging():
        try:
            importlib.import_module("rich.console")
        except ImportError:
            assert not is_loaded
        else:
            assert is_loaded

    assert importlib.import_module("rich.console").Console
