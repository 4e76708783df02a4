"""A world that is killed again and again while it is being changed."""

import itertools
import os
import random
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from clickpipes_mcp.clock import ManualClock
from clickpipes_mcp.simulator import (
    DEFAULT_ORGANIZATION_ID,
    DEFAULT_SERVICE_ID,
    SimulatorOptions,
    build_simulator,
)
from tests.faults.processes import PATIENCE_S

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes fork elsewhere")
KILLS = 20
MOST_ACTS = 8
LONGEST_S = 0.05
PIPES = f"/v1/organizations/{DEFAULT_ORGANIZATION_ID}/services/{DEFAULT_SERVICE_ID}/clickpipes"


class Hand:
    """Changes a world at random and remembers what was acknowledged, and what is in doubt.

    What it knows is `{id: (name, is deleted)}`; a create in doubt has no id yet.
    """

    def __init__(self, body, rng):
        self.body = body
        self.rng = rng
        self.known = {}
        self.doubt = None
        self.made = 0
        self.acknowledged = 0

    def work(self, client, acts, end):
        """Change things until the other side is gone, whose end begins after so many acts."""
        for done in itertools.count():
            if done == acts:
                end()
            self.doubt = None
            living = [pipe for pipe, (_, is_deleted) in self.known.items() if not is_deleted]
            act = self.rng.choice(
                [self.create, self.rename, self.delete] if living else [self.create]
            )
            try:
                act(client, living)
                self.acknowledged += 1
            except httpx2.TransportError:
                return

    def create(self, client, _living):
        self.made += 1
        name = f"pipe {self.made}"
        self.doubt = (None, (name, False))
        # The table of a pipe outlives it, and then no other is made into it.
        destination = {**self.body["destination"], "table": f"table_{self.made}"}
        response = client.post(PIPES, json={**self.body, "name": name, "destination": destination})
        assert response.is_success, response.text
        self.known[response.json()["result"]["id"]] = (name, False)

    def rename(self, client, living):
        pipe = self.rng.choice(living)
        self.made += 1
        self.doubt = (pipe, (f"pipe {self.made}", False))
        client.patch(f"{PIPES}/{pipe}", json={"name": self.doubt[1][0]})
        self.known[pipe] = self.doubt[1]

    def delete(self, client, living):
        pipe = self.rng.choice(living)
        self.doubt = (pipe, (self.known[pipe][0], True))
        client.delete(f"{PIPES}/{pipe}")
        self.known[pipe] = self.doubt[1]

    def agree(self, world):
        """Whether the world is what was acknowledged, with or without what is in doubt.

        Ids of finished deletes leave the world for good; that was acknowledged as well.
        """
        known = {pipe: value for pipe, value in self.known.items() if pipe in world or not value[1]}
        if self.doubt is None or world == known:
            return world == known
        pipe, value = self.doubt
        if pipe is None:
            (pipe,) = set(world) - set(known) or {""}
        if value[1] and pipe not in world:
            known.pop(pipe)
            return world == known
        return world == {**known, pipe: value}


@contextmanager
def killable(file):
    program = [sys.executable, Path(__file__).with_name("durable_server.py"), file]
    with subprocess.Popen(
        program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        try:
            yield parent
        finally:
            parent.stdin.close()


def worked_and_killed(parent, hand, rng):
    """Let the hand work on a fresh server that is killed at some moment."""
    parent.stdin.write("go\n")
    parent.stdin.flush()
    pid, port = map(int, parent.stdout.readline().split())
    # However slow the machine is, something was acknowledged by then.
    killer = threading.Timer(rng.uniform(0.0, LONGEST_S), os.kill, (pid, signal.SIGKILL))
    address = f"http://127.0.0.1:{port}"
    try:
        with httpx2.Client(base_url=address, auth=("k", "s"), timeout=PATIENCE_S) as client:
            hand.work(client, rng.randint(1, MOST_ACTS), killer.start)
    except BaseException:
        os.kill(pid, signal.SIGKILL)  # who waits for its end would wait for ever
        raise
    killer.join()
    assert parent.stdout.readline() == "ended\n"


def world_in(file):
    if not file.exists():
        return {}
    world = build_simulator(SimulatorOptions(state_file=file), ManualClock()).state.world
    pipes = world.services[DEFAULT_SERVICE_ID].pipes
    return {pipe.id: (pipe.name, pipe.deleted_at is not None) for pipe in pipes.values()}


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_to_many_kills_at_random_moments(body, tmp_path):
    file, rng = tmp_path / "state.json", random.Random(4711)  # noqa: S311 - moments, no secrets
    hand = Hand(body("kafka"), rng)
    with killable(file) as parent:
        for _ in range(KILLS):
            worked_and_killed(parent, hand, rng)
            world = world_in(file)
            assert hand.agree(world), (hand.doubt, hand.known, world)
            hand.known = world
    assert hand.acknowledged >= KILLS
