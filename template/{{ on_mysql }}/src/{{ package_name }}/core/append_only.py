"""What makes the audit trail append-only, as MySQL and MariaDB write it.

Where the server writes a binary log, only an administrator may create triggers, unless its setting
``log_bin_trust_function_creators`` is on. ``TRUNCATE`` asks no trigger: it needs the right to drop tables, which
the service's own user can do without.

Revisions use these statements: do not change them once one was released; add others.
"""

# 1217 tells drivers of a broken constraint. The number of a plain SIGNAL they take for a server in trouble.
KEEP_AUDIT_ENTRIES = (
    """
CREATE TRIGGER audit_entries_are_not_changed BEFORE UPDATE ON audit_entries FOR EACH ROW
SIGNAL SQLSTATE '23000' SET MYSQL_ERRNO = 1217,
    MESSAGE_TEXT = 'audit_entries: rows are never changed'
""",
    """
CREATE TRIGGER audit_entries_are_kept BEFORE DELETE ON audit_entries FOR EACH ROW
IF NOT EXISTS (SELECT 1 FROM audit_entries WHERE purged_before > OLD.occurred_at) THEN
    SIGNAL SQLSTATE '23000' SET MYSQL_ERRNO = 1217,
        MESSAGE_TEXT = 'audit_entries: rows are removed by a recorded purge only';
END IF
""",
)
"""From then on, rows of ``audit_entries`` are never changed. They can be removed once an entry says, by a later
``purged_before``, that they were purged."""

RELEASE_AUDIT_ENTRIES = (
    "DROP TRIGGER audit_entries_are_kept",
    "DROP TRIGGER audit_entries_are_not_changed",
)
"""The way back."""

LIVE_TRIGGERS = (
    "SELECT trigger_name FROM information_schema.triggers"
    " WHERE trigger_schema = DATABASE() AND event_object_table = 'audit_entries'"
)
"""Finds the names of those that are there."""
