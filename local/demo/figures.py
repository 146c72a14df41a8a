"""The proportions of a day, from the city's own data (`data/montreal-311.json`, with its credit)."""

from collections import Counter
from pathlib import Path
from typing import Final, Self

from pydantic import BaseModel

from chalicelib.catalogue import Catalogue
from chalicelib.service_requests.record import Channel

FILE: Final = Path(__file__).parent / "data" / "montreal-311.json"
WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

# The public door's. What comes by the others (telephone, e-mail, counter, mail) is taken by agents.
CITIZENS_CHANNELS: Final = {
    "Site internet": Channel.WEB,
    "Mobile": Channel.MOBILE,
    "Médias sociaux": Channel.SOCIAL,
}


class Figures(BaseModel, frozen=True):
    """Counts of service requests, in the city's words. The first weekday is Monday."""

    source: str
    about: str
    requests: int
    requests_by_weekday_and_hour: list[list[int]]
    requests_by_channel: dict[str, int]
    requests_by_last_status: dict[str, int]
    requests_by_activity: dict[str, int]

    @classmethod
    def read(cls) -> Self:
        return cls.model_validate_json(FILE.read_bytes())

    @property
    def weekdays(self) -> list[int]:
        return [sum(hours) for hours in self.requests_by_weekday_and_hour]

    @property
    def channels(self) -> dict[str, int]:
        """Of those that citizens use themselves."""
        return {ours.value: self.requests_by_channel[theirs] for theirs, ours in CITIZENS_CHANNELS.items()}

    @property
    def citizens_part(self) -> float:
        """How much of everything comes by those channels."""
        return sum(self.channels.values()) / sum(self.requests_by_channel.values())

    @property
    def refused_part(self) -> float:
        """How much of what units close is refused."""
        refused, done = (self.requests_by_last_status[status] for status in ("Refusée", "Terminée"))
        return refused / (refused + done)

    def services(self, catalogue: Catalogue, whole_city: Catalogue) -> dict[str, float]:
        """The weight of each service of `catalogue` that can be asked for anonymously.

        A service weighs what its activities count; one that several services of the city share is split among them.
        """
        shared_by = Counter(name for service in whole_city.services.values() for name in service.activities)
        return {
            code: sum(self.requests_by_activity[name] / shared_by[name] for name in service.activities)
            for code, service in catalogue.services.items()
            if service.anonymous
        }
