"""The recording HTTP server of the cloud client's tests, for tools."""

from tests.cloud.conftest import recorded_api

__all__ = ["recorded_api"]
