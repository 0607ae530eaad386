"""Ideas about change: how fast, and how fast it gets faster."""

from __future__ import annotations

from bellwork.tasks.providers.llm.knowledge.shapes import Idea

GROWTH_IDEAS = (
    Idea(
        names=("derivative", "differentiation"),
        area="number",
        meaning="The derivative tells how fast a quantity is changing at one single moment.",
        how=(
            "Take the average change over a short time, and then let that time shrink.",
            "The numbers settle on one value: the slope of the line that just touches the curve.",
            "Where the derivative is zero, the quantity is neither rising nor falling, as at the top of a hill.",
        ),
        apply=(
            "Choose a quantity in this scene that changes unevenly.",
            "Compare its average change over a minute, over a second, and over a blink.",
            "The value these averages settle on is the derivative at that moment.",
        ),
        mistake=(
            "A high value and a high derivative are easily confused.",
            "At the very top of a hill the height is largest, and its derivative is zero.",
        ),
        question="The speedometer of a car shows the derivative of which quantity?",
        answer="Of the distance covered: it tells how fast that is growing right now.",
        short="The derivative is the rate of change at one moment.",
        terms=("rate of change", "tangent line", "limit"),
    ),
    Idea(
        names=("exponential", "exponential function", "exponential growth", "exponent"),
        area="number",
        meaning="In exponential change a quantity is multiplied by the same factor in every equal step.",
        how=(
            "Doubling is the best known case: two, four, eight, sixteen.",
            "The growth looks harmless at first, because the early steps are small.",
            "Later each single step adds more than all the steps before it together.",
        ),
        apply=(
            "Suppose something in this scene doubles each week, starting from one.",
            "After five weeks there are thirty-two, after ten there are one thousand and twenty-four.",
            "Now ask what would run out first and put an end to it.",
        ),
        mistake=(
            "We expect the future to add what the past has added.",
            "Here it multiplies, and that is why such growth takes people by surprise.",
        ),
        question="A pond plant doubles its area each day and covers the pond on day thirty. When was it half covered?",
        answer="On day twenty-nine, just one doubling before the end.",
        short="Equal steps, equal factors: slow at first, then overwhelming.",
        terms=("exponent", "growth factor"),
    ),
)
