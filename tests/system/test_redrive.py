"""What a unit's system could not take comes back to it, and what it lost is sent again: as operators do it."""

import json
import re
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest

from chalicelib.photos.orders import BlurOrder, Orders, Rectangle
from local.dead_letters import counted
from local.stack import taken
from local.stages import ROOT
from local.watch import messages
from tests.support.unit import Unit, administrator, call

WITHIN_S = 30


@pytest.fixture
def operate(stack, tmp_path):
    """Run a tool on the stack, as `make` does; what it prints."""

    def run(tool, *arguments, told=""):
        return subprocess.run(  # noqa: S603
            [sys.executable, "-m", f"local.{tool}", *arguments, "--state", tmp_path],
            cwd=ROOT,
            input=told,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    with taken(tmp_path), stack.published(tmp_path):
        yield run


def dead(stack, unit):
    """A service request with a remark, whose two messages the unit's system received ten times and never deleted.

    Other tests of the shared stack may have messages on the same queue: they die with it, and do not mind.
    """
    body = {
        "service_code": "nid-de-poule",
        "location": {"borough": unit.code, "address": "500, rue Decelles"},
        "attributes": {"taille": "petit"},
    }
    receipt = json.loads(call("POST", f"{stack.api_url}/v1/service-requests", body=body)[2])
    id = receipt["service_request_id"]
    comments = f"{stack.api_url}/v1/service-requests/{id}/comments"
    assert call("POST", comments, body={"text": "Encore."}, Tracking_Token=receipt["tracking_token"])[0] == 200
    sqs = unit.role.client("sqs", endpoint_url=stack.aws_endpoint_url)
    while waiting(stack, unit, id) != [1, 2]:
        time.sleep(0.05)
    while waiting(stack, unit, id):
        sqs.receive_message(QueueUrl=stack.queues[unit.code], MaxNumberOfMessages=10, VisibilityTimeout=0)
    return id


def waiting(stack, unit, id):
    """The sequences of a service request's messages on its unit's queue."""
    bodies = [json.loads(message["Body"]) for message in messages(stack, unit.code)]
    return [body["data"]["sequence"] for body in bodies if body["subject"] == id]


def test_dead_letters_go_back_to_the_unit_in_order_and_once_more_by_replay(stack, operate):
    unit, began = Unit(stack, "LR"), datetime.now(UTC)
    id = dead(stack, unit)
    done = operate("redrive", "LR", told="back\n")
    assert done.returncode == 0, done.stderr
    assert [line.split()[:2] for line in done.stdout.splitlines() if id in line] == [[id, "1"], [id, "2"]]
    before, moved = (int(re.search(said, done.stdout)[1]) for said in (r"(\d+) dead", r"Sent back: (\d+)\."))
    assert moved == before >= 2
    assert "guichet-local-LR: 0 dead, " in done.stdout.splitlines()[-1]
    assert waiting(stack, unit, id) == [1, 2]

    assert "Sent again to LR." in operate("replay", "LR", began.isoformat()).stdout
    assert waiting(stack, unit, id) == [1, 2, 1, 2]


def test_dead_letters_set_aside_are_kept_whole_and_the_unit_can_be_told_again(stack, operate, tmp_path):
    unit = Unit(stack, "CN")
    id = dead(stack, unit)
    done = operate("redrive", "CN", "--do", "aside")
    file = tmp_path / "set-aside" / "local-CN.jsonl"
    assert f", in {file}." in done.stdout
    told = [json.loads(json.loads(line)["body"]) for line in file.read_text().splitlines()]
    assert [body["data"]["sequence"] for body in told if body["subject"] == id] == [1, 2]
    assert waiting(stack, unit, id) == []

    again = f"{stack.api_url}/v1/units/CN/service-requests/{id}/resend"
    assert call("POST", again, role=unit.role, body={"from_sequence": 1})[0] == 200
    assert waiting(stack, unit, id) == [1, 2]


def test_what_became_of_no_photo_goes_back_to_the_function_and_no_name_is_shown(stack, operate):
    sqs = administrator(stack, "sqs")
    queue, dead = (sqs.get_queue_url(QueueName=f"guichet-local-photos{suffix}")["QueueUrl"] for suffix in ("", "-dead"))
    order = BlurOrder(
        service_request_id="7K3Q9XPTM3",
        photo_id="aa11",
        rectangles=(Rectangle(x=0, y=0, width=0.5, height=1),),
        agent_id="a7",
        agent_name="Jeanne Tremblay",
        entry_id="ordered-long-ago",
    )
    sqs.send_message(QueueUrl=dead, MessageBody=Orders(blur=order).model_dump_json())
    done = operate("redrive", "--photos", told="back\n")
    assert done.returncode == 0, done.stderr
    (line,) = [line.split() for line in done.stdout.splitlines() if "aa11" in line]
    assert line[:3] == ["7K3Q9XPTM3", "blur", "aa11"]
    assert "Jeanne" not in done.stdout
    assert "Sent back: 1." in done.stdout
    assert "guichet-local-photos: 0 dead, " in done.stdout.splitlines()[-1]
    end = time.monotonic() + WITHIN_S
    while counted(sqs, queue) != (0, 0):
        assert time.monotonic() < end, "the function has not taken it"
        time.sleep(0.1)
    assert counted(sqs, dead) == (0, 0)


@pytest.mark.parametrize("tool", [("redrive", "XX"), ("replay", "XX", "2026-11-24T00:00:00-05:00")])
def test_an_unknown_unit_is_answered_with_those_that_there_are(operate, tool):
    done = operate(*tool)
    assert done.returncode == 1
    assert done.stderr.startswith("There is no unit XX. There are: 311, ")


def test_a_time_without_its_zone_is_refused_with_the_way_to_write_it(operate):
    done = operate("replay", "LR", "2026-11-24T00:00:00")
    assert done.returncode == 1
    assert "since: Give the time zone" in done.stderr


def test_an_alarm_of_a_unit_rings_on_its_measure_and_tells_the_operators(stack):
    """One for all: the others differ in what they measure, which the templates' tests hold."""
    sqs, sns, cloudwatch = (administrator(stack, service) for service in ("sqs", "sns", "cloudwatch"))
    name = "guichet-local-VM-undelivered"
    (topic,) = [
        each["TopicArn"] for each in sns.list_topics()["Topics"] if each["TopicArn"].endswith(":guichet-local-alarms")
    ]
    ear = sqs.create_queue(QueueName="operators-ear")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=ear, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    let_in = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:*", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [let_in]})
    sqs.set_queue_attributes(QueueUrl=ear, Attributes={"Policy": policy})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    of_unit = {"stage": "local", "unit": "VM", "service": "guichet"}
    dimensions = [{"Name": name, "Value": value} for name, value in of_unit.items()]

    for seconds, state in ((600, "OK"), (601, "ALARM")):
        datum = {"MetricName": "OldestWaiting", "Dimensions": dimensions, "Value": seconds, "Unit": "Seconds"}
        cloudwatch.put_metric_data(Namespace="Guichet", MetricData=[datum])
        (alarm,) = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
        assert alarm["StateValue"] == state

    heard = set()
    while name not in heard:
        told = sqs.receive_message(QueueUrl=ear, MaxNumberOfMessages=10, WaitTimeSeconds=20).get("Messages", [])
        assert told, "nobody told the operators"
        heard |= {json.loads(json.loads(each["Body"])["Message"])["AlarmName"] for each in told}
