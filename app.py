"""The Chalice app: opens the doors (routes and events), nothing else."""

from typing import NoReturn

from chalice.app import BaseLambdaEvent, Rate

from chalicelib import starting
from chalicelib.catalogue import api as catalogue_api
from chalicelib.foundation.documentation import open_documentation
from chalicelib.foundation.http import Guichet
from chalicelib.photos import agent_api as agent_photos_api
from chalicelib.photos import api as photos_api
from chalicelib.photos import unit_api as unit_photos_api
from chalicelib.routing import agent_api as delivery_api
from chalicelib.routing import api as routing_api
from chalicelib.service_requests import agent_api, agent_lists_api, holder_api, lists_api, unit_api
from chalicelib.service_requests import api as citizen_api

DOORS = (
    catalogue_api,
    citizen_api,
    lists_api,
    holder_api,
    unit_api,
    routing_api,
    agent_api,
    agent_lists_api,
    delivery_api,
    photos_api,
    unit_photos_api,
    agent_photos_api,
)

app = Guichet("guichet", [door.router for door in DOORS])
open_documentation(app)


def _handled_elsewhere(_: BaseLambdaEvent) -> NoReturn:
    """Chalice needs a function to declare; what runs is what `infra/app.yaml` names, without the API around it."""
    raise AssertionError


# The stream's and the queue's names are replaced by their ARN when packaged (`infra/app.yaml`).
app.on_dynamodb_record(stream_arn="stream", name="relay")(_handled_elsewhere)
app.schedule(Rate(1, unit=Rate.MINUTES), name="reconcile")(_handled_elsewhere)
app.on_sqs_message(queue_arn="queue", name="photos")(_handled_elsewhere)
starting.done()
