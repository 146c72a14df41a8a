from typing import Any


def of_type(kind: str, resources: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The properties of the resources of a type, by logical id. There must be some: a test of none proves nothing."""
    found = {name: resource["Properties"] for name, resource in resources.items() if resource["Type"] == kind}
    assert found, f"no {kind}"
    return found
