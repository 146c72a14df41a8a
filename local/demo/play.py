"""The day of the demo as it is played: all is sent at its hour, the units finish, everybody looks."""

import time
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Final

from chalicelib.catalogue import TRIAGE

from . import lives, memories
from . import screen as printed
from .agent import Agent
from .citizens import Citizens, Looked, Sent
from .day import Day
from .memories import Memory
from .planning import Planned
from .screen import Counts, Screen
from .stories import Stories
from .verdict import lacking, lacking_photos
from .workers import Workers

DAY_S: Final = 48.0
# On average. More service requests make a longer day: waits are measured in traffic, not in a jam.
MOST_A_SECOND: Final = 10.0
# What the stream lost is the reconciler's: two minutes of grace, one until its next turn, one to be sure.
ALLOWED_S: Final = 240.0
TOLD_EVERY_S: Final = 20.0
PATIENCE: Final = """
  What a killed worker had taken comes back to its queue after half a minute; what the stream lost, the reconciler
  delivers after two to three. So this waits up to four."""


class Play:
    def __init__(
        self, day: Day, citizens: Citizens, agent: Agent, stories: Stories, workers: Workers, screen: Screen
    ) -> None:
        self._day = day
        self._citizens = citizens
        self._agent = agent
        self._stories = stories
        self._workers = workers
        self._screen = screen
        self._sending: list[tuple[Planned, Future[Sent]]] = []
        self.hour_s = max(DAY_S, len(day.planned) / MOST_A_SECOND) / 24

    @property
    def sent(self) -> list[Sent]:
        """What has been answered until now."""
        return [sending.result() for _, sending in self._sending if sending.done()] + list(self._stories.sent)

    @property
    def unanswered(self) -> list[Planned]:
        return [planned for planned, sending in self._sending if not sending.done()]

    def memories(self) -> dict[str, Memory]:
        return memories.read_all({unit: self._workers.memory(unit) for unit in self._workers.units})

    def day(self) -> None:
        """Send everything at its hour."""
        hours = [[planned for planned in self._day.planned if int(planned.hour) == hour] for hour in range(24)]
        most = max(map(len, hours))
        self._screen.say(printed.hours_head())
        began = time.monotonic()
        for hour, planned_then in enumerate(hours):
            before = self._citizens.begun
            self._stories.begin(hour)
            for planned in planned_then:
                time.sleep(max(0.0, began + planned.hour * self.hour_s - time.monotonic()))
                self._sending.append((planned, self._citizens.send(planned, self._sent_on)))
                self._screen.passing(printed.hour_line(hour, self._citizens.begun - before, most, None))
            time.sleep(max(0.0, began + (hour + 1) * self.hour_s - time.monotonic()))
            self._screen.say(printed.hour_line(hour, self._citizens.begun - before, most, self._counts()))

    def units_finish(self) -> None:
        """Wait until all is closed, or the time allowed has passed."""
        began, told = time.monotonic(), 0.0
        while (waited := time.monotonic() - began) < ALLOWED_S:
            counts = self._counts()
            sending, stories = len(self.unanswered), self._stories.going_on
            all_closed = counts.closed == counts.accepted and not sending and not stories
            sent, known = self.sent, self.memories()
            if all_closed and not lacking(sent, known) and not lacking_photos(sent, known):
                return
            still = printed.still(sending, stories, counts)
            self._screen.passing(f"  {still} …")
            if not told and waited > TOLD_EVERY_S:
                self._screen.say(PATIENCE)
            if waited > told + TOLD_EVERY_S:
                told = waited
                self._screen.say(f"  After {waited:.0f} s more: {still}.")
            time.sleep(0.25)

    def citizens_look(self, sent: Sequence[Sent]) -> dict[str, Looked]:
        """Every citizen asks how theirs went; by id."""
        self._screen.passing("  Every citizen asks how theirs went …")
        asked = [(one.id, self._citizens.look(one)) for one in sent if one.accepted]
        return {id: looked.result() for id, looked in asked}

    def _sent_on(self, sent: Sent) -> Sent:
        """An agent sends on what is held of a big ordinary day, which in a minute looks like a burst."""
        if not sent.accepted or sent.unit != TRIAGE:
            return sent
        self._agent.act(sent, "triage")
        return sent._replace(life=lives.sent_on(sent.planned.unit))

    def _counts(self) -> Counts:
        return Counts.of([sent for sent in self.sent if sent.accepted], self.memories())
