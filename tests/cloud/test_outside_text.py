import types
import typing
from typing import Any

import pytest

from clickpipes_mcp.cloud import Pipe, Service, SshKey
from clickpipes_mcp.cloud.outside_text import show_text, show_word
from clickpipes_mcp.contract import Answer
from clickpipes_mcp.redaction import ALTERED, clean
from tests.outside import HARMFUL, is_harmless, texts_in


def kinds_of(base: type[Answer] = Answer) -> list[type[Answer]]:
    """Every model of an answer that there is."""
    return [one for sub in base.__subclasses__() for one in (sub, *kinds_of(sub))]


def filled(annotation: Any, text: str) -> Any:
    """A value of that type in which every text is this one."""
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, Answer):
        return {
            name: filled(info.annotation, text) for name, info in annotation.model_fields.items()
        }
    if origin in (typing.Union, types.UnionType):
        return filled(inner[0], text)
    if origin in (tuple, list):
        return [filled(inner[0], text)]
    if origin is dict or annotation is dict:
        return {text: text, "inner": {text: [text, {text: text}]}}
    return text


@pytest.mark.parametrize("text", HARMFUL.values(), ids=HARMFUL)
@pytest.mark.parametrize("kind", kinds_of(), ids=lambda kind: kind.__name__)
def test_every_text_of_every_answer_is_fit_to_be_shown_and_its_truth_is_kept(kind, text):
    answer = kind.model_validate(filled(kind, text))

    assert [one for one in texts_in(answer.model_dump()) if not is_harmless(one)] == []
    assert not any(character in repr(answer) for character in "\x1b\u202e\u200b\ud800")
    told = set(texts_in(answer.truth.model_dump()))
    sent = text.encode(errors="backslashreplace").decode()
    has_texts = any(info.annotation is str for info in kind.model_fields.values())
    assert not has_texts or any(one.startswith(sent) for one in told)
    assert "Next:" not in repr(answer.truth)


def test_what_is_shown_as_it_arrived_is_its_own_truth():
    pipe = Pipe(id="33333333-3333-4333-8333-333333333333", name="orders", state="Running")
    assert pipe.truth is pipe


def test_a_copy_with_other_fields_has_them_in_its_truth_too():
    sent = {"id": "x", "name": "a\u200bb"}
    for pipe in (Pipe.model_validate(sent), Pipe.model_validate({**sent, "name": "ab"})):
        copied = pipe.model_copy(update={"state": "Stopped"})
        assert (copied.truth.state, copied.truth.name) == ("Stopped", pipe.truth.name)
        assert pipe.truth.state == "Unknown"


def test_answers_are_equal_that_are_shown_and_arrived_alike_whoever_looked_at_which():
    sent = {"id": "x", "name": "a\u200bb", "scaling": {"replicas": 1}}
    looked_at, other = Pipe.model_validate(sent), Pipe.model_validate({**sent, "new": 1})
    assert looked_at.truth.name == "a\u200bb"
    assert looked_at == other
    assert looked_at != Pipe.model_validate({**sent, "name": "a\u200b\u200bb"})
    assert looked_at != sent
    assert len({Service(id="x"), Service(id="x"), Service(id="y")}) == 2


@pytest.mark.parametrize("text", HARMFUL.values(), ids=HARMFUL)
def test_a_word_that_was_cleaned_passes_for_no_other(text):
    assert show_word(text).endswith(ALTERED)
    assert show_word("Running") == "Running"


def test_a_public_key_is_shown_in_full_or_not_at_all():
    line = f"ssh-rsa {'A' * 500} somebody"
    assert SshKey(id="x", public_key=line).public_key == line
    assert SshKey(id="x", public_key=f"{line}\n{line}").public_key == ""


SHORT = [
    "AKIA" + "A1" * 8,
    "xeyJ" + "a" * 24,
    "ewo" + "b" * 24,
    "a" * 39,
    "a" * 40,
    "f" * 36,
    "-" * 36,
    "orders-" + "AKIA" + "A1" * 8,
    "x-AKIA-orders-2",
    "orders-eyJ" + "a" * 20,
    "a-1_b-" * 6,
    "a-" + "b" * 40,
]


@pytest.mark.parametrize("text", SHORT)
def test_a_word_that_is_not_looked_at_closely_is_one_that_would_stay_as_it_is(text):
    is_kept = clean(text) == text
    assert (show_word(text) == text) is is_kept
    assert (show_text(text) == text) is is_kept
