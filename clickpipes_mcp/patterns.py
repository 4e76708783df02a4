"""Patterns that are data of a rule: kept as text, compiled when one is first needed."""

import re
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Pattern:
    """A regular expression; a test finds every one and counts its steps on its worst input."""

    text: str
    ignores_case: bool = False

    def is_in(self, text: str) -> bool:
        """Whether it fits anywhere."""
        return self._compiled.search(text) is not None

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.text, re.IGNORECASE if self.ignores_case else 0)
