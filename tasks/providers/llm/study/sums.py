"""Practice in numbers: as many different items of a difficulty as anybody wants, each with its answer worked out."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from bellwork.tasks.providers.llm.study.protocol import Item

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: How many items of one difficulty are tried before there are no more.
MOST = 400


def sums(subject: str, difficulty: int) -> Iterator[Item]:
    """Yield items of a difficulty from 1 to 10, in the same order each time."""
    drawn = Random(f"{subject.casefold()}|{difficulty}")  # noqa: S311 - figures of an exercise
    kinds = _KINDS[min((difficulty - 1) // 2, len(_KINDS) - 1)]
    for number in range(MOST):
        yield kinds[number % len(kinds)](drawn, difficulty)


def _sum(drawn: Random, difficulty: int) -> Item:
    a, b = drawn.randint(2, 20 * difficulty), drawn.randint(2, 20 * difficulty)
    return Item(question=f"What is {a} + {b}?", answer=str(a + b), explanation=f"Tens first, then ones: {a + b}.")


def _product(drawn: Random, difficulty: int) -> Item:
    a, b = drawn.randint(2, 6 + 2 * difficulty), drawn.randint(2, 12)
    return Item(question=f"What is {a} times {b}?", answer=str(a * b), explanation=f"{b} groups of {a} make {a * b}.")


def _linear(drawn: Random, difficulty: int) -> Item:
    a, x, b = drawn.randint(2, 3 + difficulty), drawn.randint(-9, 12), drawn.randint(1, 10 * difficulty)
    c = a * x + b
    return Item(
        question=f"Solve for x: {a}x + {b} = {c}",
        answer=f"x = {x}",
        explanation=f"Take {b} from both sides: {a}x = {c - b}. Divide both sides by {a}: x = {x}.",
    )


def _percent(drawn: Random, difficulty: int) -> Item:
    rate, part = drawn.choice((5, 10, 15, 20, 25, 40, 75)), drawn.randint(2, 5 * difficulty)
    whole = part * 20
    return Item(
        question=f"What is {rate}% of {whole}?",
        answer=str(rate * whole // 100),
        explanation=f"One percent of {whole} is {whole / 100:g}; {rate} times that is {rate * whole // 100}.",
    )


def _two_sides(drawn: Random, difficulty: int) -> Item:
    x, a, d = drawn.randint(-9, 9), drawn.randint(5, 6 + difficulty), drawn.randint(2, 4)
    b = drawn.randint(1, 30)
    c = (a - d) * x + b
    return Item(
        question=f"Solve for x: {a}x + {b} = {d}x + {c}",
        answer=f"x = {x}",
        explanation=f"Take {d}x and {b} from both sides: {a - d}x = {c - b}. So x = {x}.",
    )


def _quadratic(drawn: Random, _: int) -> Item:
    p, q = drawn.randint(1, 9), drawn.randint(1, 9)
    low, high = sorted((p, q))
    answer = f"x = {low}" if low == high else f"x = {low} or x = {high}"
    return Item(
        question=f"Solve for x: x² - {p + q}x + {p * q} = 0",
        answer=answer,
        explanation=f"Two numbers with the sum {p + q} and the product {p * q} are {low} and {high}: "
        f"(x - {low})(x - {high}) = 0.",
    )


def _pair(drawn: Random, _: int) -> Item:
    x, y, a, b = drawn.randint(-6, 9), drawn.randint(-6, 9), drawn.randint(2, 5), drawn.randint(2, 5)
    return Item(
        question=f"Solve: x + y = {x + y} and {a}x - {b}y = {a * x - b * y}",
        answer=f"x = {x}, y = {y}",
        explanation=f"Put y = {x + y} - x into the second line: {a + b}x = {a * x - b * y + b * (x + y)}. "
        f"So x = {x} and y = {y}.",
    )


def _derivative(drawn: Random, _: int) -> Item:
    a, n, b, at = drawn.randint(2, 9), drawn.randint(2, 4), drawn.randint(2, 9), drawn.randint(1, 4)
    power = "" if n == 2 else {3: "²", 4: "³"}[n]  # noqa: PLR2004 - the exponents that are drawn
    exponent = {2: "²", 3: "³", 4: "⁴"}[n]
    value = a * n * at ** (n - 1) + b
    return Item(
        question=f"f(x) = {a}x{exponent} + {b}x. What is f'({at})?",
        answer=str(value),
        explanation=f"f'(x) = {a * n}x{power} + {b}, and at {at} that is {value}.",
    )


_KINDS: tuple[tuple[Callable[[Random, int], Item], ...], ...] = (
    (_sum, _product),
    (_linear, _percent),
    (_linear, _two_sides, _percent),
    (_quadratic, _two_sides, _pair),
    (_quadratic, _pair, _derivative),
)
