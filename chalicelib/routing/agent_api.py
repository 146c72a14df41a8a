"""The agents' door to the routing: what waits in each unit."""

from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from ..catalogue.chosen import catalogue
from ..foundation import times
from ..foundation.callers import Caller
from ..foundation.problems import Busy
from ..foundation.routes import Auth, Router
from ..service_requests.store import store
from ..service_requests.watch_store import watch_store

router: Final = Router("Agents")


class UnitDelivery(BaseModel):
    """What waits in one unit. Ages in seconds; 0 where nothing waits."""

    model_config = ConfigDict(frozen=True)

    unit: str = Field(examples=["VM"])
    waiting: int = Field(description="Service requests with something that a queue has not taken yet.")
    oldest_waiting_seconds: int = Field(
        description="Since its own queue lacks something, of the first hundred in line."
    )
    unacknowledged: int = Field(description="Those that the unit has and has not acknowledged.")
    oldest_unacknowledged_seconds: int = Field(description="Since it last changed.")
    overdue: int = Field(description="Those that are open past their expected date.")
    most_overdue_seconds: int
    at_least: bool = Field(description="Whether a number is only as far as one query reads: there are more.")


class Delivery(BaseModel):
    """What waits, by unit."""

    model_config = ConfigDict(frozen=True)

    items: list[UnitDelivery]


@router.get(
    "/v1/agent/delivery", auth=Auth.AGENT, summary="Ce qui attend, par unité · What waits, by unit", problems=[Busy]
)
def get_delivery(caller: Caller) -> Delivery:
    """Of each unit that the agent acts for: what its queue lacks, what it has not acknowledged, what is overdue. By
    index, as of now."""
    from .watch import Watch

    units = [unit for unit in catalogue().all_units if caller.may_act_for(unit)]
    now, watch = times.now(), Watch(store(), watch_store(), units)
    return Delivery(
        items=[
            UnitDelivery(
                unit=unit,
                waiting=waiting.undelivered,
                oldest_waiting_seconds=round(waiting.oldest_undelivered_s),
                unacknowledged=waiting.unacknowledged,
                oldest_unacknowledged_seconds=round(waiting.oldest_unacknowledged_s),
                overdue=waiting.overdue,
                most_overdue_seconds=round(waiting.most_overdue_s),
                at_least=waiting.at_least,
            )
            for unit, waiting in ((unit, watch.waiting(unit, now)) for unit in units)
        ]
    )
