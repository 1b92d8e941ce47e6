"""Who a Slack user is to us: roles from the settings, the e-mail address from Slack's profile."""

from slack_sdk.web.async_client import AsyncWebClient

from bot.settings import SlackSection
from handlers.mailheaders import normalise_address
from handlers.staff import NotAllowed, Staff

APPROVER, AGENT = "approver", "agent"


class StaffList:
    """The staff by Slack user id."""

    def __init__(self, settings: SlackSection, client: AsyncWebClient) -> None:
        self._settings = settings
        self._client = client

    def roles(self, user: str) -> frozenset[str]:
        """Return a user's roles; approvers are agents too."""
        is_approver = user in self._settings.approvers
        roles = {APPROVER: is_approver, AGENT: is_approver or user in self._settings.agents}
        return frozenset(role for role, has in roles.items() if has)

    async def find(self, user: str) -> Staff:
        """Return a user with roles and address; nobody without roles is looked up. Raises NotAllowed."""
        roles = self.roles(user)
        return Staff(user, roles, await self._address(user) if roles else "")

    async def _address(self, user: str) -> str:
        """Return the address in the profile; without it nobody could be kept from approving their own request."""
        found = await self._client.users_info(user=user)
        address = found["user"].get("profile", {}).get("email", "")
        if not address:
            raise NotAllowed("no_address")
        return normalise_address(address)
