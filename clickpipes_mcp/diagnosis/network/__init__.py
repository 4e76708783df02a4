"""The way to a source, whatever it is: names, routes, firewalls, TLS, private endpoints."""

from clickpipes_mcp.diagnosis._rule import Rule
from clickpipes_mcp.diagnosis.network import names, private_ways, reaching, tls

RULES: tuple[Rule, ...] = (*private_ways.RULES, *names.RULES, *reaching.RULES, *tls.RULES)
