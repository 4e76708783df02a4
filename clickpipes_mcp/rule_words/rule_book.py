"""Where rules are written: a book holds what the rules over one kind of request share."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, cast

from clickpipes_mcp.contract import Request, Rule
from clickpipes_mcp.rule_words.checks import Check, each
from clickpipes_mcp.rule_words.examples import altered


@dataclass(frozen=True)
class RuleBook:
    """Rules over one kind of request.

    prefix: how the id of every rule begins, with its dot: `kafka.`.
    example: a request that keeps every rule.
    documentation: where a rule is documented that does not say otherwise.
    at: where in the request the examples of a rule differ from that one, with its dot: `source.`.
    """

    prefix: str
    example: Mapping[str, object]
    documentation: str
    at: str = ""

    def rule(
        self,
        name: str,
        summary: str,
        check: Check,
        *,
        broken: Mapping[str, object],
        kept: Mapping[str, object] | None = None,
        documentation: str = "",
        effect: Literal["refuse", "warn"] = "refuse",
    ) -> Rule[Request]:
        """A rule; `broken` and `kept` say how its examples differ from the book's."""
        return Rule(
            id=f"{self.prefix}{name}",
            summary=summary,
            check=check,
            documentation=documentation or self.documentation,
            broken=self._differing(broken),
            kept=self._differing(kept or {}),
            effect=effect,
        )

    def _differing(self, changes: Mapping[str, object]) -> Mapping[str, object]:
        return altered(self.example, {f"{self.at}{path}": value for path, value in changes.items()})

    def family(self, prefix: str, documentation: str = "", *, at: str | None = None) -> "RuleBook":
        """A book over the same request for rules whose ids begin otherwise."""
        return replace(
            self,
            prefix=prefix,
            documentation=documentation or self.documentation,
            at=self.at if at is None else at,
        )

    def within(self, name: str, rules: Iterable[Rule[Request]]) -> tuple[Rule[Request], ...]:
        """Rules over a part of the request, as rules over the whole that holds it by a name."""
        return tuple(
            replace(
                inner,
                check=each(name, cast("Check", inner.check)),
                broken=altered(self.example, {name: inner.broken}),
                kept=altered(self.example, {name: inner.kept}),
            )
            for inner in rules
        )
