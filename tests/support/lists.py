"""A table of service requests that answers lists with pages of any size, as DynamoDB may."""

from datetime import timedelta
from urllib.parse import parse_qsl

from hypothesis import strategies as st

from chalicelib.foundation import ids
from chalicelib.foundation.keys import Keys
from chalicelib.service_requests.borough_list import OfBorough
from chalicelib.service_requests.items import borough_key
from chalicelib.service_requests.lifecycle import CLOSED, STORED, Status
from chalicelib.service_requests.listing import Filters, Openness
from chalicelib.service_requests.store import Page
from tests.support.examples import NOW, submitted

KEYS = Keys({1: b"first"})
BASE = submitted()
SERVICES = ["nid-de-poule", "graffiti"]
OPEN_GRAFFITI = ("graffiti", Status.SUBMITTED, NOW, False, False)

hours = st.integers(0, 6).map(lambda hour: NOW + timedelta(hours=hour))
statuses = st.none() | st.sampled_from(Openness) | st.sampled_from(Status)
kinds = st.lists(
    st.tuples(st.sampled_from(SERVICES), st.sampled_from(sorted(STORED)), hours, st.booleans(), st.booleans()),
    max_size=25,
)
filters = st.builds(
    Filters, st.none() | st.sampled_from(SERVICES), statuses, st.none() | hours, st.none() | hours, st.booleans()
).filter(lambda asked: (asked.submitted_after or NOW) <= (asked.submitted_before or asked.submitted_after or NOW))
of_borough = st.builds(OfBorough, st.just("VM"), filters, st.integers(1, 6))


def states(found):
    return [
        BASE.model_copy(
            update={
                "id": ids.from_number(number),
                "service_code": service,
                "status": status,
                "submitted_at": at,
                "updated_at": at,
                "closed_at": at if status in CLOSED else None,
                "delivery": {"VM": int(delivered)},
                "held": held,
            }
        )
        for number, (service, status, at, delivered, held) in enumerate(found)
    ]


class Table:
    """Answers as the store does, in pages whose size `cut` chooses, up to the limit asked for."""

    def __init__(self, stored, cut):
        self.stored = stored
        self.cut = cut
        self.calls = 0

    def _page(self, ordered, limit):
        self.calls += 1
        size = self.cut(limit)
        # DynamoDB gives a key whenever it stopped, even where nothing follows.
        return ordered[:size], len(ordered) >= size

    def of_borough(self, borough, *, is_open, after=None, before=None, start=None, limit):
        def key_of(state):
            return borough_key(borough, is_open=is_open, submitted_at=state.submitted_at, id=state.id)

        def place(key):
            return key["open_submitted"], key["id"]

        fitting = [
            s
            for s in self.stored
            if s.status.is_open is is_open
            and s.submitted_at >= (after or s.submitted_at)
            and s.submitted_at <= (before or s.submitted_at)
        ]
        newest_first = sorted(fitting, key=lambda s: place(key_of(s)), reverse=True)
        following = [s for s in newest_first if not start or place(key_of(s)) < place(start)]
        found, stopped = self._page(following, limit)
        return Page(found, key_of(found[-1]) if stopped else None)

    def of_unit(self, unit, status, *, after, start, limit):
        fitting = [s for s in self.stored if s.status is status and s.updated_at >= (after or NOW)]
        ordered = sorted(fitting, key=lambda s: (s.updated_at, s.id))
        first = next((i + 1 for i, state in enumerate(ordered) if start == {"id": state.id}), 0)
        found, stopped = self._page(ordered[first:], limit)
        return Page([state.id for state in found], {"id": found[-1].id} if stopped else None)

    def get_many(self, wanted_ids):
        return {state.id: state for state in self.stored if state.id in wanted_ids}


def table(data, found):
    return Table(states(found), lambda limit: data.draw(st.integers(1, limit)))


def walked(part_after, between=lambda: None):
    """All parts of a list, by their `next` links; `between` two of them something else may happen."""
    parts, cursor = [], None
    while True:
        part = part_after(cursor)
        parts.append(part)
        if part.next is None:
            return parts
        cursor = dict(parse_qsl(part.next.removeprefix("?")))["cursor"]
        assert len(parts) < 500
        between()


def fits(state, status):
    seen = state.seen_status
    return status in (None, seen) or (isinstance(status, Openness) and seen.is_open is (status is Openness.OPEN))
