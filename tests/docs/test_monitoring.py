"""Dashboard, alert rules and table of metrics in docs/: their metrics exist, and Prometheus can read their queries."""

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from graphql_app.telemetry.metrics import NAMESPACE, SAMPLED, Metrics, Sample
from tests.docs.code_blocks import ROOT

MONITORING = ROOT / "docs" / "monitoring"
PAGE = (ROOT / "docs" / "operations.md").read_text()
RULES = yaml.safe_load((MONITORING / "alerts.yml").read_text())["groups"][0]["rules"]
PANELS = json.loads((MONITORING / "grafana.json").read_text())["panels"]
QUERIES = [target["expr"] for panel in PANELS for target in panel["targets"]]
NAME = re.compile(rf"\b{NAMESPACE}_\w+")


def names() -> set[str]:
    """Return the names of all time series of a server."""
    metrics = Metrics()
    totals = {name for name in SAMPLED if name in TOTALS}
    metrics.record(Sample(dict.fromkeys(SAMPLED.keys() - totals, 0), dict.fromkeys(totals, 0)))
    metrics.answered("name", ["CODE"], ["CODE"], 0.1)
    found = set()
    for family in metrics.registry.collect():
        if family.type == "histogram":
            found |= {family.name + end for end in ("_bucket", "_sum", "_count")}
        else:
            found.add(family.name + ("_total" if family.type == "counter" else ""))
    return found


TOTALS = {
    "pool_discarded", "documents_read", "plans_made", "statements_compiled", "statements", "batches", "batch_keys",
    "cost", "cpu_seconds", "operations_shed",
}  # fmt: skip
TABLE = PAGE.partition("\n## Metrics\n")[2]
DOCUMENTED = {name for row in re.findall(r"^\| (`workline_.*?) \|", TABLE, re.MULTILINE) for name in NAME.findall(row)}


def test_the_page_lists_every_metric() -> None:
    ends = re.compile(r"_(bucket|sum|count)$")
    assert {ends.sub("", name) for name in names()} == DOCUMENTED


@pytest.mark.parametrize("query", [*QUERIES, *(rule["expr"] for rule in RULES)])
def test_a_query_uses_metrics_that_exist(query: str) -> None:
    assert set(NAME.findall(query)) <= names()


@pytest.mark.parametrize("rule", RULES, ids=[rule["alert"] for rule in RULES])
def test_an_alert_has_a_section_with_its_remedy(rule: dict[str, dict[str, str]]) -> None:
    assert rule["annotations"]["runbook"] == f"docs/operations.md#{str(rule['alert']).lower()}"
    assert f"\n### {rule['alert']}\n" in PAGE


def test_the_panels_do_not_overlap() -> None:
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in PANELS]
    assert len(set(places)) == len(places)


@pytest.mark.packaging
def test_prometheus_accepts_the_alerts_and_the_queries_of_the_dashboard(tmp_path: Path) -> None:
    find = ["sh", str(ROOT / ".make" / "find-promtool"), str(tmp_path / "prometheus")]
    promtool = subprocess.run(find, capture_output=True, text=True, check=True).stdout.strip()
    queries = [
        {"record": f"query:{index}", "expr": each.replace("$__rate_interval", "5m")}
        for index, each in enumerate(QUERIES)
    ]
    (tmp_path / "queries.yml").write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": queries}]}))
    for file, count in ((MONITORING / "alerts.yml", len(RULES)), (tmp_path / "queries.yml", len(QUERIES))):
        done = subprocess.run([promtool, "check", "rules", file], capture_output=True, text=True, check=True)
        assert f"SUCCESS: {count} rules found" in done.stdout
