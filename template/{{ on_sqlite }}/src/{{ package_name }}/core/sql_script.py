"""Statements as the client of SQLite reads them from a file."""


def as_script(statement: str) -> str:
    """A statement, or a comment, with its end. It knows where the body of a trigger ends."""
    return statement
