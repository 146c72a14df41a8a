"""What a test does with a world, one thing after the other."""

from datetime import timedelta

from chalicelib.foundation.times import written
from tests.support.environment import UNIT_ROLE_PREFIX

from .deeds import Deed, Known
from .healing import heal, wrongs
from .world import World


def submission(world: World, borough: str) -> Deed:
    mark = _mark(world)
    place = {"borough": borough, "address": mark}
    body = {"service_code": "branches", "location": place, "attributes": {"situation": "tombee"}, "description": mark}
    return _keyed(Deed(mark, "/v1/service-requests", body))


def submit(world: World, borough: str) -> Known:
    _done(world, submission(world, borough))
    return world.known[-1]


def comment(world: World, known: Known) -> None:
    mark = _mark(world)
    path = f"/v1/service-requests/{known.id}/comments"
    _done(world, _keyed(Deed(mark, path, {"text": mark}, {"headers": {"Tracking-Token": known.token}}, id=known.id)))


def reported(world: World, known: Known, unit: str, action: str, **details: str) -> Deed:
    mark = _mark(world)
    body = {"action": action, "message": mark, "update_id": mark, "occurred_at": written(world.now), **details}
    path = f"/v1/units/{unit}/service-requests/{known.id}/updates"
    return Deed(mark, path, body, {"role": UNIT_ROLE_PREFIX + unit}, id=known.id)


def report(world: World, known: Known, unit: str, action: str, **details: str) -> None:
    _done(world, reported(world, known, unit, action, **details))


def minutes(world: World, number: int) -> None:
    for _ in range(number):
        world.now += timedelta(minutes=1)
        world.reconcile()
        world.finish()


def relay_all(world: World) -> None:
    while world.stream:
        world.relay()
        world.finish()


def heals(world: World) -> bool:
    """Whether all ends well."""
    heal(world)
    wrong = wrongs(world)
    assert not wrong, "\n".join(wrong)
    return True


def _done(world: World, deed: Deed) -> None:
    world.send(deed)
    world.finish()
    assert deed.accepted, deed.answer


def _mark(world: World) -> str:
    return f"mark-{len(world.deeds):06}"


def _keyed(deed: Deed) -> Deed:
    headers = {**deed.options.get("headers", {}), "Idempotency-Key": f"{deed.mark}-0123456789"}
    deed.options = {**deed.options, "headers": headers}
    return deed
