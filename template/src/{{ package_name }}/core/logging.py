"""Structured logs: one JSON object a line, from our own code and from every library alike.

Every line has ``timestamp`` (RFC 3339, UTC), ``level`` (ERROR, WARN, INFO, DEBUG), ``message``,
``request_id`` and ``user_id`` (null outside a request). Secrets and personal data are masked, by the
name of the field and by the look of the text. ``docs/logging.md`` says what belongs on which level.
"""

import logging
import sys

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from .context import request_id_var, user_id_var
from .masking import redacted

_PLAIN_IDS = {"timestamp", "request_id", "user_id", "subject_id"}
_LEVELS = {"warning": "WARN", "critical": "ERROR", "exception": "ERROR"}


def configure_logging(*, level: str, console: bool) -> None:
    """Send all logging of the process to standard output, in one form.

    Args:
        level: least level that is written: DEBUG, INFO, WARN or ERROR.
        console: lines for people instead of JSON.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        _add_context,
    ]
    renderer: list[Processor] = (
        [
            structlog.processors.format_exc_info,
            redact,
            # Plain tracebacks: pretty ones show the values of variables, secrets among them.
            structlog.dev.ConsoleRenderer(
                colors=sys.stdout.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
        ]
        if console
        else [
            structlog.processors.format_exc_info,
            structlog.processors.EventRenamer("message"),
            redact,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING if level == "WARN" else level)
    for name in list(logging.root.manager.loggerDict):
        library = logging.getLogger(name)
        library.handlers.clear()
        library.propagate = True
    logging.captureWarnings(capture=True)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *[step for step in shared if not isinstance(step, structlog.stdlib.ExtraAdder)],
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _add_context(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:  # noqa: ARG001
    event.setdefault("request_id", request_id_var.get())
    event.setdefault("user_id", user_id_var.get())
    level = str(event.get("level", method))
    event["level"] = _LEVELS.get(level, level.upper())
    return event


def redact(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:  # noqa: ARG001
    """Mask what must not be logged, wherever it stands in the event."""
    return {
        name: value if name in _PLAIN_IDS else redacted(name, value)
        for name, value in event.items()
    }
