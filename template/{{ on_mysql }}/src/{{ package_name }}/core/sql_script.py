"""Statements as the clients of MySQL and MariaDB read them from a file."""

import re

_WITH_A_BODY = re.compile(r"\s*CREATE (TRIGGER|PROCEDURE|FUNCTION|EVENT)\b", re.IGNORECASE)


def as_script(statement: str) -> str:
    """A statement, or a comment, with its end.

    The clients cut at the first semicolon, also inside of a body, unless they are given another end.

    >>> print(as_script("CREATE TRIGGER t BEFORE DELETE ON a FOR EACH ROW IF x THEN SIGNAL y; END IF;"))
    DELIMITER //
    CREATE TRIGGER t BEFORE DELETE ON a FOR EACH ROW IF x THEN SIGNAL y; END IF//
    DELIMITER ;
    <BLANKLINE>
    >>> as_script("DROP TRIGGER t;")
    'DROP TRIGGER t;'
    """
    if not _WITH_A_BODY.match(statement):
        return statement
    body = statement.strip().removesuffix(";")
    return f"DELIMITER //\n{body}//\nDELIMITER ;\n"
