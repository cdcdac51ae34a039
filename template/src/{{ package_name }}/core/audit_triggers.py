"""Whether the triggers are there that keep the audit trail as it is: no model knows of them."""

import re
from collections.abc import Iterable

from .append_only import KEEP_AUDIT_ENTRIES

_WANTED = frozenset(re.findall(r"CREATE TRIGGER (\w+)", "".join(KEEP_AUDIT_ENTRIES)))


def lost_triggers(live: Iterable[str]) -> list[str]:
    """The triggers that a schema lacks, each in a sentence.

    A table that was built anew, as some engines do to change a column, has lost them.

    Args:
        live: names of those it has: what ``LIVE_TRIGGERS`` of ``append_only.py`` finds.
    """
    return [
        f"audit_entries: the trigger {name} is missing" for name in sorted(_WANTED.difference(live))
    ]
