"""One CloudFormation stack: made, changed or left as it is, by a change set."""

import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final, Literal, TypedDict
from uuid import uuid4

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from types_boto3_cloudformation import CloudFormationClient
    from types_boto3_cloudformation.type_defs import StackTypeDef

NOTHING_TO_DO: Final = ("didn't contain changes", "No updates are to be performed")
Outputs = Mapping[str, str]


class TemplateSource(TypedDict, total=False):
    """A template as CloudFormation takes it: its text if short, else its address in S3."""

    TemplateBody: str
    TemplateURL: str


class DeploymentError(Exception):
    """CloudFormation refused or undid a change; the message is what it gave as reasons."""


class Stacks:
    def __init__(self, client: "CloudFormationClient") -> None:
        self._client = client

    def deploy(self, name: str, template: TemplateSource, parameters: Mapping[str, str]) -> Outputs:
        """Bring a stack to a template and return its outputs.

        Raises:
            DeploymentError: it could not be; the stack is as it was before.
        """
        kind = self._kind_of_change(name)
        change_set = self._client.create_change_set(
            StackName=name,
            ChangeSetName=f"deploy-{uuid4()}",  # CloudFormation remembers the names of those done
            ChangeSetType=kind,
            Capabilities=["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
            **template,
        )["Id"]
        if self._has_changes(change_set):
            since = self._last_event(name)
            # What a failed change had just made goes, even if it is to be retained later: else the next try would find
            # its names taken.
            self._client.execute_change_set(ChangeSetName=change_set, RetainExceptOnCreate=True)
            self._wait_until(name, f"{kind}_COMPLETE", since)
        now = self._find(name)
        return {output["OutputKey"]: output["OutputValue"] for output in now.get("Outputs", [])} if now else {}

    def _kind_of_change(self, name: str) -> Literal["CREATE", "UPDATE"]:
        present = self._find(name)
        status = present["StackStatus"] if present else "gone"
        if status == "ROLLBACK_COMPLETE":  # its creation failed: nothing is in it, and it can only be deleted
            self._client.delete_stack(StackName=name)
            self._wait_until(name, "gone")
        return "CREATE" if status in ("gone", "REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE") else "UPDATE"

    def _find(self, name: str) -> "StackTypeDef | None":
        try:
            return self._client.describe_stacks(StackName=name)["Stacks"][0]
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise

    def _has_changes(self, change_set: str) -> bool:
        for _ in _polls():
            described = self._client.describe_change_set(ChangeSetName=change_set)
            if described["Status"] == "CREATE_COMPLETE":
                return True
            if described["Status"] == "FAILED":
                self._client.delete_change_set(ChangeSetName=change_set)
                reason = described.get("StatusReason", "")
                if any(phrase in reason for phrase in NOTHING_TO_DO):
                    return False
                raise DeploymentError(f"{described['StackName']}: {reason}")
        raise AssertionError

    def _wait_until(self, name: str, wanted: str, since: str | None = None) -> None:
        for _ in _polls():
            now = self._find(name)
            status = now["StackStatus"] if now else "gone"
            if status == wanted:
                return
            if not status.endswith("_IN_PROGRESS"):
                raise DeploymentError("\n".join([f"{name} is {status}:", *self._failures(name, since)]))

    def _last_event(self, name: str) -> str | None:
        events = self._client.describe_stack_events(StackName=name)["StackEvents"]
        return events[0]["EventId"] if events else None

    def _failures(self, name: str, since: str | None) -> Iterator[str]:
        for event in self._client.describe_stack_events(StackName=name)["StackEvents"]:  # newest first
            if event["EventId"] == since:
                break
            if event.get("ResourceStatus", "").endswith("_FAILED"):
                yield f"  {event.get('LogicalResourceId')}: {event.get('ResourceStatusReason')}"


def _polls() -> Iterator[None]:
    """Ask again without end, soon at first; CloudFormation itself gives up at some time."""
    pause = 0.1
    while True:
        yield
        time.sleep(pause)
        pause = min(pause * 1.5, 5)
