"""What a unit reports about a service request: its shape, and what each action takes."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, ModelWrapValidatorHandler, StringConstraints, model_validator

from ..foundation.languages import Text
from ..foundation.problems import Fault
from ..foundation.texts import Code, Remark
from ..foundation.times import Timestamp
from ..foundation.wording import all_at_once
from .lifecycle import Action, Kind, RefusalReason, Resolution
from .timeline import Actor, Change

ReportedAction = Literal[Action.ACKNOWLEDGE, Action.START, Action.RESOLVE, Action.REFUSE]


class _Takes(NamedTuple):
    required: frozenset[str]
    optional: frozenset[str]


_ALWAYS: Final = frozenset({"reference", "message"})
_TAKES: Final = {
    Action.ACKNOWLEDGE: _Takes(frozenset(), _ALWAYS),
    Action.START: _Takes(frozenset(), _ALWAYS),
    Action.RESOLVE: _Takes(frozenset({"resolution"}), _ALWAYS),
    Action.REFUSE: _Takes(frozenset({"reason"}), _ALWAYS),
}
_DETAILS: Final = ("reference", "resolution", "reason", "message")


class Update(BaseModel):
    """A unit's report. `resolve` takes a `resolution`, `refuse` a `reason`; every action may carry a `message`."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "update_id": "VM-2026-11-24-000123",
                    "occurred_at": "2026-11-24T08:15:00-05:00",
                    "action": "acknowledge",
                    "reference": "BT-55012",
                },
                {
                    "update_id": "VM-2026-11-24-000171",
                    "occurred_at": "2026-11-24T14:40:00-05:00",
                    "action": "resolve",
                    "resolution": "fixed",
                    "message": "Colmaté à l'asphalte chaud.",
                },
            ]
        },
    )

    update_id: Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,64}$")] = Field(
        description="The unit's own id of this report: the same one again is answered as the first time."
    )
    occurred_at: Timestamp = Field(description="When it happened on the unit's side.")
    action: ReportedAction
    reference: Code | None = Field(None, description="The unit's own file number.")
    resolution: Resolution | None = None
    reason: RefusalReason | None = None
    message: Remark | None = Field(None, description="A few words for the citizen.")

    @model_validator(mode="wrap")
    @classmethod
    def _what_belongs_to_the_action(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        return all_at_once(data, handler, _what_does_not_belong)

    def change(self, unit: str) -> Change:
        return Change(
            action=self.action,
            by=Actor(kind=Kind.UNIT, code=unit),
            text=self.message,
            update_id=self.update_id,
            occurred_at=self.occurred_at,
            reference=self.reference,
            resolution=self.resolution,
            reason=self.reason,
        )


def _what_does_not_belong(given: Mapping[str, Any]) -> list[Fault]:
    action = next((action for action in _TAKES if action == given.get("action")), None)
    if action is None:
        return []
    takes, present = _TAKES[action], {name for name in _DETAILS if given.get(name) is not None}
    return [Fault((name,), _missing(action)) for name in sorted(takes.required - present)] + [
        Fault((name,), _foreign(action)) for name in sorted(present - takes.required - takes.optional)
    ]


def _missing(action: Action) -> Text:
    return Text(fr=f"« {action} » demande ce champ.", en=f"“{action}” needs this field.")


def _foreign(action: Action) -> Text:
    return Text(fr=f"« {action} » ne prend pas ce champ.", en=f"“{action}” does not take this field.")
