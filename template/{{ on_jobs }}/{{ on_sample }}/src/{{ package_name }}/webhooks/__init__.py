"""Webhooks: others are told of events."""
