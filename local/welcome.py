"""What `make run` says when it is ready: what to try, ready to be copied."""

import json
from pathlib import Path
from typing import Final

from .stack import STATE, Stack

SUBMISSION: Final = {
    "service_code": "nid-de-poule",
    "location": {"lat": 45.5088, "lon": -73.5540, "address": "275 rue Notre-Dame Est"},
    "attributes": {"taille": "grand"},
    "description": "Un trou profond devant l'entrée",
}


def welcome(stack: Stack, state: Path, seconds: float) -> str:
    """The text, for a stack that runs from `state` and took so many seconds to start."""
    where = "" if state == STATE else f" --state {state}"
    unit = "VM" if "VM" in stack.queues else next(iter(stack.queues))
    others = ", ".join(name for name, agent in stack.agents.items() if "agents" not in agent.groups)
    body = json.dumps(SUBMISSION, ensure_ascii=False).replace("'", "'\\''")
    return f"""
Guichet runs ({seconds:.1f} s, catalogue "{stack.catalogue}"). Ctrl-C stops it; its state is kept.

  The API      {stack.api_url}/v1/services
  Its pages    {stack.api_url}/v1/docs

  Submit a service request:
    curl -i {stack.api_url}/v1/service-requests -H 'Content-Type: application/json' \\
      -H "Idempotency-Key: $(date +%s%N)-a-try" -d '{body}'

  Follow it, with what the answer gives:
    curl {stack.api_url}/v1/service-requests/SERVICE_REQUEST_ID -H 'Tracking-Token: TRACKING_TOKEN'

  Be an agent, who acts for all units; {others} for one:
    TOKEN=$(.venv/bin/python -m local.token agent.311{where})
    curl {stack.api_url}/v1/agent/me -H "Authorization: Bearer $TOKEN"

  Watch unit {unit}'s queue (this takes nothing from it):
    .venv/bin/python -m local.watch {unit}{where}

  Let the reference worker of unit {unit} do the work:
    .venv/bin/python -m local.unit_worker {unit}{where}
"""
