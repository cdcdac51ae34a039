"""Mail as the slices see it, and the two ways in which it leaves.

Only jobs send mail: a request never waits for a mail server (rule JOB-02). Each message carries an identifier of
its own that stays the same when it is sent again, so a receiver knows a repetition.
"""

import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Protocol
from urllib.parse import unquote, urlsplit

import structlog

from .tls import is_local

log = structlog.get_logger("mail")

TIMEOUT_SECONDS = 10.0
"""How long the mail server may take for each step."""


class MailAway(Exception):
    """The mail server does not answer, or takes no message now: try again later.

    That it will have nothing to do with us counts as well: somebody has to change a setting, and no mail is lost.
    """

    def __init__(self, reason: str = "it does not answer, or takes nothing now") -> None:
        super().__init__(reason)


class MailRefused(Exception):
    """The message is not taken, now or later: its receiver or its text will not do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A message to one receiver.

    Attributes:
        id: the same whenever this message is sent again; ASCII letters, digits, ``.`` and ``-``.
        to: address of the receiver.
        subject: one line.
        text: plain text.
        sent_at: the moment that it bears, UTC.
    """

    id: str
    to: str = field(repr=False)
    subject: str
    text: str = field(repr=False)
    sent_at: datetime


class Mailer(Protocol):
    """Sends mail."""

    def send(self, mail: Mail) -> None:
        """Hand a message over.

        Raises:
            MailAway: it was not taken, and may be later.
            MailRefused: it will never be taken.
        """
        ...


class ConsoleMailer:
    """Shows messages in the log, for development: nothing leaves the machine."""

    def send(self, mail: Mail) -> None:
        """Log it, but for the address, which no log shows."""
        log.info("mail.shown", id=mail.id, to=mail.to, subject=mail.subject, text=mail.text)


class SmtpMailer:
    """Hands messages to a mail server.

    Args:
        url: ``smtp://user:password@host:587`` (TLS by STARTTLS, unless the server is this machine), or
            ``smtps://`` for TLS from the first byte.
        sender: address that messages come from.
    """

    def __init__(self, url: str, *, sender: str) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or ""
        self._over_tls = parts.scheme == "smtps"
        self._port = parts.port or (465 if self._over_tls else 587)
        self._user = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password or "")
        self._sender = sender

    def send(self, mail: Mail) -> None:
        """Over a connection of its own."""
        message = EmailMessage(policy=SMTP)
        message["From"], message["Subject"] = self._sender, mail.subject
        message["Date"] = format_datetime(mail.sent_at)
        message["Message-ID"] = f"<{mail.id}@{self._sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(mail.text, cte="quoted-printable")  # every server takes that
        _address(message, mail.to)
        try:
            server = self._connection()
            try:
                server.send_message(message, to_addrs=[mail.to])
            finally:
                _leave(server)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise (MailRefused if min(codes, default=0) >= _PERMANENT else MailAway) from error
        except smtplib.SMTPDataError as error:
            raise (MailRefused if error.smtp_code >= _PERMANENT else MailAway) from error
        except smtplib.SMTPAuthenticationError as error:
            raise MailAway("it does not take our name and password") from error
        except smtplib.SMTPSenderRefused as error:
            raise MailAway("it does not take our address") from error
        except (OSError, smtplib.SMTPException) as error:
            raise MailAway from error

    def _connection(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self._over_tls:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self._host, self._port, timeout=TIMEOUT_SECONDS, context=context
            )
        else:
            server = smtplib.SMTP(self._host, self._port, timeout=TIMEOUT_SECONDS)
        try:
            if not self._over_tls and not is_local(self._host):
                server.starttls(context=context)
            if self._user is not None:
                server.login(self._user, self._password)
        except BaseException:
            server.close()
            raise
        return server


def _address(message: EmailMessage, to: str) -> None:
    """Name the receiver. The library decodes what looks like an encoded word, so the result is looked at.

    Raises:
        MailRefused: it would be somebody else, or several.
    """
    try:
        message["To"] = to
    except ValueError as error:
        raise MailRefused from error
    if [address.addr_spec for address in message["To"].addresses] != [to]:
        raise MailRefused


def _leave(server: smtplib.SMTP) -> None:
    """Say goodbye. Whether the message was taken is known by now, whatever the server answers."""
    with suppress(OSError, smtplib.SMTPException):
        server.quit()
    server.close()


_PERMANENT = 500
"""From here on a reply says that trying again is useless (RFC 5321, section 4.2.1)."""
