"""The names that steps leave open, filled in from the pipe or from the text."""

from dataclasses import replace

from clickpipes_mcp.contract import Family
from clickpipes_mcp.diagnosis import RULES, Facts, Finding
from clickpipes_mcp.tools.insight.names import is_open
from clickpipes_mcp.tools.insight.steps import case_of, steps_for

DATABASE = Facts(arm="postgres", family=Family.DATABASE, source_type="postgres")


def found(rule) -> Finding:
    return Finding(rule, (), rule.confidence)


def test_names_are_filled_in_from_the_pipe_and_the_text():
    pipe = replace(
        DATABASE,
        source={
            "host": "db.test", "port": 5433, "database": "shop",
            "tableMappings": [{"sourceSchemaName": "public", "sourceTable": "orders",
                               "targetTable": "public_orders"}],
        },
        destination={"database": "default"},
    )  # fmt: skip
    told = 'ERROR: replication slot "shop_slot" is active for PID 1'
    everything = [
        f"{step.text} {step.code}"
        for rule in RULES
        if rule.concerns(pipe)
        for step in steps_for(found(rule), case_of(pipe, told))
    ]
    assert any("public.orders" in one for one in everything)
    assert any("-connect db.test:5433" in one for one in everything)
    assert any("'shop_slot'" in one for one in everything)
    assert any("default.public_orders" in one for one in everything)
    assert not any(place in one for one in everything for place in ("<host>", "<slot>", "<table>"))


def test_a_name_that_could_be_more_than_a_name_is_left_open():
    odd = replace(DATABASE, source={"host": "db.test; DROP", "port": 1})
    (rule,) = (rule for rule in RULES if rule.id == "network.name-unknown")
    assert "DROP" not in str(steps_for(found(rule), case_of(odd)))


def test_names_are_filled_into_arguments_too():
    source = {"brokers": "ns1.servicebus.windows.net:5671", "topics": "orders"}
    hub = Facts(
        pipe_id="p1", arm="kafka", family=Family.STREAMING, source_type="azureeventhub",
        source=source,
    )  # fmt: skip
    (rule,) = (rule for rule in RULES if rule.id == "kafka.event-hubs-port")
    (step, *_) = steps_for(found(rule), case_of(hub))
    assert step.arguments == {"source": {"brokers": "ns1.servicebus.windows.net:9093"}}
    assert not is_open(step.arguments)
    assert is_open(rule.fix[0].arguments)


def test_the_group_is_named_after_the_pipe_where_none_was_given():
    pipe = Facts(
        pipe_id="p1", arm="kafka", family=Family.STREAMING, source_type="kafka",
        source={"brokers": "10.0.0.1:9092", "topics": "orders"},
    )  # fmt: skip
    (rule,) = (rule for rule in RULES if rule.id == "kafka.not-authorized")
    assert "--topic orders --group clickpipes-p1" in str(steps_for(found(rule), case_of(pipe)))
