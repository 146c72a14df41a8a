"""What the emulator's API Gateway needs done by hand after a deployment. On AWS the templates do it, or a domain.

- It ignores the gateway responses of a template.
- Its addresses hold the API's id, which changes: so a custom domain, which it tells by the Host header, gives the API
  one short address, and people a link that stays.
"""

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from .cloud import Cloud

if TYPE_CHECKING:
    from types_boto3_apigateway import APIGatewayClient

DOMAIN: Final = "127.0.0.1"


def finish(cloud: Cloud, endpoint: str, stage: str, api_id: str, template: Path) -> str:
    """Do it for the API that was deployed from that template; the API's short address."""
    gateway = cloud.apigateway()
    resources = json.loads(template.read_text(encoding="utf-8"))["Resources"]
    _put_gateway_responses(gateway, stage, api_id, resources["RestAPI"]["Properties"]["GatewayResponses"])
    # The emulator takes a domain's name twice, and forgets where it led: so both calls are made each time.
    gateway.create_domain_name(domainName=DOMAIN)
    gateway.create_base_path_mapping(domainName=DOMAIN, basePath=stage, restApiId=api_id, stage=stage)
    return f"{endpoint}/{stage}"


def _put_gateway_responses(gateway: "APIGatewayClient", stage: str, api_id: str, responses: dict[str, Any]) -> None:
    # They take effect with a deployment only; its description tells the next start that there is nothing to do.
    done = hashlib.sha256(json.dumps(responses).encode()).hexdigest()
    deployment = gateway.get_stage(restApiId=api_id, stageName=stage)["deploymentId"]
    if gateway.get_deployment(restApiId=api_id, deploymentId=deployment).get("description") == done:
        return
    for kind, response in responses.items():
        headers = response["ResponseParameters"]["Headers"]
        status = {"statusCode": str(response["StatusCode"])} if "StatusCode" in response else {}
        gateway.put_gateway_response(
            restApiId=api_id,
            responseType=kind,  # type: ignore[arg-type] # the template's word, which cfn-lint checks
            responseParameters={f"gatewayresponse.header.{name}": value for name, value in headers.items()},
            responseTemplates=response["ResponseTemplates"],
            **status,
        )
    gateway.create_deployment(restApiId=api_id, stageName=stage, description=done)
