"""After the faults: time passes, all that was interrupted is taken up again; then what must be true is looked at."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import timedelta

from chalicelib.service_requests.lifecycle import Action
from chalicelib.service_requests.model import ServiceRequest
from chalicelib.service_requests.photos import PhotoState
from chalicelib.service_requests.store import from_item

from .world import World

MINUTES = 40
# The longest that a wrong clock can put off what only a clock can tell.
HOURS = 30
DAYS = timedelta(days=3)
BATCHES = 1000
TRIES = 20


def heal(world: World) -> None:
    """Faults stop."""
    world.faults.rate = 0
    world.finish()
    world.faults.land(all_of_them=True)
    world.down = set()
    if world.chance.random() < 0.5:
        world.stream.clear()  # all that is left is the reconciler's to begin
    for deed in world.deeds:
        while deed.keyed and deed.answer is None and deed.tries < TRIES:
            world.send(deed)
            world.finish()
    while world.uploads:
        world.look(world.uploads.pop())
        world.finish()
    world.now += DAYS  # what is expected then will not come
    for time in [timedelta(minutes=1)] * MINUTES + [timedelta(hours=1)] * HOURS:
        if not any(state.undelivered() or _expected(state) for state in states(world)):
            break
        _pass(world, time)
    _pass(world, timedelta(minutes=1))  # what the stream still holds, which may be sent again
    sends = world.sends
    _pass(world, timedelta(minutes=1))
    if world.sends != sends:
        world.wrong.append("something is sent though all was delivered")
    _units_read_on(world)


def _pass(world: World, time: timedelta) -> None:
    world.now += time
    world.reconcile()
    world.finish()
    for _ in range(BATCHES):
        if not world.stream:
            return
        world.relay()
        world.finish()
    world.wrong.append("stream → relay → stream does not end")
    world.stream.clear()


def _units_read_on(world: World) -> None:
    for code, unit in world.units.items():
        queue = world.queue(code)
        unit.redrive(queue)
        while queue.waiting:
            if missing := unit.receive(queue):
                world.catch_up(code, missing)
                world.finish()
        for id in unit.lost:  # shown by the daily comparison
            world.catch_up(code, id)
            world.finish()


def states(world: World) -> list[ServiceRequest]:
    return [from_item(item) for item in world.table.items.values()]


def _expected(state: ServiceRequest) -> list[str]:
    return [id for id, standing in state.photo_standings.items() if standing.state is PhotoState.EXPECTED]


def wrongs(world: World) -> list[str]:
    """All that is not as promised."""
    found = [*world.wrong, *(f"{deed.mark}: {wrong}" for deed in world.deeds for wrong in deed.wrong)]
    all_states = {state.id: state for state in states(world)}
    applied = {code: unit.applied() for code, unit in world.units.items()}
    for state in all_states.values():
        found += [f"{state.id}: {wrong}" for wrong in _of_one(state, all_states)]
        found += [f"{state.id}: {wrong}" for wrong in _of_delivery(world, state, applied)]
    return [
        *found,
        *_of_deeds(world, all_states),
        *_of_photos(world, all_states),
        *_of_supports(world, all_states),
    ]


def _of_one(state: ServiceRequest, others: dict[str, ServiceRequest]) -> Iterator[str]:
    if state.undelivered():
        yield f"stays due for delivery to {sorted(state.undelivered())}"
    if [entry.sequence for entry in state.timeline] != list(range(1, state.sequence + 1)):
        yield "its timeline is not numbered one by one"
    if state.as_of(state.sequence) != state:
        yield "its state is not the replay of its timeline"
    marks = Counter(entry.entry_id for entry in state.timeline)
    if marks.total() != len(marks):
        yield "something stands twice in its timeline"
    joined = {entry.duplicate: entry.action for entry in state.timeline if entry.duplicate}
    still = {id for id, action in joined.items() if action is Action.JOIN}
    duplicates = [other for other in others.values() if other.duplicate_of == state.id]
    if still != {other.id for other in duplicates}:
        yield "a duplicate stands in one of two timelines"
    if state.joined != sum((Counter(other.requesters) for other in duplicates), Counter()):
        yield f"of those of its duplicates it counts {dict(state.joined)}"


def _of_delivery(world: World, state: ServiceRequest, applied: dict[str, dict[str, list[int]]]) -> Iterator[str]:
    for code in world.units:
        addressed = [entry.sequence for entry in state.addressed_to(code)]
        first = world.first.get((state.id, code), [])
        if first != addressed:
            yield f"of {addressed} for {code} its queue first had {first}"
        did = applied[code].get(state.id, [])
        if did != addressed:
            yield f"of {addressed} {code} applied {did}"


def _of_deeds(world: World, all_states: dict[str, ServiceRequest]) -> Iterator[str]:
    places = _places(all_states)
    for deed in world.deeds:
        found = places.get(deed.mark, set())
        if deed.accepted and len(found) != 1:
            yield f"{deed.mark} was accepted and is there {len(found)} times"
        if deed.accepted and deed.id not in {id for id, _ in found}:
            yield f"{deed.mark} was accepted and is not in {deed.id}"
        if deed.refused and found:
            yield f"{deed.mark} was refused and is there: {deed.path} {deed.answer}"
        if len(found) > 1:
            yield f"{deed.mark} is there {len(found)} times"
        if deed.keyed and deed.answer is None:
            yield f"{deed.mark} was never answered"


def _places(all_states: dict[str, ServiceRequest]) -> dict[str, set[tuple[str, str]]]:
    """Where each mark is found: in which service request, with which entry."""
    found: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for state in all_states.values():
        for said in (state.texts, state.notes):
            for sequence, text in said.items():
                found[text].add((state.id, sequence))
        for sequence, place in state.places.items():
            if place.address:
                found[place.address].add((state.id, sequence))
        for entry in state.timeline:
            for text in (state.photos[photo_id].alternative_text for photo_id in entry.photo_ids or ()):
                if text:
                    found[text].add((state.id, str(entry.sequence)))
    return found


def _of_photos(world: World, all_states: dict[str, ServiceRequest]) -> Iterator[str]:
    for id, photo_id in world.announced:
        if photo_id not in all_states[id].photo_standings:
            yield f"{id}: photo {photo_id} was announced and is not there"
    for state in all_states.values():
        for photo_id in _expected(state):
            yield f"{state.id}: photo {photo_id} is expected for ever"
        happened = Counter((entry.photo_id, entry.action) for entry in state.timeline if entry.photo_id)
        for (photo_id, action), times in happened.items():
            if times > 1 and action in (Action.ACCEPT_PHOTO, Action.MISS_PHOTO):
                yield f"{state.id}: {action} of {photo_id} is there {times} times"
    for id, photo_id in world.looked_at:
        standing = all_states[id].photo_standings[photo_id]
        if standing.state not in (PhotoState.ACCEPTED, PhotoState.REFUSED):
            yield f"{id}: photo {photo_id} was looked at and is {standing.state}"


def _of_supports(world: World, all_states: dict[str, ServiceRequest]) -> Iterator[str]:
    (name,) = [name for name in world.tables.tables if name.endswith("-supports")]
    count = Counter(item["service_request_id"]["S"] for item in world.tables.tables[name].items.values())
    for state in all_states.values():
        if sum(state.supporters.values()) != count[state.id]:
            yield f"{state.id}: {dict(state.supporters)} supporters are counted, {count[state.id]} are there"
