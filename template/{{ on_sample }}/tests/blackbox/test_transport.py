"""How the bytes travel: compression, and what is counted of it."""

from __future__ import annotations

import re
import sys

import pytest

from tests.blackbox.asking import UNKNOWN_ID
from tests.blackbox.catalogue import PRODUCTS, new_band, new_product, new_products, product_body
from tests.blackbox.client import Api
from tests.blackbox.metrics import counted


@pytest.mark.rule("PERF-03")
def test_large_answer_is_compressed_and_decodes_to_the_same(api: Api) -> None:
    band = new_band()
    new_products(api, [product_body(stock=band) for _ in range(50)])
    asked = {"min_stock": band}

    plain = api.get(PRODUCTS, params=asked, headers={"Accept-Encoding": "identity"})
    packed = api.get(PRODUCTS, params=asked, headers={"Accept-Encoding": "gzip"})

    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.json()["data"] == plain.json()["data"]
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 2


@pytest.mark.rule("PERF-03")
def test_answers_that_may_be_compressed_say_what_they_vary_by(api: Api) -> None:
    response = api.get("/openapi.json", headers={"Accept-Encoding": "gzip"})

    assert response.headers["content-encoding"] == "gzip"
    assert "accept-encoding" in response.headers["vary"].lower()


@pytest.mark.rule("PERF-03")
@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("br, gzip;q=0.5", "gzip"),
        ("GZIP", "gzip"),
        ("*", "gzip"),
        ("gzip;q=0", None),
        ("br", None),
    ],
)
def test_callers_get_gzip_if_they_say_that_they_can_unpack_it(
    api: Api, accepted: str, encoding: str | None
) -> None:
    response = api.get("/openapi.json", headers={"Accept-Encoding": accepted})

    assert response.headers.get("content-encoding") == encoding
    assert response.headers["vary"] == "Accept-Encoding"
    assert response.json()["openapi"]


@pytest.mark.rule("PERF-03")
def test_small_answer_is_left_plain(api: Api) -> None:
    response = api.get("/health/live", headers={"Accept-Encoding": "gzip"})

    assert "content-encoding" not in response.headers


@pytest.mark.rule("OBS-01")
def test_known_requests_change_the_counters_by_exact_amounts(api: Api) -> None:
    product = new_product(api)
    path = f"{PRODUCTS}/{product['id']}"
    template = "/v1/products/{product_id}"
    before = {
        status: sum(counted(api, route=template, status=status).values())
        for status in ("200", "404")
    }

    for _ in range(5):
        api.get(path)
    for _ in range(3):
        api.get(f"{PRODUCTS}/{UNKNOWN_ID}")

    after = {
        status: sum(counted(api, route=template, status=status).values())
        for status in ("200", "404")
    }
    assert {status: after[status] - before[status] for status in after} == {"200": 5, "404": 3}


@pytest.mark.rule("OBS-01")
def test_counters_carry_the_route_template_and_never_an_id(api: Api) -> None:
    product = new_product(api)
    api.get(f"{PRODUCTS}/{product['id']}")

    text = api.get("/metrics").text

    assert product["id"] not in text
    assert product["sku"] not in text


@pytest.mark.rule("OBS-01")
def test_duration_of_requests_is_measured_by_route_template(api: Api) -> None:
    new_product(api)

    text = api.get("/metrics").text

    measured = [line for line in text.splitlines() if "duration_seconds_bucket" in line]
    assert any('"/v1/products"' in line for line in measured)


@pytest.mark.rule("API-04", "ERR-01")
@pytest.mark.parametrize(
    ("path", "methods"),
    [
        (PRODUCTS, {"GET", "HEAD", "POST"}),
        (f"{PRODUCTS}/{UNKNOWN_ID}", {"GET", "HEAD", "PUT", "PATCH", "DELETE"}),
        ("/v1/product-batches", {"POST"}),
    ],
)
def test_options_is_no_method_of_ours_and_the_answer_names_those_that_are(
    api: Api, path: str, methods: set[str]
) -> None:
    response = api.request("OPTIONS", path)

    assert response.status_code == 405
    assert {name.strip() for name in response.headers["allow"].split(",")} == methods


def resident_bytes(api: Api) -> float:
    """The memory that the service's process holds."""
    found = re.search(
        r"^process_resident_memory_bytes (\S+)$", api.get("/metrics").text, re.MULTILINE
    )
    assert found is not None
    return float(found[1])


@pytest.mark.rule("PERF-10")
@pytest.mark.skipif(sys.platform != "linux", reason="the operating system tells this on Linux only")
def test_many_requests_leave_the_memory_level(api: Api) -> None:
    band = new_band()
    new_products(api, [product_body(stock=band) for _ in range(20)])
    asked = {"min_stock": band, "limit": 20}
    for _ in range(100):
        api.get(PRODUCTS, params=asked)
    before = resident_bytes(api)

    for _ in range(400):
        api.get(PRODUCTS, params=asked)

    assert resident_bytes(api) - before < 10_000_000
