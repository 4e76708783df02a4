"""The API as HTTP: doors, routes, and answers that break on the way."""
