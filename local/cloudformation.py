"""One CloudFormation stack: made, changed or left as it is, by a change set."""

import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final, Literal, TypedDict

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from types_boto3_cloudformation import CloudFormationClient
    from types_boto3_cloudformation.type_defs import StackTypeDef

CHANGE_SET: Final = "guichet"
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
        present = self._find(name)
        kind: Literal["CREATE", "UPDATE"] = (
            "UPDATE" if present and present["StackStatus"] != "REVIEW_IN_PROGRESS" else "CREATE"
        )
        self._client.create_change_set(
            StackName=name,
            ChangeSetName=CHANGE_SET,
            ChangeSetType=kind,
            Capabilities=["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
            **template,
        )
        if self._has_changes(name):
            since = self._last_event(name)
            self._client.execute_change_set(StackName=name, ChangeSetName=CHANGE_SET)
            self._wait_until_done(name, kind, since)
        stack = self._find(name) or {}
        return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}

    def _find(self, name: str) -> "StackTypeDef | None":
        try:
            return self._client.describe_stacks(StackName=name)["Stacks"][0]
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise

    def _has_changes(self, name: str) -> bool:
        for _ in _polls():
            change_set = self._client.describe_change_set(StackName=name, ChangeSetName=CHANGE_SET)
            if change_set["Status"] == "CREATE_COMPLETE":
                return True
            if change_set["Status"] == "FAILED":
                self._client.delete_change_set(StackName=name, ChangeSetName=CHANGE_SET)
                reason = change_set.get("StatusReason", "")
                if any(phrase in reason for phrase in NOTHING_TO_DO):
                    return False
                raise DeploymentError(f"{name}: {reason}")
        raise AssertionError

    def _wait_until_done(self, name: str, kind: str, since: str | None) -> None:
        for _ in _polls():
            status = (self._find(name) or {}).get("StackStatus", "DELETED")
            if status == f"{kind}_COMPLETE":
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
