"""Ideas about shapes, and about chance and data."""

from __future__ import annotations

from bellwork.tasks.providers.llm.knowledge.shapes import Idea

SHAPE_AND_CHANCE_IDEAS = (
    Idea(
        names=("pythagorean theorem", "pythagoras", "pythagorean"),
        area="shape",
        meaning=(
            "In a right triangle the squares over the two short sides together have the same area as the square over "
            "the longest side."
        ),
        how=(
            "Square the two short sides and add the results.",
            "The square root of that sum is the longest side.",
            "To find a short side instead, subtract before you take the root.",
        ),
        apply=(
            "Find the right angle in this scene, and sketch the triangle around it.",
            "Suppose the short sides measure six and eight: thirty-six and sixty-four make one hundred.",
            "The root is ten, so the direct way is ten, against fourteen around the corner.",
        ),
        mistake=(
            "Some people add the sides first and square afterwards.",
            "Three plus four is seven, but the longest side of that triangle is five.",
        ),
        question="A ladder leans on a wall. Its foot is three meters away, its top is four meters up. How long is it?",
        answer="Five meters, because nine and sixteen make twenty-five.",
        short="Square, add, take the root, and only with a right angle.",
        terms=("right angle", "hypotenuse"),
    ),
    Idea(
        names=("trigonometry", "sine", "cosine", "sine and cosine", "trigonometric function"),
        area="shape",
        meaning=(
            "In right triangles with the same angle the sides always have the same ratios, and these ratios are "
            "called sine, cosine and tangent."
        ),
        how=(
            "The sine is the opposite side divided by the longest one.",
            "The cosine is the side next to the angle divided by the longest one.",
            "Know one angle and one side, and every other side follows.",
        ),
        apply=(
            "Find a slanted line in this scene and the angle that it makes with the ground.",
            "Suppose it is thirty degrees and the line is ten meters long.",
            "The sine of thirty degrees is one half, so its upper end is five meters high.",
        ),
        mistake=(
            "Opposite and next to are easily mixed up when the sketch is turned round.",
            "Name the sides from the angle you are using, not from the look of the page.",
        ),
        question="A kite is on a string of forty meters, at an angle of thirty degrees. How high does it fly?",
        answer="Twenty meters, half of the string, because the sine of thirty degrees is one half.",
        short="Same angle, same ratios: that is all of trigonometry.",
        terms=("angle", "hypotenuse", "ratio"),
    ),
    Idea(
        names=("=circle", "circumference", "area of a circle"),
        area="shape",
        meaning=(
            "A circle is all the points at one distance from a center, and pi tells how its length and its area "
            "follow from that distance."
        ),
        how=(
            "The way around is a little more than three times the way across, and the exact factor is pi.",
            "The area is pi times the radius times the radius.",
            "Twice the radius therefore gives twice the way around, but four times the area.",
        ),
        apply=(
            "Find a circle in this scene, and guess its radius in meters.",
            "Multiply by two and by pi for the way around it.",
            "Square the radius and multiply by pi for the area, and compare the two results.",
        ),
        mistake=(
            "Radius and diameter are often swapped.",
            "The radius goes from the center to the edge, half of the way across.",
        ),
        question="A pizza with twice the radius costs twice as much. Is that a good deal?",
        answer="Yes, for twice the price you get four times the area.",
        short="Length grows with the radius, area with its square.",
        terms=("radius", "diameter", "circumference"),
    ),
    Idea(
        names=("probability", "theoretical probability"),
        area="chance",
        meaning="The probability of an event is the share of cases in which it happens, a number between zero and one.",
        how=(
            "If all outcomes are equally likely, divide the favorable ones by all of them.",
            "For two independent events in a row, multiply their probabilities.",
            "For the opposite of an event, subtract its probability from one.",
        ),
        apply=(
            "Count the tries and the successes in this scene and divide: that is your estimate.",
            "For two successes in a row, multiply the estimate by itself.",
            "For at least one failure, subtract that product from one.",
        ),
        mistake=(
            "After a losing streak a win seems to be due.",
            "Independent trials have no memory, so the chance is what it always was.",
        ),
        question="You roll two dice. What is the probability of two sixes?",
        answer="One thirty-sixth: one sixth times one sixth.",
        short="Favorable cases divided by all cases, and chance has no memory.",
        terms=("outcome", "event", "sample space"),
    ),
    Idea(
        names=("mean median", "=statistics", "=average", "mean median and mode", "standard deviation"),
        area="chance",
        meaning=(
            "Statistics describe many values by a few numbers: where the middle lies, and how far the values spread."
        ),
        how=(
            "The mean shares the total out equally; the median is the value in the middle of the row.",
            "One extreme value can drag the mean away, while the median hardly moves.",
            "The spread tells how much you can trust that a new value will be near the middle.",
        ),
        apply=(
            "Write down five values that this scene might give you.",
            "Put them in order and take the third one for the median; add them and divide by five for the mean.",
            "Now make the largest value huge, and watch which of the two moves.",
        ),
        mistake=(
            "The average is often taken for the usual.",
            "When one value is extreme, hardly anybody may be near the average.",
        ),
        question="Four friends have ten dollars each, and a fifth has one thousand. What is the median?",
        answer="Ten dollars, while the mean is two hundred and eight and describes none of them.",
        short="Middle and spread, and beware of the one extreme value.",
        terms=("mean", "median", "spread"),
    ),
)
