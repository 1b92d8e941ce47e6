"""What is decided and done: no network, no clock, no SQL."""
