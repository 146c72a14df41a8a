"""What a caller can rely on in every problem answer."""

from typing import Any

from .gateway import Answer

ORIGIN = "https://app.test"


def check_problem(answer: Answer, status: int, slug: str, language: str = "fr") -> dict[str, Any]:
    """The problem document of an answer, after checking all that holds of every one."""
    document: dict[str, Any] = answer.json
    answer.body.encode()
    assert answer.status == status, answer
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Content-Language"] == language
    assert answer.headers["Cache-Control"] == "no-store"
    assert {"Origin", "Accept-Language"} <= set(answer.headers["Vary"].split(", "))
    assert document["type"] == f"urn:guichet:problem:{slug}"
    assert document["status"] == status
    assert document["title"]
    assert document["detail"]
    for fault in document.get("errors", []):
        assert set(fault) == {"in", "pointer", "detail"}
        assert fault["in"] in ("body", "query", "path", "header")
        assert fault["pointer"].startswith("#")
    return document


def pointers(document: dict[str, Any]) -> list[str]:
    """Where the faults are, sorted; the part only where it is not the body."""
    return sorted(
        fault["pointer"] if fault["in"] == "body" else f"{fault['in']}{fault['pointer']}"
        for fault in document["errors"]
    )
