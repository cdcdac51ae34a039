"""An answer is changed in a service that is in use: layers come and go, edits and rows stay."""

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.render import matrix
from tests.services import running
from tests.updates import releases
from tests.updates.conftest import Service
from tests.updates.test_update import NAME, conflicts, edit, lost

FILE = Path(".data/development/database.sqlite3")
ROWS = 1234


def test_a_layer_comes_and_goes_with_its_answer(service: Service) -> None:
    ours = service(database="sqlite", ci="none")
    before = releases.tracked(ours)

    releases.update(ours, releases.FIRST, ci="github")
    with_pipeline = releases.tracked(ours)
    releases.commit_all(ours, "A pipeline")
    releases.update(ours, releases.FIRST, ci="none")

    assert ".github/workflows/check.yml" in with_pipeline
    assert with_pipeline.keys() > before.keys()
    assert releases.tracked(ours) == before


def test_the_sample_can_be_dropped(service: Service) -> None:
    ours = service(database="sqlite")

    releases.update(ours, releases.FIRST, sample=False)

    # The tables of the sample stay until a revision drops them.
    assert releases.updated_files(ours) == releases.updated_files(service(database="sqlite", sample=False))


def test_callers_can_stay_signed_in_another_way(service: Service) -> None:
    ours = service(database="sqlite")

    releases.update(ours, releases.FIRST, auth="session")

    # README.md stays as it was written.
    assert releases.updated_files(ours) == releases.updated_files(service(database="sqlite", auth="session"))


# One for each way of reaching the database; Flask and FastAPI share theirs.
@pytest.mark.parametrize("framework", ["fastapi", "django"])
def test_jobs_come_later_and_go_again(service: Service, framework: str) -> None:
    """The team makes the revision of their tables itself, as for tables of its own."""
    ours = service(framework=framework, database="sqlite", task_queue="none")
    before = releases.tracked(ours)
    releases.run_service(ours, "demo_service", "migrate", "up")
    releases.run_service(ours, "scripts.seed", "--rows", "50")

    releases.update(ours, releases.FIRST, task_queue="celery")

    assert conflicts(ours) == []
    fresh = service(framework=framework, database="sqlite")
    assert releases.updated_files(ours) == releases.updated_files(fresh)
    releases.run_service(ours, "demo_service", "migrate", "new", "Jobs")
    releases.run_service(ours, "demo_service", "migrate", "up")
    assert "agrees" in releases.run_service(ours, "demo_service", "check-schema")
    with closing(sqlite3.connect(ours / FILE)) as connection:
        assert connection.execute("SELECT count(*) FROM jobs").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM products").fetchone() == (50,)
    releases.commit_all(ours, "Jobs")

    releases.update(ours, releases.FIRST, task_queue="none")
    assert {name: text for name, text in releases.tracked(ours).items() if name in before} == before


def test_a_broker_that_only_the_former_queue_could_use_is_left_behind(service: Service) -> None:
    ours = service(database="sqlite", broker="rabbitmq")

    releases.update(ours, releases.FIRST, task_queue="rq")

    assert releases.updated_files(ours) == releases.updated_files(service(database="sqlite", task_queue="rq"))


def test_a_service_from_before_there_were_jobs_gets_none_unasked(service: Service) -> None:
    ours = service(database="sqlite", task_queue="none")
    answers = ours / releases.ANSWERS
    text = answers.read_text(encoding="utf-8")
    answers.write_text(re.sub(r"^task_queue: none\n", "", text, flags=re.MULTILINE), encoding="utf-8")
    assert answers.read_text(encoding="utf-8") != text
    releases.commit_all(ours, "As an earlier release left it")

    releases.update(ours, releases.FIRST)

    assert releases.tracked(ours) == releases.tracked(service(database="sqlite", task_queue="none"))


def test_another_database_keeps_every_edit_and_every_row(service: Service) -> None:
    ours = service(database="sqlite")
    names = edit(ours, without=("compose.yaml", "migrations/versions/0001_initial.py"))
    (ours / "migrations/versions/0002_ours.py").unlink()  # not a real revision
    releases.commit_all(ours, "Only real revisions")
    first_revision = (ours / releases.ONCE_ONLY[2]).read_bytes()
    releases.run_service(ours, "demo_service", "migrate", "up")
    releases.run_service(ours, "scripts.seed", "--rows", str(ROWS))
    sold = place_orders(ours / FILE)

    releases.update(ours, releases.FIRST, database="postgresql")

    assert conflicts(ours) == []
    assert [name for name in lost(ours, names) if "0002_ours" not in name] == []
    updated = releases.tracked(ours)
    fresh = releases.tracked(service())
    assert set(fresh) <= set(updated), "no file of the new engine is missing"
    assert "psycopg" in updated[f"{NAME}/core/dialect.py"]
    assert "compose.yaml" in updated
    assert (ours / releases.ONCE_ONLY[2]).read_bytes() == first_revision
    assert {
        name: text for name, text in updated.items() if name in fresh and name not in (*names, *releases.ONCE_ONLY)
    } == {name: text for name, text in fresh.items() if name not in (*names, *releases.ONCE_ONLY)}

    source = f"sqlite:///{ours / FILE}"
    releases.run_service(ours, "demo_service", "migrate", "up")
    assert "agrees" in releases.run_service(ours, "demo_service", "check-schema")
    said = releases.run_service(ours, "scripts.copy_rows", source)

    assert f"products: {ROWS:,} rows" in said
    assert "order_lines: 1 rows" in said
    assert read_back(ours) == sold
    with pytest.raises(AssertionError, match=r"the target has rows already, in .*products"):
        releases.run_service(ours, "scripts.copy_rows", source)


@pytest.mark.parametrize("framework", [name for name in matrix.choices("framework") if name != "fastapi"])
def test_the_database_is_switched_with_every_framework(service: Service, framework: str) -> None:
    ours = service(framework=framework, database="sqlite")
    settings = ours / NAME / "settings.py"
    settings.write_text(settings.read_text(encoding="utf-8") + "\n\nOURS = 'a setting of our own'\n", encoding="utf-8")
    releases.commit_all(ours, "A setting of our own")
    releases.run_service(ours, "demo_service", "migrate", "up")
    releases.run_service(ours, "scripts.seed", "--rows", "50")

    releases.update(ours, releases.FIRST, database="postgresql")

    assert conflicts(ours) == []
    updated, fresh = releases.tracked(ours), releases.tracked(service(framework=framework))
    assert updated[f"{NAME}/settings.py"].endswith("OURS = 'a setting of our own'\n")
    for name in (f"{NAME}/settings.py", *releases.ONCE_ONLY):
        updated.pop(name, ""), fresh.pop(name, "")
    assert updated == fresh
    releases.run_service(ours, "demo_service", "migrate", "up")
    assert "agrees" in releases.run_service(ours, "demo_service", "check-schema")
    assert "products: 50 rows" in releases.run_service(ours, "scripts.copy_rows", f"sqlite:///{ours / FILE}")


# One for each way of reaching the database; Flask and FastAPI share theirs.
@pytest.mark.parametrize("framework", ["fastapi", "django"])
def test_rows_move_away_from_a_server(service: Service, framework: str) -> None:
    ours = service(framework=framework, database="mysql")
    with running.own_database("mysql") as source:
        releases.run_service(ours, "demo_service", "migrate", "up", DATABASE_URL=source)
        releases.run_service(ours, "scripts.seed", "--rows", "50", DATABASE_URL=source)

        releases.update(ours, releases.FIRST, database="sqlite")

        releases.run_service(ours, "demo_service", "migrate", "up")
        said = releases.run_service(ours, "scripts.copy_rows", source)

    assert "products: 50 rows" in said
    with closing(sqlite3.connect(ours / FILE)) as connection:
        assert connection.execute("SELECT count(*) FROM products").fetchone() == (50,)


def test_rows_are_refused_where_the_tables_differ(service: Service) -> None:
    ours = service(database="sqlite")
    empty = ours / "empty.sqlite3"
    with closing(sqlite3.connect(empty)) as connection:
        connection.execute("CREATE TABLE products (id TEXT)")

    with pytest.raises(AssertionError, match="the source is at revision none and has to be at 0003"):
        releases.run_service(ours, "scripts.copy_rows", f"sqlite:///{empty}")
    with pytest.raises(AssertionError, match="there is no database at /nowhere"):
        releases.run_service(ours, "scripts.copy_rows", "sqlite:////nowhere")
    with pytest.raises(AssertionError, match="'oracle' is unknown; rows come from mysql, postgresql, sqlite"):
        releases.run_service(ours, "scripts.copy_rows", "oracle://somewhere")


def place_orders(database: Path) -> dict[str, str]:
    """Put an order with one line into the file, in SQLite's own forms; returns what has to arrive."""
    order, customer = "01a1fc9b66db712c98ac07b3b9b803dc", "01a1fc9b66db712c98ac07b465a64efd"
    moment = "2026-02-03 04:05:06.789012"
    with closing(sqlite3.connect(database)) as connection, connection:
        (product,) = connection.execute("SELECT id FROM products ORDER BY sku LIMIT 1").fetchone()
        connection.execute("UPDATE products SET deleted_at = ? WHERE id = ?", (moment, product))
        connection.execute(
            "INSERT INTO orders (id, customer_id, status, total, currency, version, created_at, updated_at)"
            " VALUES (?, ?, 'paid', 500, 'EUR', 2, ?, ?)",
            (order, customer, moment, moment),
        )
        connection.execute(
            "INSERT INTO order_lines (order_id, position, product_id, quantity, unit_price) VALUES (?, 0, ?, 2, 250)",
            (order, product),
        )
    return {"order": order, "customer": customer, "product": product, "created": "2026-02-03T04:05:06.789012+00:00"}


def read_back(service: Path) -> dict[str, str]:
    """What arrived of that order, read by the service's own code from its own database."""
    (service / "read_back.py").write_text(
        "import json\n"
        "from sqlalchemy import text\n"
        "from demo_service.bootstrap import open_database\n"
        "from demo_service.settings import load_settings\n"
        "query = '''SELECT orders.id, customer_id, product_id, orders.created_at FROM orders\n"
        "JOIN order_lines ON order_id = orders.id JOIN products ON products.id = product_id\n"
        "WHERE products.deleted_at = orders.created_at'''\n"
        "with open_database(load_settings()).engine.connect() as connection:\n"
        "    order, customer, product, created = connection.execute(text(query)).one()\n"
        "print(json.dumps({'order': order.hex, 'customer': customer.hex, 'product': product.hex,\n"
        "                  'created': created.isoformat()}))\n",
        encoding="utf-8",
    )
    found: dict[str, str] = json.loads(releases.run_service(service, "read_back").splitlines()[-1])
    (service / "read_back.py").unlink()
    return found
