import json
from types import SimpleNamespace

from chalicelib.catalogue import load
from chalicelib.foundation import log
from chalicelib.routing.watch import Waiting
from local import units
from tests.integration.infra.of_type import of_type

HOUR = 3600
DAY = 24 * HOUR
TOPIC = {"Fn::Sub": "arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:guichet-${Stage}-alarms"}


def _queues(units_stack):
    queues = of_type("AWS::SQS::Queue", units_stack)
    return {name: queue for name, queue in queues.items() if "RedrivePolicy" in queue}, queues


def _codes(units_stack):
    roles = of_type("AWS::IAM::Role", units_stack).values()
    return {role["RoleName"]["Fn::Sub"].removeprefix("guichet-${Stage}-unit-") for role in roles}


def test_every_queue_has_a_dead_letter_queue_that_keeps_longer(units_stack):
    sources, queues = _queues(units_stack)
    assert len(queues) == 2 * len(sources)
    dead = set()
    for queue in sources.values():
        target, attribute = queue["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"]
        dead.add(target)
        assert attribute == "Arn"
        assert queue["RedrivePolicy"]["maxReceiveCount"] >= 5
        assert queues[target]["MessageRetentionPeriod"] >= queue["MessageRetentionPeriod"] + 3 * DAY
    assert dead == queues.keys() - sources.keys()


def test_queues_keep_order_by_service_request_at_high_throughput_and_are_encrypted(units_stack):
    for queue in of_type("AWS::SQS::Queue", units_stack).values():
        assert queue["FifoQueue"] is True
        assert queue["DeduplicationScope"] == "messageGroup"
        assert queue["FifoThroughputLimit"] == "perMessageGroupId"
        assert queue["SqsManagedSseEnabled"] is True


def test_every_queue_has_an_alarm_on_what_is_visible_or_old(units_stack):
    sources, queues = _queues(units_stack)
    watched = {
        (alarm["MetricName"], json.dumps(alarm["Dimensions"][0]["Value"]))
        for alarm in of_type("AWS::CloudWatch::Alarm", units_stack).values()
    }
    for name, queue in queues.items():
        metric = "ApproximateAgeOfOldestMessage" if name in sources else "ApproximateNumberOfMessagesVisible"
        assert (metric, json.dumps(queue["QueueName"])) in watched


def _watched(units_stack, metric):
    """The alarms on a metric of ours, by the unit that they watch."""
    alarms = [
        alarm
        for alarm in of_type("AWS::CloudWatch::Alarm", units_stack).values()
        if (alarm["Namespace"], alarm["MetricName"]) == ("Guichet", metric)
    ]
    by_unit = {}
    for alarm in alarms:
        dimensions = {dimension["Name"]: dimension["Value"] for dimension in alarm["Dimensions"]}
        unit = dimensions.pop("unit")
        # All that the metric has, or it would be another metric.
        assert dimensions == {"stage": {"Ref": "Stage"}, "service": "guichet"}
        assert alarm["AlarmName"]["Fn::Sub"].startswith(f"guichet-${{Stage}}-{unit}-")
        by_unit[unit] = alarm
    assert len(by_unit) == len(alarms)
    return by_unit


def test_what_is_watched_is_what_the_reconciler_measures(units_stack, capsys):
    log.gauges(Waiting(1, 1, 1, 1, 1, 1, False).metrics, stage="pilot", unit="VM")
    (written,) = json.loads(capsys.readouterr().out)["_aws"]["CloudWatchMetrics"]
    assert written["Namespace"] == "Guichet"
    assert [sorted(names) for names in written["Dimensions"]] == [["service", "stage", "unit"]]
    units_of = {metric["Name"]: metric["Unit"] for metric in written["Metrics"]}
    for metric in ("OldestWaiting", "OldestUnacknowledged"):
        assert units_of[metric] == "Seconds"
        assert "Unit" not in _watched(units_stack, metric)["VM"]


def test_what_does_not_get_onto_a_units_queue_rings_well_before_a_day_of_work_is_late(units_stack):
    watched = _watched(units_stack, "OldestWaiting")
    assert watched.keys() == _codes(units_stack)
    assert {alarm["Threshold"] for alarm in watched.values()} == {600}


def test_what_a_unit_does_not_acknowledge_rings_once_its_own_limit_and_a_night_are_over(units_stack):
    watched = _watched(units_stack, "OldestUnacknowledged")
    assert watched.keys() == _codes(units_stack)
    for code, alarm in watched.items():
        assert alarm["Threshold"] == load("city").units[code].acknowledge_within_hours * HOUR + 12 * HOUR


def test_a_unit_with_another_limit_has_another_alarm(monkeypatch):
    patient = load("pilot").units["VM"].model_copy(update={"acknowledge_within_hours": 48})
    monkeypatch.setattr(units, "load", lambda _: SimpleNamespace(units={"VM": patient}))
    assert f"Threshold: {60 * HOUR}\n" in units.units_template("pilot")


def test_every_alarm_speaks_on_the_operators_topic_and_is_silent_about_what_is_not_measured(units_stack):
    for alarm in of_type("AWS::CloudWatch::Alarm", units_stack).values():
        assert alarm["AlarmActions"] == [TOPIC]
        assert alarm["TreatMissingData"] == "notBreaching"
        assert alarm["AlarmDescription"]


def test_a_unit_may_use_its_own_queue_and_path_only(units_stack):
    for role in of_type("AWS::IAM::Role", units_stack).values():
        code = role["RoleName"]["Fn::Sub"].removeprefix("guichet-${Stage}-unit-")
        (policy,) = role["Policies"]
        queue, path = policy["PolicyDocument"]["Statement"]
        assert queue["Resource"]["Fn::Sub"].endswith(f":guichet-${{Stage}}-{code}.fifo")
        assert "sqs:SendMessage" not in queue["Action"]
        assert "sqs:PurgeQueue" not in queue["Action"]
        assert path["Action"] == "execute-api:Invoke"
        assert path["Resource"]["Fn::Sub"].endswith(f":*/${{Stage}}/*/v1/units/{code}/*")


def test_every_unit_has_a_group_of_agents_in_the_staffs_pool(units_stack):
    groups = of_type("AWS::Cognito::UserPoolGroup", units_stack).values()
    assert {group["GroupName"] for group in groups} == {f"unit-{code}" for code in _codes(units_stack)}
    for group in groups:
        assert group["UserPoolId"] == {"Fn::ImportValue": {"Fn::Sub": "guichet-${Stage}-staff"}}


def test_who_is_in_a_units_group_outlives_the_stack(units_stack):
    for resource in units_stack.values():
        if resource["Type"] == "AWS::Cognito::UserPoolGroup":
            assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain"


def test_two_units_never_share_a_resource_and_all_fit_into_one_stack(units_stack):
    roles = of_type("AWS::IAM::Role", units_stack)
    assert len(units_stack) == 8 * len(roles) < 500
    assert all(resource["Type"] for resource in units_stack.values())
