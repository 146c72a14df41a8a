"""Having a photo blurred: the `photos` function does it, in the agent's name."""

from collections.abc import Sequence

from ...foundation.callers import Agent
from ...foundation.keys import Keys
from ...service_requests.actions.agents import check_reach, check_seen
from ...service_requests.actions.common import entry_id_for, found
from ...service_requests.lifecycle import Action
from ...service_requests.store import ServiceRequestStore
from ..orders import BlurOrder, Rectangle, send
from ..problems import PhotoNotFound
from .looked_at import is_done


def order_blur(
    store: ServiceRequestStore,
    keys: Keys,
    agent: Agent,
    text: str,
    photo_id: str,
    rectangles: Sequence[Rectangle],
    idempotency_key: str | None,
) -> BlurOrder:
    """Order that these parts of a photo be blurred. One read and one message; with an idempotency key a repeat blurs
    nothing twice.

    Raises:
        NotFound: there is no such service request, or no unit of this agent ever had it.
        NotHere: it is another unit's now.
        PhotoNotFound: no such photo is accepted.
    """
    before = found(store, text)
    check_seen(agent, before)
    order = BlurOrder(
        service_request_id=before.id,
        photo_id=photo_id,
        rectangles=tuple(rectangles),
        agent_id=agent.id,
        agent_name=agent.name,
        entry_id=entry_id_for(keys, before.id, agent.id, Action.BLUR_PHOTO, photo_id, str(rectangles), idempotency_key),
    )
    if is_done(before, order):
        return order
    check_reach(agent, before, Action.BLUR_PHOTO)
    if not before.shows(photo_id):
        raise PhotoNotFound
    send(order)
    return order
