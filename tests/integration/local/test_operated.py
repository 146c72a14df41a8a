"""A stage on AWS, as moto has it: the tools find what the templates made, and do there what they do here."""

import boto3
import pytest

from local.cloud import Cloud
from local.operated import NoUnit, OnAws, Photos
from local.redrive import redrive
from tests.support.environment import STAGE


@pytest.fixture
def unit(cloud):
    return OnAws(STAGE, "VM")


def bodies(sqs, url):
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["MessageGroupId"])
    return [(each["Attributes"]["MessageGroupId"], each["Body"]) for each in found.get("Messages", [])]


def test_dead_letters_go_back_to_the_queue_that_the_template_made(cloud, unit, tmp_path, capsys):
    for group, sequence in (("B", 2), ("A", 1), ("B", 1)):
        body = f'{{"data": {{"sequence": {sequence}}}}}'
        cloud.sqs.send_message(
            QueueUrl=unit.dead_letters_url(),
            MessageBody=body,
            MessageGroupId=group,
            MessageDeduplicationId=f"{group}.{sequence}",
        )
    redrive(unit, "back", tmp_path)
    first, *_, moved, last = capsys.readouterr().out.splitlines()
    assert first == f"guichet-{STAGE}-VM: 3 dead, 0 on the queue"
    assert moved == "Sent back: 3."
    assert last == f"guichet-{STAGE}-VM: 0 dead, 3 on the queue"
    assert sorted(bodies(cloud.sqs, unit.queue_url())) == [
        ("A", '{"data": {"sequence": 1}}'),
        ("B", '{"data": {"sequence": 1}}'),
        ("B", '{"data": {"sequence": 2}}'),
    ]
    redrive(unit, "back", tmp_path)
    assert "nothing to send back" in capsys.readouterr().out


def test_dead_letters_of_photos_go_back_to_the_function_as_they_were(cloud, tmp_path, capsys):
    cloud.sqs.create_queue(QueueName=f"guichet-{STAGE}-photos-dead")
    photos, body = Photos(Cloud.from_environment(), STAGE), '{"Records": []}'
    cloud.sqs.send_message(QueueUrl=photos.dead_letters_url(), MessageBody=body)
    redrive(photos, "back", tmp_path)
    first, *_, moved, last = capsys.readouterr().out.splitlines()
    assert first == f"guichet-{STAGE}-photos: 1 dead, 0 on the queue"
    assert (moved, last) == ("Sent back: 1.", f"guichet-{STAGE}-photos: 0 dead, 1 on the queue")
    (back,) = cloud.sqs.receive_message(QueueUrl=photos.queue_url())["Messages"]
    assert back["Body"] == body


def test_the_role_and_the_api_are_found_by_the_names_that_the_stacks_give_them(unit):
    template = (
        '{"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}, "Outputs": {"EndpointURL": {"Value": "https://x/test/"}}}'
    )
    boto3.client("cloudformation").create_stack(StackName=f"guichet-{STAGE}-app", TemplateBody=template)
    assert unit.role_arn() == f"arn:aws:iam::123456789012:role/guichet-{STAGE}-unit-VM"
    assert unit.api_url() == "https://x/test"


def test_a_unit_without_a_queue_is_answered_with_those_of_the_stage(cloud):
    with pytest.raises(NoUnit, match=r"There is no unit XX\. There are: 311, "):
        OnAws("pilot", "XX").queue_url()
