"""Tests of what stands around the service: commands, pages, backups, hooks."""
