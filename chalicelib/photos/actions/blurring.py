"""Having a photo blurred: the `photos` function does it, in the agent's name."""

from collections.abc import Sequence
from hashlib import sha256

from ...foundation.callers import Agent
from ...foundation.keys import Keys
from ...foundation.problems import Busy
from ...service_requests.actions.agents import check_reach, check_seen
from ...service_requests.actions.common import ATTEMPTS, entry_id_for, found, the_id
from ...service_requests.lifecycle import Action
from ...service_requests.problems import KeyReused
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
    """Order that these parts of a photo be blurred. One read and one message. With an idempotency key also one write,
    which keeps what it stands for; a repeat blurs nothing twice, and sends the message again until it is done.

    Raises:
        NotFound: there is no such service request, or no unit of this agent ever had it.
        NotHere: it is another unit's now.
        PhotoNotFound: no such photo is accepted.
        KeyReused: the key stood for something else.
        Busy: others were first, again and again.
    """
    id = the_id(text)
    order = BlurOrder(
        service_request_id=id,
        photo_id=photo_id,
        rectangles=tuple(rectangles),
        agent_id=agent.id,
        agent_name=agent.name,
        entry_id=entry_id_for(keys, id, agent.id, Action.BLUR_PHOTO, idempotency_key),
    )
    digest = _digest_of(order)
    for _ in range(ATTEMPTS):
        before = found(store, id)
        check_seen(agent, before)
        noted = before.blurs.get(order.entry_id)
        if noted is None:
            check_reach(agent, before, Action.BLUR_PHOTO)
            if not before.shows(photo_id):
                raise PhotoNotFound
            if idempotency_key is not None and not store.note_blur(before, order.entry_id, digest):
                continue
        elif noted != digest:
            raise KeyReused
        if not is_done(before, order):
            send(order)
        return order
    raise Busy


def _digest_of(order: BlurOrder) -> str:
    """The same for what is blurred in the same way, however its numbers are written."""
    return sha256(order.model_dump_json(include={"photo_id", "rectangles"}).encode()).hexdigest()[:32]
