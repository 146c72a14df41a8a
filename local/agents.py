"""Agents to try things as: accounts in the local stack's staff pool. On AWS an administrator makes those of people."""

import secrets
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from .stack import SignIn

if TYPE_CHECKING:
    from types_boto3_cognito_idp import CognitoIdentityProviderClient

AGENTS: Final = {"agent.311": ["agents"], "agent.vm": ["unit-VM"], "agent.ro": ["unit-RO"]}


def sign_up(cognito: "CognitoIdentityProviderClient", pool_id: str) -> dict[str, SignIn]:
    """Make the agents in the pool, those that are there already keeping their ids, and give each a new password."""
    return {name: _sign_up(cognito, pool_id, name, groups) for name, groups in AGENTS.items()}


def _sign_up(cognito: "CognitoIdentityProviderClient", pool_id: str, name: str, groups: list[str]) -> SignIn:
    password = f"{secrets.token_urlsafe(18)}-Aa1"  # whatever came by chance, the pool's policy is content
    with suppress(cognito.exceptions.UsernameExistsException):
        # The password that the emulator would make up does not fit the policy.
        cognito.admin_create_user(
            UserPoolId=pool_id, Username=name, TemporaryPassword=password, MessageAction="SUPPRESS"
        )
    cognito.admin_set_user_password(UserPoolId=pool_id, Username=name, Password=password, Permanent=True)
    for group in groups:
        cognito.admin_add_user_to_group(UserPoolId=pool_id, Username=name, GroupName=group)
    return SignIn(password=password, groups=groups)
