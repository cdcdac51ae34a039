"""Every use case is measured and leaves a trace in the log: the decorator of public service methods."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import structlog

from .errors import AppError
from .metrics import USE_CASE_DURATION

log = structlog.get_logger("use_case")

Params = ParamSpec("Params")
Result = TypeVar("Result")


def use_case(
    name: str, *, changes: bool, public: bool = False
) -> Callable[[Callable[Params, Result]], Callable[Params, Result]]:
    """Measure a service method, and log the business event when it succeeds.

    Args:
        name: ``slice.verb``, as in ``orders.place``; label of the metric and name of the event.
        changes: whether it changes anything. Changes are INFO, queries DEBUG.
        public: whether everybody may do it. All others ask the policy: a test looks for the question.
    """

    def decorate(method: Callable[Params, Result]) -> Callable[Params, Result]:
        @wraps(method)
        def measured(*args: Params.args, **kwargs: Params.kwargs) -> Result:
            started = time.perf_counter()
            outcome = "failed"
            try:
                result = method(*args, **kwargs)
                outcome = "succeeded"
            except AppError:
                outcome = "refused"
                raise
            finally:
                USE_CASE_DURATION.labels(name, outcome).observe(time.perf_counter() - started)
            subject: Any = getattr(result, "id", None)
            facts = {} if subject is None else {"subject_id": str(subject)}
            (log.info if changes else log.debug)(name, **facts)
            return result

        # For tests, which find every use case and its policy by these.
        vars(measured).update(use_case_name=name, is_public=public)
        return measured

    return decorate
