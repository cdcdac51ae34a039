"""The environment that hooks see."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from plumbum import local


@contextmanager
def present_environment() -> Iterator[None]:
    """Hand the environment as it is now to what Copier starts: plumbum would hand on that of its own import."""
    with local.env():
        local.env.clear()
        local.env.update(os.environ)
        yield
