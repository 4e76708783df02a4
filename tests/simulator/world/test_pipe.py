"""What a pipe has done so far, through marks and troubles."""

from hypothesis import given
from hypothesis import strategies as st

from clickpipes_mcp.clock import ManualClock
from clickpipes_mcp.simulator import DEFAULT_SERVICE_ID, SimulatorOptions, build_simulator
from clickpipes_mcp.simulator.lifecycle import Event, Mark, path
from clickpipes_mcp.simulator.troubles import TROUBLES, Cure
from clickpipes_mcp.simulator.world.pipe import Episode

ACTS = ("stop", "start", "resync", "suffer", *Cure)


def fresh_pipe():
    world = build_simulator(SimulatorOptions(pipes=2), ManualClock()).state.world
    pipe = [*world.services[DEFAULT_SERVICE_ID].pipes.values()][1]
    return pipe, world.now()


def acted(pipe, act, now):
    if act == "suffer":
        pipe.suffer("publication-missing", now)
    elif act in ("stop", "start", "resync"):
        pipe.set_out(Event(act), now)
    else:
        pipe.mend(act, now)


@given(st.lists(st.tuples(st.sampled_from(ACTS), st.floats(0, 5000)), max_size=8))
def test_what_was_done_is_never_undone(acts):
    pipe, now = fresh_pipe()
    done = pipe.totals(now)
    for act, passed_s in acts:
        now += passed_s
        acted(pipe, act, now)
        later = pipe.totals(now)
        assert later.fetched_s >= done.fetched_s - 1e-6
        assert later.sent_s >= done.sent_s - 1e-6
        assert later.errors >= done.errors
        done = later


@given(st.floats(0, 10_000))
def test_an_episode_stops_erring_when_its_pipe_fails(passed_s):
    episode = Episode("slot-lost", Mark(TROUBLES["slot-lost"].steps, 100.0), 100.0 + passed_s)
    assert episode.erring_s() <= 60


def test_an_episode_that_never_fails_errs_to_its_end():
    assert Episode("malformed-records", Mark(path("Running"), 0.0), 1234.5).erring_s() == 1234.5
