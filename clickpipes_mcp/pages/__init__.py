"""The pages that a person opens in a browser: how they look, are guarded and are served."""

from clickpipes_mcp.pages.approval import approval_routes
from clickpipes_mcp.pages.enrolment import enrolment_routes
from clickpipes_mcp.pages.greeting import Greeting
from clickpipes_mcp.pages.guards import PageGuard, PageRefused
from clickpipes_mcp.pages.loopback import LoopbackPages
from clickpipes_mcp.pages.notices import Notice, Notices
from clickpipes_mcp.pages.public import PublicPages
from clickpipes_mcp.pages.secret_form import secret_routes

__all__ = [
    "Greeting",
    "LoopbackPages",
    "Notice",
    "Notices",
    "PageGuard",
    "PageRefused",
    "PublicPages",
    "approval_routes",
    "enrolment_routes",
    "secret_routes",
]
