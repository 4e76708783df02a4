"""References that stand for secrets in what is written down."""

from typing import Final

from clickpipes_mcp.secret_refs import ASK, LONGEST_LABEL

PREFIX: Final = "CLICKPIPES_SECRET_"


class Reference(str):
    """A reference this package put in the place of a secret, as the arguments of a call take it.

    A text of a pipe that merely looks like one is none.
    """

    __slots__ = ()

    @classmethod
    def of(cls, name: str) -> "Reference":
        """The reference to the variable of that name."""
        return cls(f"${{env:{PREFIX}{name}}}")

    @property
    def variable(self) -> str:
        """The variable of the environment that holds the secret."""
        return self.removeprefix("${env:").removesuffix("}")

    @property
    def name(self) -> str:
        """The same without what all of them begin with, in small letters."""
        return self.variable.removeprefix(PREFIX).lower()

    @property
    def asked(self) -> str:
        """The reference by which a person is asked for the same."""
        label = self.name.replace("_", "-")[-LONGEST_LABEL:].lstrip("-")
        return f"${{{ASK}{label}}}"
