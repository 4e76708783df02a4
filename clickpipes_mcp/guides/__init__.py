"""How to prepare a source: what to run there, whom to let in, what to mind.

Prerequisites are written down by source; the rest is composed of what is known of sources,
addresses and troubles, so that it cannot disagree with it; what composes
each topic is a module here.
"""

from clickpipes_mcp.guides._sections import PAGES, page, written

__all__ = ["PAGES", "page", "written"]
