import inspect
import re
from collections.abc import Iterator

import pytest

from clickpipes_mcp import errors
from clickpipes_mcp.errors import ClickPipesError, InvalidArguments, NextAction, Problem

DRAWN = re.findall(r"^([│├└─ ]*)(\w+)", errors.__doc__ or "", re.MULTILINE)


def classes(root: type[ClickPipesError] = ClickPipesError) -> Iterator[type[ClickPipesError]]:
    yield root
    for child in root.__subclasses__():
        yield from classes(child)


def made(kind: type[ClickPipesError]) -> ClickPipesError:
    """One of the kind, with every argument that its constructor insists on."""
    invented: dict[str, object] = {
        "message": "It went wrong.",
        "problems": [Problem(path="source.kafka.port", message="Must be a number.")],
        "status": 500,
        "text": "no",
        "wait_s": 2.5,
        "may_have_happened": True,
    }
    wanted = inspect.signature(kind).parameters.values()
    return kind(**{p.name: invented[p.name] for p in wanted if p.default is p.empty})  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", list(classes()))
def test_every_error_renders(kind):
    error = made(kind)
    assert str(error) == error.message != ""
    assert re.fullmatch(r"[a-z_]+", error.code)


def test_no_two_errors_share_a_code():
    codes = [kind.code for kind in classes()]
    assert len(codes) == len(set(codes))


def test_the_tree_is_drawn_as_it_is():
    drawn = {name for _, name in DRAWN if name in vars(errors)}
    assert drawn == {kind.__name__ for kind in classes() if kind.__module__ == errors.__name__}


def test_every_error_says_who_can_act():
    branches = ClickPipesError.__subclasses__()
    for kind in classes():
        if kind is not ClickPipesError:
            assert sum(issubclass(kind, branch) for branch in branches) == 1


def test_what_comes_next_is_kept():
    action = NextAction("list_clickpipes", "to find the id")
    error = ClickPipesError("It went wrong.", fix="Look.", request_id="r", next_actions=[action])
    assert (error.fix, error.request_id, error.next_actions) == ("Look.", "r", (action,))


@pytest.mark.parametrize(("count", "noun"), [(1, "1 problem"), (2, "2 problems")])
def test_problems_are_counted(count, noun):
    error = InvalidArguments([Problem(path="a", message="b")] * count)
    assert noun in str(error)
