"""S3, SQS, Kinesis and IAM of moto on a port of this machine, with rights enforced."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config
from moto import settings
from moto.core.responses import ActionAuthenticatorMixin
from moto.moto_api._internal import moto_api_backend
from moto.server import ThreadedMotoServer

from clickpipes_mcp.checks.aws.endpoints import Endpoints

REGION = "eu-west-1"
USER = "pipes"


@dataclass
class MotoServer:
    """`admin` and `pipes` are keys: of who sets things up, and of who looks."""

    port: int
    admin: Mapping[str, str]
    pipes: Mapping[str, str]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def endpoints(self) -> Endpoints:
        return Endpoints(self.address)

    def client(self, service: str) -> Any:
        return _client(self.address, service, self.admin)

    s3 = cached_property(lambda self: self.client("s3"))
    sqs = cached_property(lambda self: self.client("sqs"))
    kinesis = cached_property(lambda self: self.client("kinesis"))
    iam = cached_property(lambda self: self.client("iam"))

    def allow(self, *actions: str) -> None:
        """The only actions that the key may do from now on."""
        allowed = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
        self.iam.put_user_policy(
            UserName=USER,
            PolicyName="all",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}),
        )

    @contextmanager
    def open_to_all(self) -> Iterator[None]:
        """Rights are asked for by nobody meanwhile; with them, moto knows no anonymous request."""
        settings.INITIAL_NO_AUTH_ACTION_COUNT = float("inf")
        try:
            yield
        finally:
            settings.INITIAL_NO_AUTH_ACTION_COUNT = 0.0


def _client(address: str, service: str, key: Mapping[str, str]) -> Any:
    return boto3.session.Session().client(
        service,
        region_name=REGION,
        endpoint_url=address,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        config=Config(s3={"addressing_style": "path"}),
    )


@contextmanager
def running_moto() -> Iterator[MotoServer]:
    """Empty but for the two users; nobody else is let in."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    before = settings.INITIAL_NO_AUTH_ACTION_COUNT
    try:
        _, port = server.get_host_and_port()
        iam = _client(
            f"http://127.0.0.1:{port}", "iam", {"AccessKeyId": "x", "SecretAccessKey": "x"}
        )
        keys = [_user(iam, name) for name in ("admin", USER)]
        settings.INITIAL_NO_AUTH_ACTION_COUNT = 0.0
        ActionAuthenticatorMixin.request_count = 0
        yield MotoServer(port, *keys)
    finally:
        settings.INITIAL_NO_AUTH_ACTION_COUNT = before
        moto_api_backend.reset()
        server.stop()


def _user(iam: Any, name: str) -> Mapping[str, str]:
    iam.create_user(UserName=name)
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    iam.put_user_policy(
        UserName=name,
        PolicyName="all",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [everything]}),
    )
    return iam.create_access_key(UserName=name)["AccessKey"]
