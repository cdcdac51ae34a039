"""What those who run the service ask of it: health, metrics, the document and its page."""

from __future__ import annotations

import re
import time
from typing import Any
from urllib.parse import urljoin

import pytest

from tests.blackbox.client import Api
from tests.blackbox.metrics import counted, samples


@pytest.mark.rule("OBS-10")
def test_liveness_answers_200_without_looking_further(api: Api) -> None:
    started = time.monotonic()
    response = api.get("/health/live")

    assert response.status_code == 200
    assert response.json()["status"] == "ok"
    assert time.monotonic() - started < 2


@pytest.mark.rule("OBS-10")
@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics", "/openapi.json"])
def test_parameters_that_a_monitor_adds_are_ignored(api: Api, path: str) -> None:
    assert api.get(path, params={"t": "1712"}).status_code == 200


@pytest.mark.rule("OBS-10")
def test_readiness_names_each_component_and_its_state(api: Api) -> None:
    started = time.monotonic()
    response = api.get("/health/ready")

    assert response.status_code == 200
    assert response.json()["status"] == "ok"
    assert "database" in str(response.json())
    assert time.monotonic() - started < 2


@pytest.mark.rule("OBS-16")
def test_health_metrics_and_document_name_one_version(api: Api) -> None:
    version = api.get("/health/ready").json()["version"]
    labels = [text for text, _ in samples(api.get("/metrics").text, "build_info")]

    assert re.fullmatch(r"[0-9]+(\.[0-9a-z]+)+", version)
    assert labels != []
    assert [text for text in labels if f'version="{version}"' not in text] == []
    assert api.get("/openapi.json").json()["info"]["version"] == version


@pytest.mark.rule("OBS-10", "SEC-15")
def test_health_answers_carry_no_secret_and_are_not_cached(api: Api) -> None:
    response = api.get("/health/ready")

    assert response.headers["cache-control"] == "no-store"
    assert "://" not in response.text
    assert "password" not in response.text.lower()


@pytest.mark.rule("OBS-02")
def test_metrics_are_in_the_text_format_of_prometheus(api: Api) -> None:
    api.get("/health/live")

    response = api.get("/metrics")

    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain")
    line = re.compile(r"^(#.*|[a-zA-Z_:][a-zA-Z0-9_:]*(\{.*\})? [^ ]+)$")
    assert all(line.match(text) for text in response.text.splitlines() if text)


@pytest.mark.rule("OBS-01")
def test_unknown_paths_are_counted_together_whatever_they_are_called(api: Api) -> None:
    before = counted(api, status="404")
    for number in range(7):
        api.get(f"/v1/nowhere-{number}-{time.monotonic_ns()}")

    after = counted(api, status="404")

    assert sum(after.values()) - sum(before.values()) == 7
    assert not [labels for labels in after if "nowhere" in labels]


@pytest.mark.rule("API-10")
def test_openapi_document_is_served_and_complete_in_itself(api: Api) -> None:
    response = api.get("/openapi.json")

    document = response.json()
    assert response.status_code == 200
    assert document["openapi"].startswith("3.")
    assert document["info"]["title"]
    assert document["info"]["version"]
    for path in ("/health/live", "/health/ready", "/metrics"):
        assert path in document["paths"]
    for reference in references(document):
        assert resolve(document, reference) is not None


@pytest.mark.rule("API-07", "API-03")
def test_every_path_is_versioned_and_named_in_one_way(api: Api) -> None:
    paths = api.get("/openapi.json").json()["paths"]

    operational = re.compile(r"^/(health/(live|ready)|metrics|openapi\.json|docs)$")
    named = re.compile(r"^/v1(/([a-z][a-z0-9]*(-[a-z0-9]+)*|\{[a-z][a-z0-9_]*\}))+$")
    assert [path for path in paths if not operational.match(path) and not named.match(path)] == []


@pytest.mark.rule("API-01", "API-02")
def test_paths_name_things_in_the_plural_and_hold_no_verbs(api: Api) -> None:
    paths = api.get("/openapi.json").json()["paths"]

    verbs = {"create", "get", "update", "delete", "list", "add", "remove", "set", "fetch"}
    collections = {path.split("/")[2] for path in paths if path.startswith("/v1/")} - {"auth"}
    assert [name for name in collections if not name.endswith("s")] == []
    words = {word for path in paths for word in re.split(r"[/-]", path)}
    assert words & verbs == set()


@pytest.mark.rule("API-11")
def test_docs_page_shows_the_document_and_loads_nothing_from_elsewhere(api: Api) -> None:
    page = api.get("/docs")

    loaded = [urljoin("/docs", address) for address in LOADED.findall(page.text)]
    scripts = "".join(api.get(address).text for address in loaded if "bundle" not in address)
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert loaded
    assert [address for address in loaded if re.match(r"(https?:)?//", address)] == []
    assert "openapi.json" in page.text + scripts


@pytest.mark.rule("API-11", "SEC-16")
def test_everything_the_docs_page_loads_is_served_here_and_allowed(api: Api) -> None:
    page = api.get("/docs")

    loaded = [urljoin("/docs", address) for address in LOADED.findall(page.text)]
    answers = {address: api.get(address).status_code for address in loaded}
    assert set(answers.values()) == {200}
    policy = page.headers["content-security-policy"]
    assert "http:" not in policy
    assert "https:" not in policy
    assert "'unsafe-eval'" not in policy


LOADED = re.compile(r"""(?:src|href)\s*=\s*["']([^"']+)["']""")


def references(node: Any) -> list[str]:
    """Every `$ref` below a node of a document."""
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [found for value in node.values() for found in references(value)]
    if isinstance(node, list):
        return [found for value in node for found in references(value)]
    return []


def resolve(document: dict[str, Any], reference: str) -> Any:
    """What a local reference points at; None when it points nowhere."""
    node: Any = document
    for part in reference.removeprefix("#/").split("/"):
        node = node.get(part) if isinstance(node, dict) else None
    return node
