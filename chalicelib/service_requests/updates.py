"""What a unit reports about a service request: its shape, and what each action takes."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ModelWrapValidatorHandler, StringConstraints, model_validator

from ..foundation.problems import Fault
from ..foundation.texts import Code, Remark
from ..foundation.times import Timestamp
from ..foundation.wording import all_at_once
from .details import ServiceRequestNumber, Takes, what_does_not_belong
from .lifecycle import Action, Kind, RefusalReason, Resolution
from .timeline import Actor, Change

ReportedAction = Literal[
    Action.ACKNOWLEDGE,
    Action.START,
    Action.ASK,
    Action.RESOLVE,
    Action.REFUSE,
    Action.DUPLICATE,
    Action.TRANSFER,
]

_ALWAYS: Final = frozenset({"reference", "message"})
_TAKES: Final = {
    Action.ACKNOWLEDGE: Takes(frozenset(), _ALWAYS),
    Action.START: Takes(frozenset(), _ALWAYS),
    Action.ASK: Takes(frozenset({"message"}), _ALWAYS),
    Action.RESOLVE: Takes(frozenset({"resolution"}), _ALWAYS),
    Action.REFUSE: Takes(frozenset({"reason"}), _ALWAYS),
    Action.DUPLICATE: Takes(frozenset({"duplicate_of"}), _ALWAYS),
    Action.TRANSFER: Takes(frozenset({"to_unit"}), _ALWAYS),
}


class Update(BaseModel):
    """A unit's report. Each action takes what belongs to it: `ask` a `message` (the question), `resolve` a
    `resolution`, `refuse` a `reason`, `duplicate` a `duplicate_of`, `transfer` a `to_unit`; any may carry a `message`.
    """

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
    duplicate_of: ServiceRequestNumber | None = Field(None, description="Number of the service request it repeats.")
    to_unit: Code | None = Field(None, description="Code of the unit whose it is.")
    message: Remark | None = Field(None, description="A few words for the citizen; for `ask`, the question.")

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
            duplicate_of=self.duplicate_of,
            unit=self.to_unit,
        )


def _what_does_not_belong(given: Mapping[str, Any]) -> list[Fault]:
    return what_does_not_belong(given, _TAKES)
