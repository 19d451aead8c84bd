"""Applicability of each mutant to the current sources, which finds stale ones without `make mutants`."""

import pytest

from tests.mutants.patches import Mutant, Unfit, read_mutants
from tests.support.checkout import ROOT

MUTANTS = read_mutants()


def test_there_are_twenty_mutants() -> None:
    assert len(MUTANTS) == 20
    assert len({mutant.fault for mutant in MUTANTS}) == 20


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_applies_and_names_a_test_file(mutant: Mutant) -> None:
    source = mutant.place(ROOT).read_text()
    assert mutant.mutate(source) != source
    assert (ROOT / mutant.killed_by).is_file()


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("text that no source has", "text", "is in: no file"),
        ("from typing import Any\n", "from typing import Never\n", "is in: graphql_app/"),
    ],
)
def test_a_stale_mutant_is_unfit(before: str, after: str, problem: str) -> None:
    mutant = Mutant("stale", "None.", "tests/mutants/test_patches.py", before, after)
    with pytest.raises(Unfit, match=problem):
        mutant.mutate(mutant.place(ROOT).read_text())


@pytest.mark.parametrize(("after", "problem"), [("# after", "same program"), ("if", "does not parse")])
def test_a_mutant_that_changes_no_code_is_unfit(after: str, problem: str) -> None:
    mutant = Mutant("comment", "None.", "tests/mutants/test_patches.py", "# before", after)
    with pytest.raises(Unfit, match=problem):
        mutant.mutate("value = 1  # before\n")
