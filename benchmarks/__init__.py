"""Measurements; each row is written as JSON with the machine it was made on."""
