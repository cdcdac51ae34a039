"""Where code may stand: handlers, services, repositories and the database each in their place."""

import ast
import re
import sys

import pytest

from .source import (
    SOURCE,
    Module,
    calls,
    functions,
    imported_packages,
    imports,
    modules,
    planted,
    project,
    public_service_methods,
    slice_modules,
    use_case_modules,
)

MAX_HANDLER_LINES = 30
MAX_PUBLIC_METHODS = 12
MAX_CONSTRUCTOR_PARAMETERS = 6
DRIVERS = {
    "psycopg",
    "psycopg_pool",
    "psycopg2",
    "asyncpg",
    "pymysql",
    "MySQLdb",
    "mysql",
    "sqlite3",
    "aiosqlite",
}
# The slice's queries, and the core's own: connection, tables, store and migrations.
QUERY_MODULES = {"repository", "models"}
DATABASE_CORE = {
    "database",
    "dialect",
    "embedded",
    "tables",
    "keyset",
    "encrypted_columns",
    "idempotency_store",
    "migrations",
}
METHODS = {"get", "post", "put", "patch", "delete"}


def handlers(module: Module) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The functions of a module that answer requests."""
    return [
        function
        for function in functions(module.tree)
        if any(
            isinstance(decorator, ast.Call)
            and isinstance(decorator.func, ast.Attribute)
            and decorator.func.attr in METHODS
            for decorator in function.decorator_list
        )
    ]


def thick(module: Module) -> list[str]:
    """Handlers that loop, catch errors, are long, or see what lies below the service."""
    found = []
    for handler in handlers(module):
        if handler.body[-1].end_lineno - handler.body[0].lineno > MAX_HANDLER_LINES:  # type: ignore[operator]
            found.append(f"{module.at(handler)}: {handler.name} is long")
        found += [
            f"{module.at(node)}: {handler.name} loops or catches"
            for node in ast.walk(handler)
            if isinstance(node, ast.For | ast.AsyncFor | ast.While | ast.Try)
        ]
    below = re.compile(r"^sqlalchemy|\.models|\.repository|core\.database|core\.tables")
    found += [
        f"{module.at(node)}: imports {name}"
        for node, name in imports(module.tree)
        if below.search(name)
    ]
    return found


@pytest.mark.rule("ARCH-02")
def test_handlers_parse_call_and_reply() -> None:
    assert [problem for module in slice_modules("routes") for problem in thick(module)] == []


@pytest.mark.rule("ARCH-02")
@pytest.mark.parametrize(
    "text",
    [
        "@router.get('/x')\ndef f():\n    for a in b:\n        c(a)\n",
        "@router.post('/x')\ndef f():\n    try:\n        g()\n    except ValueError:\n        h()\n",
        "from .repository import SqlProductRepository\n",
        "@router.get('/x')\ndef f():\n" + "    a = 1\n" * 40,
    ],
)
def test_a_planted_thick_handler_is_found(text: str) -> None:
    assert len(thick(planted(text, "products.routes"))) == 1


def foreign_queries(module: Module) -> list[str]:
    """Query code outside the modules that are there for it."""
    package, _, last = module.name.rpartition(".")
    if last in QUERY_MODULES or (package == "core" and last in DATABASE_CORE):
        return []
    if "migrations" in module.name.split("."):
        return []
    found = []
    for node, name in imports(module.tree):
        if name.split(".")[0] in {"sqlalchemy", *DRIVERS}:
            found.append(f"{module.at(node)}: imports {name}")
    for call, name in calls(module.tree):
        if name.rsplit(".", 1)[-1] in {"execute", "executemany", "scalars", "exec_driver_sql"}:
            found.append(f"{module.at(call)}: {name}()")
    found += [
        f"{module.at(node)}: {ast.unparse(node)}"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and node.attr in {"objects", "_default_manager"}
    ]
    return found


@pytest.mark.rule("ARCH-04")
def test_queries_stand_in_repositories_only() -> None:
    assert [problem for module in modules() for problem in foreign_queries(module)] == []


@pytest.mark.rule("ARCH-04")
@pytest.mark.parametrize(
    "text",
    [
        "from sqlalchemy import select\n",
        "def f(work):\n    work.connection.execute(q)\n",
        "def f(sku):\n    return ProductRow.objects.filter(sku=sku)\n",
    ],
)
def test_a_planted_query_in_a_service_is_found(text: str) -> None:
    assert len(foreign_queries(planted(text))) == 1


def constructions(module: Module) -> list[str]:
    """Calls in a service that build what should have been handed in."""
    pattern = re.compile(
        r"(Repository|Client|Session|Engine|Connection|Database|SystemClock|Policy|UnitOfWork)$"
    )
    return [
        f"{module.at(call)}: {name}()"
        for call, name in calls(module.tree)
        if pattern.search(name)
        or name in {"create_engine", "datetime.now", "datetime.utcnow", "time.time"}
    ]


@pytest.mark.rule("ARCH-05")
def test_services_build_nothing_they_depend_on() -> None:
    assert [problem for module in use_case_modules() for problem in constructions(module)] == []


@pytest.mark.rule("ARCH-05")
@pytest.mark.parametrize("call", ["SqlProductRepository(c)", "SystemClock()", "datetime.now(UTC)"])
def test_a_planted_construction_is_found(call: str) -> None:
    assert (
        len(constructions(planted(f"class A:\n    def f(self, c):\n        return {call}\n"))) == 1
    )


@pytest.mark.rule("ARCH-06")
def test_services_stay_small() -> None:
    counts: dict[str, int] = {}
    for module, owner, _ in public_service_methods():
        key = f"{module.name}.{owner.name}"
        counts[key] = counts.get(key, 0) + 1
    parameters = {
        f"{module.name}.{owner.name}": len(method.args.args) - 1 + len(method.args.kwonlyargs)
        for module in use_case_modules()
        for owner in module.tree.body
        if isinstance(owner, ast.ClassDef)
        for method in owner.body
        if isinstance(method, ast.FunctionDef) and method.name == "__init__"
    }

    assert {name: count for name, count in counts.items() if count > MAX_PUBLIC_METHODS} == {}
    assert {n: count for n, count in parameters.items() if count > MAX_CONSTRUCTOR_PARAMETERS} == {}


def loose_transactions(module: Module) -> list[str]:
    """Commits and rollbacks outside the unit of work."""
    if module.name in {"core.database", "core.dialect", "core.migrations", "core.embedded"}:
        return []
    return [
        f"{module.at(call)}: {name}()"
        for call, name in calls(module.tree)
        if name.rsplit(".", 1)[-1] in {"commit", "rollback", "begin", "begin_nested"}
        and "." in name
        and not call.args  # what takes something begins something else
    ]


@pytest.mark.rule("ARCH-08")
def test_only_the_unit_of_work_commits() -> None:
    assert [problem for module in modules() for problem in loose_transactions(module)] == []


@pytest.mark.rule("ARCH-08")
def test_a_planted_commit_is_found() -> None:
    module = planted("def f(connection):\n    connection.commit()\n", "products.repository")

    assert len(loose_transactions(module)) == 1


@pytest.mark.rule("ARCH-15")
def test_entities_know_the_standard_library_and_one_another_only() -> None:
    plain = {"core.errors", "core.money", "core.identifiers"}
    foreign = [
        f"{module.name}: {name}"
        for module in slice_modules("entities")
        for _, name in imports(module.tree)
        if (
            name.split(".")[0] not in sys.stdlib_module_names
            if not name.startswith(".")
            else not any(name.lstrip(".").startswith(part) for part in (*plain, "entities"))
        )
    ]

    assert foreign == []


@pytest.mark.rule("DB-01", "ARCH-11")
def test_drivers_are_imported_by_the_dialect_only() -> None:
    found = [
        module.name
        for module in modules()
        if imported_packages(module.tree) & DRIVERS
        and module.name not in {"core.dialect", "core.embedded"}
    ]

    assert found == []


def asks_the_policy(method: ast.FunctionDef, owner: ast.ClassDef) -> bool:
    """Whether a use case, or a helper of its class that it calls, asks what the actor may do."""
    helpers = {
        node.name: node
        for node in owner.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("_")
    }
    waiting, seen = [method], {method.name}
    while waiting:
        for _, name in calls(waiting.pop()):
            if name in {"authorise", "self._policy.allows"}:
                return True
            helper = name.removeprefix("self.")
            if helper in helpers and helper not in seen:
                seen.add(helper)
                waiting.append(helpers[helper])
    return False


def unguarded(found: list[tuple[Module, ast.ClassDef, ast.FunctionDef]]) -> list[str]:
    """Use cases that take no actor, and those that neither ask the policy nor say that they are public."""
    problems = []
    for module, owner, method in found:
        if "actor" not in [argument.arg for argument in method.args.kwonlyargs]:
            problems.append(f"{module.at(method)}: {method.name} takes no actor")
        public = any("public=True" in ast.unparse(one) for one in method.decorator_list)
        if public == asks_the_policy(method, owner):
            problems.append(f"{module.at(method)}: {method.name} asks nobody, or asks for nothing")
    return problems


@pytest.mark.rule("AUTH-06")
def test_every_use_case_asks_the_policy_unless_it_is_public() -> None:
    assert unguarded(public_service_methods()) == []


@pytest.mark.rule("AUTH-06")
@pytest.mark.parametrize(
    ("decorator", "parameters", "body", "problems"),
    [
        ("changes=True", "*, actor", "self._g()", 1),
        ("changes=False", "*, actor", "self._g()", 1),
        ("changes=True", "", "authorise(self._policy, actor, WRITE)", 1),
        ("changes=True, public=True", "*, actor", "authorise(self._policy, actor, WRITE)", 1),
        ("changes=True, public=True", "*, actor", "self._g()", 0),
        ("changes=False", "*, actor", "authorise(self._policy, actor, READ)", 0),
    ],
)
def test_a_planted_use_case_that_asks_nobody_is_found(
    decorator: str, parameters: str, body: str, problems: int
) -> None:
    module = planted(
        f"class A:\n    @use_case('a.b', {decorator})\n    def f(self, {parameters}): {body}\n"
    )
    owner = module.tree.body[0]
    assert isinstance(owner, ast.ClassDef)
    method = owner.body[0]
    assert isinstance(method, ast.FunctionDef)

    assert len(unguarded([(module, owner, method)])) == problems


def readers_of_credentials(module: Module) -> list[str]:
    """Code of a slice that looks at what callers show, where the gate has done so already."""
    names = {"authorization", "x-api-key"}
    return [
        f"{module.at(node)}: {ast.unparse(node)}"
        for node in ast.walk(module.tree)
        if (isinstance(node, ast.Constant) and str(node.value).lower() in names)
        or (isinstance(node, ast.Name) and node.id == "API_KEY_HEADER")
        or (isinstance(node, ast.arg) and node.arg.replace("_", "-") in names)
    ]


@pytest.mark.rule("AUTH-04")
def test_no_handler_reads_the_headers_that_the_gate_reads() -> None:
    assert [
        problem for module in slice_modules("routes") for problem in readers_of_credentials(module)
    ] == []


@pytest.mark.rule("AUTH-04")
@pytest.mark.parametrize(
    "text",
    [
        "def f(request):\n    return request.headers['Authorization']\n",
        "def f(request):\n    return request.headers.get(API_KEY_HEADER)\n",
        "def f(x_api_key: Annotated[str, Header()]):\n    return 1\n",
    ],
)
def test_a_planted_handler_that_reads_credentials_is_found(text: str) -> None:
    assert len(readers_of_credentials(planted(text, "products.routes"))) == 1


@pytest.mark.rule("LOG-07", "OBS-17")
def test_every_use_case_is_measured_and_named() -> None:
    bare = [
        f"{module.at(method)}: {method.name}"
        for module, _, method in public_service_methods()
        if not any(ast.unparse(d).startswith("use_case(") for d in method.decorator_list)
    ]
    names = [
        ast.unparse(decorator.args[0])
        for _, _, method in public_service_methods()
        for decorator in method.decorator_list
        if isinstance(decorator, ast.Call) and decorator.args
    ]

    assert bare == []
    assert len(names) == len(set(names))


@pytest.mark.rule("PERF-05")
def test_handlers_of_slices_run_in_threads() -> None:
    coroutines = [
        f"{module.at(handler)}: {handler.name}"
        for module in slice_modules("routes")
        for handler in handlers(module)
        if isinstance(handler, ast.AsyncFunctionDef)
    ]

    assert coroutines == []
    assert "ASYNC" in project()["tool"]["ruff"]["lint"]["select"]


@pytest.mark.rule("ARCH-01", "ARCH-03", "ARCH-10")
def test_the_import_contracts_cover_every_slice() -> None:
    contracts = {entry["id"]: entry for entry in project()["tool"]["importlinter"]["contracts"]}
    folders = {path.parent.name for path in SOURCE.glob("*/service.py")}
    if not folders:
        assert "core" in contracts
        return
    layered = {name.rsplit(".", 1)[-1] for name in contracts["layers"]["containers"]}
    independent = {name.rsplit(".", 1)[-1] for name in contracts["slices"]["modules"]}

    assert layered == folders
    assert independent == folders
    assert any(".service" in name for name in contracts["services"]["source_modules"])
