"""What makes the audit trail append-only, as SQLite writes it.

Revisions use these statements: do not change them once one was released; add others. A revision that builds the
table anew (which is how SQLite changes columns) has to run them again: triggers go with their table.
"""

KEEP_AUDIT_ENTRIES = (
    """
CREATE TRIGGER audit_entries_are_not_changed BEFORE UPDATE ON audit_entries
BEGIN
    SELECT RAISE(ABORT, 'audit_entries: rows are never changed');
END
""",
    # REPLACE takes the old row away without asking the trigger below.
    """
CREATE TRIGGER audit_entries_are_not_replaced BEFORE INSERT ON audit_entries
WHEN EXISTS (SELECT 1 FROM audit_entries WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'audit_entries: rows are never changed');
END
""",
    """
CREATE TRIGGER audit_entries_are_kept BEFORE DELETE ON audit_entries
WHEN NOT EXISTS (SELECT 1 FROM audit_entries WHERE purged_before > OLD.occurred_at)
BEGIN
    SELECT RAISE(ABORT, 'audit_entries: rows are removed by a recorded purge only');
END
""",
)
"""From then on, rows of ``audit_entries`` are never changed. They can be removed once an entry says, by a later
``purged_before``, that they were purged."""

RELEASE_AUDIT_ENTRIES = (
    "DROP TRIGGER audit_entries_are_kept",
    "DROP TRIGGER audit_entries_are_not_replaced",
    "DROP TRIGGER audit_entries_are_not_changed",
)
"""The way back."""

LIVE_TRIGGERS = (
    "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_entries'"
)
"""Finds the names of those that are there."""
