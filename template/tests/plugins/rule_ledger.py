"""Records which engineering rules the tests of a run proved (see docs/rules.md).

A test names its rules: `@pytest.mark.rule("API-15")`. An id that rules/catalogue.json does not know
stops the run before the first test. With xdist the workers hand the marks over with their reports,
and the controller alone writes.
"""

from collections import defaultdict

import pytest

from scripts.rules import ROOT, Outcome, fingerprint, load_catalogue, marked_tests, record

TEST = "rule-ledger-test"
RULES = "rule-ledger-rules"


class Recorder:
    """Collects the outcomes of the marked tests of one run."""

    def __init__(self) -> None:
        # The code as it is now: if a file changes while the tests run, the record is out of date.
        self.code = fingerprint()
        self.phases: dict[str, dict[str, str]] = defaultdict(dict)
        self.rules: dict[str, set[str]] = defaultdict(set)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the worst phase of each test; an expected failure proves nothing either."""
        properties = dict(report.user_properties)
        if TEST not in properties:
            return
        test = str(properties[TEST])
        self.rules[test].update(str(properties[RULES]).split())
        word = "skipped" if hasattr(report, "wasxfail") else report.outcome
        worst = max(self.phases[test].get(report.nodeid, "passed"), word, key=_badness)
        self.phases[test][report.nodeid] = worst

    def pytest_sessionfinish(self) -> None:
        """Write what was seen."""
        outcomes = {
            test: Outcome(
                test,
                passed=sum(word == "passed" for word in seen.values()),
                failed=sum(word == "failed" for word in seen.values()),
                skipped=sum(word == "skipped" for word in seen.values()),
                rules=tuple(sorted(self.rules[test])),
            )
            for test, seen in self.phases.items()
        }
        if outcomes:
            record(outcomes, self.code)


def _badness(word: str) -> int:
    return ("passed", "skipped", "failed").index(word)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the mark; record in the process that sees every report."""
    config.addinivalue_line(
        "markers", "rule(*ids): the engineering rules this test proves, by their ids in rules/"
    )
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Recorder(), "rule-recorder")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Refuse a mark that names no rule before anything runs."""
    if hasattr(session.config, "workerinput"):
        return
    known = load_catalogue()
    wrong = [
        f"{test}: {rule!r}"
        for test, rules in marked_tests().items()
        for rule in sorted(rules - known.keys())
    ]
    if wrong:
        raise pytest.UsageError(
            "marked with rules that rules/catalogue.json does not know:\n" + "\n".join(wrong)
        )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tie each marked test to its name in the source."""
    for item in items:
        rules = {str(rule) for mark in item.iter_markers("rule") for rule in mark.args}
        if not rules:
            continue
        classes = [node.name for node in item.listchain() if isinstance(node, pytest.Class)]
        path = item.path.relative_to(ROOT).as_posix()
        function = getattr(item, "originalname", None) or item.name.split("[")[0]
        item.user_properties.append((TEST, "::".join([path, *classes, function])))
        item.user_properties.append((RULES, " ".join(sorted(rules))))
