"""The Slack look-alike for the tests of the demonstration."""

from tests.slack_lookalike_fixture import slack, slack_client

__all__ = ["slack", "slack_client"]
