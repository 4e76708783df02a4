"""Custom DNS names: what they cover, and what replacing them does to whoever uses one."""

from dataclasses import dataclass, field
from typing import TypeAlias

from clickpipes_mcp.quotation import quote_unless_plain

Way: TypeAlias = tuple[str, str]
"""A DNS name and the target it leads to; an empty target is the endpoint's only one."""


def normal(name: str) -> str:
    """A DNS name as it is compared: neither its case nor a final dot matters."""
    return name.rstrip(".").lower()


def covers(pattern: str, name: str) -> bool:
    """Whether a DNS name is meant by another, in which a leading star stands for one label."""
    pattern, name = normal(pattern), normal(name)
    return pattern == name or (
        pattern.startswith("*.") and name.partition(".")[2] == pattern.removeprefix("*.")
    )


@dataclass(frozen=True)
class Replacement:
    """The custom names of an endpoint before and after, all in their normal form.

    `beside` are the names that stay whatever is replaced: those that endpoints bring themselves.
    `hosts` are those that pipes reach already, be it through an endpoint or not.
    """

    before: frozenset[Way]
    after: frozenset[Way]
    beside: frozenset[Way] = field(default_factory=frozenset)
    hosts: frozenset[str] = field(default_factory=frozenset)

    @property
    def lost(self) -> frozenset[str]:
        """Names that go or lead elsewhere: whoever uses one may lose its source."""
        return frozenset(name for name, _ in self.before - self.after) | self.diverting

    @property
    def removed(self) -> frozenset[str]:
        """Names that go."""
        return frozenset(name for name, _ in self.before) - {name for name, _ in self.after}

    @property
    def redirected(self) -> frozenset[str]:
        """Names that lead elsewhere than until now."""
        return self.lost - self.removed

    @property
    def diverting(self) -> frozenset[str]:
        """New names that lead elsewhere than the names which have covered them until now.

        A name of its own wins over a star. Source: RFC 1034, section 4.3.3. The name of a host
        that pipes reach in another way leads elsewhere too.
        """
        present = self.before | self.beside
        direct = [host for host in self.hosts if not any(covers(name, host) for name, _ in present)]
        return frozenset(
            name
            for name, place in self.after - self.before
            if any(covers(wider, name) and place != other for wider, other in present)
            or any(covers(name, host) for host in direct)
        )

    @property
    def summary(self) -> str:
        """What becomes of each name; empty where nothing changes."""
        if self.before == self.after:
            return ""
        had, has = ({name for name, _ in ways} for ways in (self.before, self.after))
        redirected = {name for name, _ in self.before ^ self.after} & had & has
        diverting = self.diverting - had
        parts = {
            "adds": has - had - diverting,
            "adds, leading elsewhere than until now,": diverting,
            "removes": had - has,
            "changes the target of": redirected,
            "keeps": (had & has) - redirected,
        }
        return "; ".join(
            f"{verb} {', '.join(quote_unless_plain(name, limit=255) for name in sorted(names))}"
            for verb, names in parts.items()
            if names
        )
