"""Sizes of generated data."""

from dataclasses import fields

import pytest

from schema.seed.organizations import OrganizationSize, Sizes, part


def total(shapes: list[OrganizationSize], what: str) -> int:
    return sum(getattr(shape, what) for shape in shapes)


def test_the_demo_is_two_small_organizations() -> None:
    assert Sizes().shapes() == [OrganizationSize(tasks=120, users=8, workers=6, posts=12, comments=120, orders=15)] * 2


def test_the_number_of_tasks_determines_all_other_sizes() -> None:
    shapes = Sizes(tasks=200_000).shapes()
    assert len(shapes) == 20
    made = {what: total(shapes, what) for what in ("tasks", "users", "workers", "posts", "comments", "orders")}
    assert made == {
        "tasks": 200_000,
        "users": 2_000,
        "workers": 2_000,
        "posts": 20_000,
        "comments": 200_000,
        "orders": 25_000,
    }


def test_a_given_size_is_exact() -> None:
    shapes = Sizes(tasks=100, organizations=3, users=50, workers=20, posts=7, comments=11, orders=1).shapes()
    assert [total(shapes, what) for what in ("tasks", "users", "workers", "posts", "comments", "orders")] == [
        *(100, 50, 20, 7, 11, 1)
    ]


def test_every_organization_has_the_three_demo_users() -> None:
    assert [shape.users for shape in Sizes(tasks=10, users=0, organizations=2).shapes()] == [3, 3]


@pytest.mark.parametrize(("whole", "parts"), [(10, 3), (2, 5), (0, 4), (240, 2)])
def test_parts_are_nearly_equal_and_add_up(whole: int, parts: int) -> None:
    sizes = [part(whole, index, parts) for index in range(parts)]
    assert sum(sizes) == whole
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize("name", [field.name for field in fields(Sizes) if field.name != "seed"])
def test_a_negative_size_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="must not be negative"):
        Sizes(**{name: -1})


def test_every_size_has_a_description_for_the_command_line() -> None:
    assert all(field.metadata["help"] for field in fields(Sizes))
