import json

from tests.integration.infra.of_type import of_type

DAY = 24 * 3600


def _queues(units_stack):
    queues = of_type("AWS::SQS::Queue", units_stack)
    return {name: queue for name, queue in queues.items() if "RedrivePolicy" in queue}, queues


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
    codes = {
        role["RoleName"]["Fn::Sub"].removeprefix("guichet-${Stage}-unit-")
        for role in of_type("AWS::IAM::Role", units_stack).values()
    }
    groups = of_type("AWS::Cognito::UserPoolGroup", units_stack).values()
    assert {group["GroupName"] for group in groups} == {f"unit-{code}" for code in codes}
    for group in groups:
        assert group["UserPoolId"] == {"Fn::ImportValue": {"Fn::Sub": "guichet-${Stage}-staff"}}


def test_who_is_in_a_units_group_outlives_the_stack(units_stack):
    for resource in units_stack.values():
        if resource["Type"] == "AWS::Cognito::UserPoolGroup":
            assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain"


def test_two_units_never_share_a_resource_and_all_fit_into_one_stack(units_stack):
    roles = of_type("AWS::IAM::Role", units_stack)
    assert len(units_stack) == 6 * len(roles) < 500
    assert all(resource["Type"] for resource in units_stack.values())
