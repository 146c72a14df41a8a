"""The city with its counter, run by the functions' own handlers, and everything that people do, from one seed."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from app import app
from chalicelib.foundation import aws
from chalicelib.foundation.keys import keys
from chalicelib.foundation.problems import Busy
from chalicelib.photos.actions.looked_at import Due, Hints, Renditions, Upload, accept, due, refuse
from chalicelib.photos.naming import PhotoKey
from chalicelib.routing.events import reconcile_due, relay_stream
from chalicelib.service_requests.actions.supporting import support, take_back
from chalicelib.service_requests.lifecycle import PhotoRefusal
from chalicelib.service_requests.record import Channel
from chalicelib.service_requests.store import store
from chalicelib.service_requests.supports import supports
from chalicelib.service_requests.timeline import Position
from tests.support.environment import UNIT_ROLE_PREFIX
from tests.support.gateway import Answer, Gateway

from .cloud import BEGIN, Cloud
from .deeds import UNITS, Deed, Known, People, photos_in
from .processes import Process
from .queues import Queue
from .units import Unit

AT_ONCE: Final = 5
WAITS: Final = [20.0, 61.0, 61.0, 130.0, 3600.0]
TAKEN: Final = Hints(BEGIN, Position(lat=45.5, lon=-73.5))


class World(Cloud):
    """That cloud with citizens, units and agents around it."""

    def __init__(self, seed: int, rate: float) -> None:
        super().__init__(seed, rate)
        self.units = {code: Unit(code, self.chance, self.faults) for code in UNITS}
        self.people = People(self.chance)
        self.deeds: list[Deed] = []
        self.known: list[Known] = []
        self.announced: list[PhotoKey] = []
        self.uploads: list[Upload] = []
        """What came of them, and nobody has looked at yet."""
        self.looked_at: set[PhotoKey] = set()
        self._gateway = Gateway(app)
        self._uploaded = 0

    def close(self) -> None:
        super().close()
        for unit in self.units.values():
            unit.ledger.close()

    def submit(self) -> None:
        self.send(self.people.submission())

    def citizen(self) -> None:
        if self.known:
            self.send(self.people.of_citizen(self.chance.choice(self.known)))

    def unit(self) -> None:
        if self.known:
            id = self._some_id()
            holder = self.table.items[id,]["unit"]["S"]
            unit = self.chance.choice(UNITS) if self.chance.random() < 0.1 else holder
            self.send(self.people.of_unit(id, unit, self._others(), self.now))

    def agent(self) -> None:
        if self.known:
            self.send(self.people.of_agent(self._some_id(), self._others()))

    def again(self) -> None:
        """An answer was lost, or somebody is impatient: a call that is known by its key is sent once more."""
        keyed = [deed for deed in self.deeds[-40:] if deed.keyed and not deed.refused]
        if keyed:
            self.send(self.chance.choice(keyed))

    def send(self, deed: Deed) -> None:
        if deed.tries == 0:
            self.deeds.append(deed)
        self.start(
            lambda: self._gateway.post(deed.path, deed.body, **deed.options), lambda process: self._told(deed, process)
        )
        deed.tries += 1

    def _told(self, deed: Deed, process: Process) -> None:
        answer = process.result if isinstance(process.result, Answer) else None
        was_accepted = deed.accepted
        deed.answered(answer)
        if not deed.accepted or was_accepted or not deed.answer:
            return
        if deed.is_submission:
            deed.id = deed.answer.json["service_request_id"]
            self.known.append(Known(deed.id, deed.answer.json["tracking_token"]))
        self.announced += [PhotoKey(deed.id, photo_id) for photo_id in photos_in(deed.answer)]

    def support(self) -> None:
        if self.known:
            id, person = self._some_id(), f"person-{self.chance.randrange(5)}"
            back = self.chance.random() < 0.3
            self.start(lambda: self._support(id, person, back=back))

    def _support(self, id: str, person: str, *, back: bool) -> None:
        try:
            if back:
                take_back(store(), supports(), person, id)
            else:
                support(store(), supports(), person, Channel.WEB, id)
        except Exception as error:
            del error

    def resend(self) -> None:
        if self.known:
            id, unit = self._some_id(), self.chance.choice(UNITS)
            path, body = f"/v1/units/{unit}/service-requests/{id}/resend", {"from_sequence": self.chance.randint(1, 4)}
            self.start(lambda: self._gateway.post(path, body, role=UNIT_ROLE_PREFIX + unit))

    def photo(self) -> None:
        """One comes, perhaps another in its place; S3 tells of it, perhaps twice."""
        if self.announced:
            self._uploaded += 1
            upload = Upload(self.chance.choice(self.announced), f"{self._uploaded:04X}")
            self.uploads += [upload] * self.chance.choice([1, 1, 2])
        if self.uploads:
            self.look(self.uploads.pop(self.chance.randrange(len(self.uploads))))

    def look(self, upload: Upload) -> None:
        """As the `photos` function does, which notes what it saw; where it fails the queue tells it again."""
        is_good = self.chance.random() < 0.7

        def work() -> bool:
            if due(store().get(upload.photo.service_request_id), upload) is not Due.LOOK:
                return False
            if is_good:
                accept(store(), keys(), upload, Renditions(upload.sequencer, 4, 3), TAKEN)
            else:
                refuse(store(), keys(), upload, PhotoRefusal.DAMAGED)
            return True

        def told(process: Process) -> None:
            if process.result:
                self.looked_at.add(upload.photo)
            elif process.result is None:
                self.uploads.append(upload)

        self.start(lambda: self._survived(work), told)

    def _survived(self, work: Callable[[], bool]) -> bool | None:
        try:
            return work()
        except (Busy, *aws.FAILURES):
            return None

    def relay(self) -> None:
        """A batch of the stream: perhaps cut, repeated, late, or lost."""
        batch = self.stream[: self.chance.randint(1, 30)]
        del self.stream[: len(batch)]
        if not batch or self.faults.by_chance("batch lost"):
            return
        context = self.context()
        self.start(lambda: relay_stream({"Records": batch}, context), lambda process: self._repeat(batch, process))

    def _repeat(self, batch: list[dict[str, Any]], process: Process) -> None:
        if process.error or self.faults.by_chance("batch repeated"):
            place = self.chance.choice([0, len(self.stream)])
            self.stream[place:place] = batch

    def reconcile(self) -> None:
        context = self.context()
        self.start(lambda: reconcile_due({}, context))

    def receive(self) -> None:
        for code, unit in self.units.items():
            if not unit.asks:
                continue
            for _ in range(self.chance.randint(1, 10)):
                missing = unit.receive(self.queue(code))
                if missing:
                    self.catch_up(code, missing)
                    break

    def catch_up(self, code: str, id: str) -> None:
        path = f"/v1/units/{code}/service-requests/{id}"

        def told(process: Process) -> None:
            if isinstance(process.result, Answer) and process.result.status == 200:
                self.units[code].catch_up(process.result.json)

        self.start(lambda: self._gateway.get(path, role=UNIT_ROLE_PREFIX + code), told)

    def redrive(self) -> None:
        code = self.chance.choice(UNITS)
        self.units[code].redrive(self.queue(code))

    def outage(self) -> None:
        self.down ^= {self.chance.choice(UNITS)}

    def silence(self) -> None:
        unit = self.units[self.chance.choice(UNITS)]
        unit.asks = not unit.asks

    def stream_dies(self) -> None:
        """For an hour, in which nothing is relayed but by the reconciler; then it goes on where it was."""
        self.finish()
        for _ in range(6):
            self.now += timedelta(minutes=10)
            self.reconcile()
            self.finish()

    def wait(self) -> None:
        self.finish()
        self.now += timedelta(seconds=self.chance.choice(WAITS))

    def queue(self, unit: str) -> Queue:
        return self.queues.queues.setdefault(unit, Queue())

    def _some_id(self) -> str:
        return self.chance.choice(self.known[-30:]).id

    def _others(self) -> list[str]:
        return [known.id for known in self.known[-10:]]

    STEPS: Final = {
        submit: 4,
        citizen: 6,
        unit: 8,
        agent: 3,
        again: 3,
        support: 2,
        photo: 3,
        resend: 1,
        relay: 5,
        reconcile: 2,
        receive: 3,
        redrive: 1,
        outage: 1,
        silence: 0.5,
        stream_dies: 0.1,
        wait: 2,
    }

    def live(self, submissions: int) -> None:
        """Until so many were submitted."""
        steps, weights = list(self.STEPS), list(self.STEPS.values())
        while sum(deed.is_submission for deed in self.deeds) < submissions:
            if self.running and (len(self.running) >= AT_ONCE or self.chance.random() < 0.75):
                self.go_on()
            else:
                self.now += timedelta(seconds=self.chance.uniform(0, 1))
                self.chance.choices(steps, weights)[0](self)
