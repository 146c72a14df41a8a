import json

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from local.publish import contracts, text
from tests.support.environment import VARIABLES


@pytest.mark.parametrize("file", contracts(), ids=lambda file: file.name)
def test_what_is_published_is_what_the_program_says(file):
    assert file.read_text() == text(contracts()[file]), "run `make docs` and commit what it writes"


def test_the_api_document_is_valid_openapi_3_1():
    document = next(contract for file, contract in contracts().items() if file.name == "openapi.json")
    assert document["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(document).validate()


def test_the_document_tells_nothing_of_this_machine():
    for contract in contracts().values():
        for value in ("test-", VARIABLES["KEYS_SECRET"], "guichet-test"):
            assert value not in json.dumps(contract)


def test_the_messages_schema_is_valid():
    schema = next(contract for file, contract in contracts().items() if "schemas" in file.parts)
    Draft202012Validator.check_schema(schema)
