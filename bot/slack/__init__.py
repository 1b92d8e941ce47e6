"""Slack: commands, buttons and cards, without personal data in any channel."""
