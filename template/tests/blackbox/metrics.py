"""Reading the request counter out of the text that Prometheus gets."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tests.blackbox.client import Api

REQUESTS = "http_requests_total"
SAMPLE = re.compile(r"^(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)\{(?P<labels>.*)\} (?P<value>\S+)$")


def samples(text: str, name: str) -> Iterable[tuple[str, float]]:
    """Label text and value of every sample of a metric."""
    for line in text.splitlines():
        found = SAMPLE.match(line)
        if found and found["name"] == name:
            yield found["labels"], float(found["value"])


def counted(api: Api, **labels: str) -> dict[str, float]:
    """The requests counted so far that carry all the given labels, by their whole label text."""
    wanted = [f'{name}="{value}"' for name, value in labels.items()]
    found = samples(api.get("/metrics").text, REQUESTS)
    return {text: value for text, value in found if all(part in text for part in wanted)}
