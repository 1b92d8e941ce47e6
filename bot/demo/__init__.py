"""The demonstration: mail server, CRM and a Slack look-alike in one process."""
