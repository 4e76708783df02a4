"""Pages at the address under which the server is known; the HTTP application serves them."""

from clickpipes_mcp.consent import PendingQuestion


class PublicPages:
    """Knows where the pages stand, and opens no browser: the person sits elsewhere."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint

    async def address(self) -> str:
        """The address below which they stand."""
        return self._endpoint

    def show(self, question: PendingQuestion, link: str) -> bool:  # noqa: ARG002
        """Nothing is opened here."""
        return False

    def open_page(self, link: str) -> bool:  # noqa: ARG002
        """Nothing is opened here."""
        return False
