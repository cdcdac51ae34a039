"""Accounts: who may use the service, how they prove who they are, and what they may do."""
