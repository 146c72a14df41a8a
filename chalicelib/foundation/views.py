"""The base of what is answered."""

from pydantic import BaseModel, ConfigDict


class View(BaseModel):
    # Built at first use: a cold start does not pay for what its request does not show.
    model_config = ConfigDict(frozen=True, defer_build=True)
