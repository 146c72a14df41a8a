"""The stages: places where Guichet is deployed, and what differs between them."""

from pathlib import Path
from typing import Final

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter
from pydantic.alias_generators import to_pascal

ROOT: Final = Path(__file__).resolve().parent.parent
REGION: Final = "ca-central-1"  # personal data stays in Canada


class Stage(BaseModel):
    """One stage, as `infra/stages.yaml` describes it."""

    model_config = ConfigDict(alias_generator=to_pascal, extra="forbid", frozen=True)

    catalogue: str
    message_source: str
    message_type_prefix: str
    allowed_origins: str

    @property
    def parameters(self) -> dict[str, str]:
        """The parameters of the app template, but for the stage's name."""
        return self.model_dump(by_alias=True)


def stages() -> dict[str, Stage]:
    """All stages by name."""
    text = (ROOT / "infra" / "stages.yaml").read_text(encoding="utf-8")
    return TypeAdapter(dict[str, Stage]).validate_python(yaml.safe_load(text))
