"""Write the contracts that are published in `docs/`, from the models that enforce them.

    python -m local.publish

`docs/openapi.json` is the HTTP API; `docs/schemas/` holds the JSON Schema of messages to units. A test fails where what
is committed is not what this writes.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from chalicelib.foundation.settings import Settings

from .stages import ROOT

DOCS: Final = ROOT / "docs"


def contracts() -> Mapping[Path, dict[str, Any]]:
    """The published files and what belongs in them."""
    # What the settings say shows in neither; the resolver only wants to have some.
    os.environ.update({name.upper(): "x" for name in Settings.model_fields if name.upper() not in os.environ})
    from app import app
    from chalicelib.foundation.documentation import openapi
    from chalicelib.routing import messages

    schema = messages.Message.model_json_schema(mode="serialization")
    return {
        DOCS / "openapi.json": openapi(app),
        DOCS / "schemas" / messages.SCHEMA_FILE: {"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema,
    }


def text(contract: Mapping[str, Any]) -> str:
    return json.dumps(contract, ensure_ascii=False, indent=2) + "\n"


def main() -> None:
    for file, contract in contracts().items():
        file.parent.mkdir(exist_ok=True)
        file.write_text(text(contract), encoding="utf-8")
        print(file.relative_to(ROOT))


if __name__ == "__main__":
    main()
