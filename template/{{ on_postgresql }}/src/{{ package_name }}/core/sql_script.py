"""Statements as the client of PostgreSQL reads them from a file."""


def as_script(statement: str) -> str:
    """A statement, or a comment, with its end. What is quoted by ``$$`` may hold semicolons."""
    return statement
