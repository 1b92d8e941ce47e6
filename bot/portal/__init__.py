"""The time-limited web portal: confirm an identity, fetch a copy."""
