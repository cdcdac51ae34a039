"""Revisions as Alembic reads them, for the tests of their rules. Each persistence layer has such a module."""

from pathlib import Path

PLANTED = Path("migrations/versions/0009_planted.py")
"""Where tests put a revision, in a copy of the repository."""
NAME = "0009"
"""What that revision is called."""
TELLS_OF_TABLES = "migrations/env.py"
"""The file that names every slice, so that its tables are known."""

ONE_WAY = (
    "def upgrade():\n    op.x()\n",
    "def upgrade():\n    op.x()\n\n\ndef downgrade():\n    pass\n",
    "def upgrade():\n    op.x()\n\n\ndef downgrade():\n    '''No.'''\n",
)
"""Revisions that cannot be taken back."""

GOOD = '''"""Add a note to keys.

Purpose: support wants to see why a key was used.
Impact: one nullable column; old code ignores it.
Locking: short, no rewrite of the table.
Rollback: drops the column with what it holds.
"""

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0001"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("idempotency_keys", sa.Column("note", sa.Text(), comment="Why"))


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("idempotency_keys", "note")
'''
"""A revision that nobody would send back."""
_UP = 'op.add_column("idempotency_keys", sa.Column("note", sa.Text(), comment="Why"))'
_DOWN = 'op.drop_column("idempotency_keys", "note")'
WITHOUT_WAY_BACK = (f"    {_DOWN}\n", "", "downgrade")
"""What to replace in it so that it goes one way only, by what, and the word that the check says then."""


def running(statement: str) -> str:
    """The revision, made to run a statement on its way up and on its way down."""
    step = f'op.execute("{statement}")'
    return GOOD.replace(_UP, step).replace(_DOWN, step).replace("import sqlalchemy as sa\n", "")
