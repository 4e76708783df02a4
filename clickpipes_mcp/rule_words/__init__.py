"""The words that rules are written in, whatever the rules are about."""
