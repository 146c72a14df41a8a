"""Sign a demo's agent in, and print the ID token: for `Authorization: Bearer …`, for an hour.

python -m local.token NAME [--state DIRECTORY]
"""

import argparse
import sys
from pathlib import Path

from .cloud import Cloud
from .stack import STATE, NoStack, Stack


def id_token(stack: Stack, name: str) -> str:
    """A new ID token of an agent of the stack. KeyError if there is no such agent."""
    signed_in = (
        Cloud.local(stack.aws_endpoint_url)
        .cognito()
        .initiate_auth(
            ClientId=stack.clients["staff"],
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": name, "PASSWORD": stack.agents[name].password},
        )
    )
    return signed_in["AuthenticationResult"]["IdToken"]


def main() -> None:
    parser = argparse.ArgumentParser(description="Print an agent's ID token.")
    parser.add_argument("name", help="agent.311, for example")
    parser.add_argument("--state", type=Path, default=STATE, help="where the stack's state is kept")
    options = parser.parse_args()
    try:
        stack = Stack.read(options.state.resolve())
    except NoStack as error:
        sys.exit(str(error))
    if options.name not in stack.agents:
        sys.exit(f"There is no agent {options.name}; there are {', '.join(stack.agents)}.")
    print(id_token(stack, options.name))


if __name__ == "__main__":
    main()
