"""What makes the audit trail append-only, as PostgreSQL writes it.

Revisions use these statements: do not change them once one was released; add others.
"""

KEEP_AUDIT_ENTRIES = (
    """
CREATE FUNCTION keep_audit_entries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF EXISTS (SELECT 1 FROM audit_entries WHERE purged_before > OLD.occurred_at) THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'audit_entries: rows are never changed, and removed by a recorded purge only'
        USING ERRCODE = 'integrity_constraint_violation';
END
$$
""",
    """
CREATE TRIGGER audit_entries_are_kept BEFORE UPDATE OR DELETE ON audit_entries
FOR EACH ROW EXECUTE FUNCTION keep_audit_entries()
""",
    """
CREATE TRIGGER audit_entries_are_not_truncated BEFORE TRUNCATE ON audit_entries
FOR EACH STATEMENT EXECUTE FUNCTION keep_audit_entries()
""",
)
"""From then on, rows of ``audit_entries`` are never changed. They can be removed once an entry says, by a later
``purged_before``, that they were purged."""

RELEASE_AUDIT_ENTRIES = (
    "DROP TRIGGER audit_entries_are_not_truncated ON audit_entries",
    "DROP TRIGGER audit_entries_are_kept ON audit_entries",
    "DROP FUNCTION keep_audit_entries()",
)
"""The way back."""

LIVE_TRIGGERS = (
    "SELECT tgname FROM pg_trigger"
    " WHERE tgrelid = to_regclass('audit_entries') AND NOT tgisinternal"
)
"""Finds the names of those that are there."""
