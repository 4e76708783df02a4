"""What the SDK is imported without, and that nobody else is."""

import importlib
import subprocess
import sys

import pytest
from pydantic import BaseModel, TypeAdapter

from clickpipes_mcp.sdk_import import import_sdk, without_rich_logging


def test_the_models_of_others_are_built_as_ever() -> None:
    import_sdk()

    class Another(BaseModel):
        number: int

    assert Another.__pydantic_complete__
    assert TypeAdapter(Another | int).pydantic_complete


_LOOKS = """
from clickpipes_mcp.sdk_import import import_sdk
import_sdk()
import gc
from pydantic import TypeAdapter
from mcp_types import JSONRPCRequest, jsonrpc_message_adapter
found = [one for one in gc.get_objects() if isinstance(one, TypeAdapter)]
assert len(found) > 5, "it has adapters"
assert not [one for one in found if one.pydantic_complete], "none was built"
told = jsonrpc_message_adapter.validate_json('{"jsonrpc":"2.0","id":1,"method":"ping"}')
assert told == JSONRPCRequest(jsonrpc="2.0", id=1, method="ping")
for one in found:
    one.rebuild()
assert all(one.pydantic_complete for one in found), "each can be built"
"""


def test_what_validates_its_messages_is_built_when_it_is_used() -> None:
    subprocess.run([sys.executable, "-c", _LOOKS], check=True)


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
