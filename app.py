"""The Chalice app: opens the doors (routes and events), nothing else."""

from chalice.app import CloudWatchEvent, DynamoDBEvent, Rate

from chalicelib.catalogue import api as catalogue_api
from chalicelib.foundation.documentation import open_documentation
from chalicelib.foundation.http import Guichet
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
)

app = Guichet("guichet", [door.router for door in DOORS])
open_documentation(app)


@app.on_dynamodb_record(stream_arn="stream", name="relay")
def relay(event: DynamoDBEvent) -> None:
    """The stream's name is replaced by its ARN when packaged (`infra/app.yaml`)."""
    from chalicelib.routing.events import relay_stream

    relay_stream(event.to_dict(), event.context)


@app.schedule(Rate(1, unit=Rate.MINUTES), name="reconcile")
def reconcile(event: CloudWatchEvent) -> None:
    from chalicelib.routing.events import reconcile_due

    reconcile_due(event.context)
