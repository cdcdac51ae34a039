"""The tests themselves: named, asserting, complete in what they look at."""

import ast
import re

import pytest

from .source import (
    ROOT,
    Module,
    calls,
    imported_packages,
    modules,
    planted,
    project,
    public_service_methods,
    scopes,
    slice_modules,
)

TESTS = ROOT / "tests"
FEWEST_WORDS = 3
# A helper with such a name asserts for the test.
ASSERTING = re.compile(
    r"(^|[._])(assert|check|expect|validate|verify|call_and_validate|raises|warns|fail)"
)


def cases(module: Module) -> list[ast.FunctionDef]:
    """The tests of a module, also those in classes."""
    return [
        node
        for scope in scopes(module.tree)
        for node in scope
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test")
    ]


def files() -> list[Module]:
    """Every file with tests."""
    return [module for module in modules(TESTS) if module.last.startswith("test_")]


def asserts(node: ast.AST) -> bool:
    """Whether something below a node can fail the test on purpose."""
    return any(isinstance(one, ast.Assert) for one in ast.walk(node)) or any(
        ASSERTING.search(name) for _, name in calls(node)
    )


def badly_laid_out(module: Module) -> list[str]:
    """Tests that assert nothing, or do more after their last assertion."""
    return [
        f"{module.at(case)}: {case.name}"
        for case in cases(module)
        if not asserts(case) or not asserts(case.body[-1])
    ]


@pytest.mark.rule("TEST-11")
def test_every_test_ends_with_what_it_asserts() -> None:
    assert [problem for module in files() for problem in badly_laid_out(module)] == []


@pytest.mark.rule("TEST-11")
@pytest.mark.parametrize(
    "text",
    ["def test_a():\n    act()\n", "def test_a():\n    x = act()\n    assert x\n    more()\n"],
)
def test_a_planted_test_without_an_ending_is_found(text: str) -> None:
    assert len(badly_laid_out(planted(text, "test_planted"))) == 1


def badly_named(module: Module) -> list[str]:
    """Names too short to say anything, numbered ones, and names used twice."""
    names = [case.name for case in cases(module)]
    short = [name for name in names if len(name.split("_")) < FEWEST_WORDS + 1]
    numbered = [
        name
        for name in names
        if re.search(r"_\d+$", name) and len(name.split("_")) < FEWEST_WORDS + 3
    ]
    twice = [name for name in {*names} if names.count(name) > 1]
    return [f"{module.name}: {name}" for name in sorted({*short, *numbered, *twice})]


@pytest.mark.rule("TEST-12")
def test_every_name_of_a_test_says_what_is_expected() -> None:
    assert [problem for module in files() for problem in badly_named(module)] == []


@pytest.mark.rule("TEST-12")
@pytest.mark.parametrize("name", ["test_1", "test_product", "test_create_product_2"])
def test_a_planted_name_that_says_little_is_found(name: str) -> None:
    assert len(badly_named(planted(f"def {name}():\n    assert f()\n", "test_planted"))) == 1


@pytest.mark.rule("TEST-18")
def test_pytest_is_strict_and_alone() -> None:
    options = project()["tool"]["pytest"]["ini_options"]
    others = [
        module.name
        for module in modules(TESTS)
        if imported_packages(module.tree) & {"nose", "nose2", "behave", "testtools", "ward"}
        or any(
            ast.unparse(base).endswith("TestCase")
            for owner in ast.walk(module.tree)
            if isinstance(owner, ast.ClassDef)
            for base in owner.bases
        )
    ]

    assert {"--strict-markers", "--strict-config"} <= set(options["addopts"]) or options.get(
        "strict"
    )
    assert options["xfail_strict"] is True
    assert options["filterwarnings"][0] == "error"
    assert others == []


@pytest.mark.rule("TEST-10")
def test_the_floor_of_coverage_counts_lines_and_branches() -> None:
    coverage = project()["tool"]["coverage"]

    assert coverage["run"]["branch"] is True
    assert coverage["report"]["fail_under"] >= 85
    assert coverage["run"].get("omit", []) == []
    assert coverage["report"].get("omit", []) == []


def names_used(folder: str) -> set[str]:
    """Every attribute and name that the tests of a folder mention."""
    return {
        node.attr if isinstance(node, ast.Attribute) else node.id
        for module in modules(TESTS / folder)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute | ast.Name)
    }


@pytest.mark.rule("TEST-01", "TEST-19")
def test_every_use_case_and_every_domain_function_has_a_unit_test() -> None:
    domain = {
        node.name
        for module in slice_modules("entities")
        for scope in scopes(module.tree)
        for node in scope
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    }
    use_cases = {method.name for _, _, method in public_service_methods()}

    assert (domain | use_cases) - names_used("unit") == set()


@pytest.mark.rule("TEST-02")
def test_every_repository_method_has_an_integration_test() -> None:
    methods = {
        node.name
        for module in slice_modules("repository")
        for owner in module.tree.body
        if isinstance(owner, ast.ClassDef)
        for node in owner.body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    }

    assert methods - names_used("integration") == set()


@pytest.mark.rule("TEST-09")
def test_every_error_of_a_slice_is_expected_by_a_test() -> None:
    others = [module for module in modules(TESTS) if not module.name.startswith("rules.")]
    text = "\n".join(module.text for module in others)
    errors = {
        owner.name: ast.literal_eval(node.value)
        for module in slice_modules("entities", "service")
        for owner in module.tree.body
        if isinstance(owner, ast.ClassDef)
        for node in owner.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "code"
    }

    assert [name for name, code in errors.items() if name not in text and code not in text] == []
