import json

import pytest

from local.cloud import Cloud
from local.cloudformation import DeploymentError, Stacks


def _template(receives: int) -> str:
    """A queue and its dead-letter queue; more than a thousand receives are not allowed."""
    queue = {"deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}, "maxReceiveCount": receives}
    return json.dumps(
        {
            "Resources": {
                "Dead": {"Type": "AWS::SQS::Queue", "DeletionPolicy": "Retain", "Properties": {"QueueName": "dead"}},
                "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"RedrivePolicy": queue}},
            },
            "Outputs": {"Url": {"Value": {"Ref": "Queue"}}},
        }
    )


def test_a_stack_is_made_again_after_a_failure_left_alone_without_a_change_and_kept_by_a_failed_one(stack):
    stacks = Stacks(Cloud.local(stack.aws_endpoint_url).cloudformation())
    for _ in range(2):
        with pytest.raises(DeploymentError, match=r"Queue: .*RedrivePolicy"):
            stacks.deploy("tried", {"TemplateBody": _template(receives=1001)}, {})
    first = stacks.deploy("tried", {"TemplateBody": _template(receives=5)}, {})
    assert first["Url"]
    assert stacks.deploy("tried", {"TemplateBody": _template(receives=5)}, {}) == first
    with pytest.raises(DeploymentError, match=r"Queue: .*RedrivePolicy"):
        stacks.deploy("tried", {"TemplateBody": _template(receives=1001)}, {})
    assert stacks.deploy("tried", {"TemplateBody": _template(receives=6)}, {}) == first
