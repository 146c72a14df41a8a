"""What an agent does to a service request: its shape, and what each action takes."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ModelWrapValidatorHandler, model_validator

from ..foundation.problems import Fault
from ..foundation.texts import Code, Prose, Remark
from ..foundation.wording import all_at_once
from .details import ServiceRequestNumber, Takes, nothing_changes, what_does_not_belong
from .lifecycle import Action, Priority, RefusalReason, Resolution
from .submission import Location

AgentAction = Literal[
    Action.TRIAGE,
    Action.TRANSFER,
    Action.PRIORITIZE,
    Action.DUPLICATE,
    Action.REOPEN,
    Action.NOTE,
    Action.PUBLISH,
    Action.UNPUBLISH,
    Action.PUBLISH_PHOTO,
    Action.UNPUBLISH_PHOTO,
    Action.COMMENT,
    Action.REPLY,
    Action.CORRECT,
    Action.WITHDRAW,
    Action.ACKNOWLEDGE,
    Action.START,
    Action.ASK,
    Action.RESOLVE,
    Action.REFUSE,
]


def _takes(required: str = "", optional: str = "message note") -> Takes:
    return Takes(frozenset(required.split()), frozenset(optional.split()))


_TAKES: Final = {
    Action.TRIAGE: _takes("", "service_code to_unit message note"),
    Action.TRANSFER: _takes("to_unit"),
    Action.PRIORITIZE: _takes("priority", "note"),
    Action.DUPLICATE: _takes("duplicate_of"),
    Action.NOTE: _takes("note", ""),
    Action.PUBLISH: _takes("about", "text note"),
    Action.UNPUBLISH: _takes("about", "note"),
    Action.PUBLISH_PHOTO: _takes("photo_id", "text note"),
    Action.UNPUBLISH_PHOTO: _takes("photo_id", "note"),
    # In the citizen's name, who is on the telephone.
    Action.COMMENT: _takes("message", "note"),
    Action.REPLY: _takes("message", "note"),
    Action.CORRECT: _takes("", "location description note"),
    Action.WITHDRAW: _takes(),
    # In the unit's place: a hand put on it says why.
    Action.REOPEN: _takes("note", "message"),
    Action.ACKNOWLEDGE: _takes("note", "message reference"),
    Action.START: _takes("note", "message reference"),
    Action.ASK: _takes("message note", ""),
    Action.RESOLVE: _takes("resolution note", "message reference"),
    Action.REFUSE: _takes("reason note", "message reference"),
}


class AgentUpdate(BaseModel):
    """What an agent does. In a unit's place, it takes a `note` that says why."""

    model_config = ConfigDict(extra="forbid")

    action: AgentAction
    to_unit: Code | None = Field(None, description="Code of the unit that is to have it.")
    service_code: Code | None = Field(None, description="The service that it really asks for.")
    priority: Priority | None = None
    duplicate_of: ServiceRequestNumber | None = Field(None, description="Number of the service request it repeats.")
    about: Annotated[int, Field(ge=1)] | None = Field(
        None, description="Sequence of the entry whose text is published, or no longer is; 1 is the description."
    )
    photo_id: Code | None = Field(None, description="The photo that is published, or no longer is.")
    text: Prose | None = Field(
        None,
        description="The text, or the photo's alternative text, as anyone may read it, where not as it was written.",
    )
    location: Location | None = None
    description: Prose | None = None
    resolution: Resolution | None = None
    reason: RefusalReason | None = None
    reference: Code | None = Field(None, description="The unit's own file number.")
    message: Remark | None = Field(
        None, description="A few words for the citizen and the unit; for `ask`, the question."
    )
    note: Remark | None = Field(None, description="A few words among staff: why. The citizen never sees it.")

    @model_validator(mode="wrap")
    @classmethod
    def _what_belongs_to_the_action(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        return all_at_once(data, handler, _faults)


def _faults(given: Mapping[str, Any]) -> list[Fault]:
    corrects = given.get("action") == Action.CORRECT
    return what_does_not_belong(given, _TAKES) + (nothing_changes(given) if corrects else [])
