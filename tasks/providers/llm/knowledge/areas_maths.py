"""How to look at numbers, shapes and chance."""

from __future__ import annotations

from bellwork.tasks.providers.llm.knowledge.shapes import Area

NUMBER = Area(
    name="number",
    words=(
        "math algebra equation variable function linear quadratic slope fraction ratio percent calculus derivative "
        "integral limit exponent exponential logarithm polynomial inequality sequence number graph matrix vector "
        "factor"
    ),
    meaning="It belongs to the mathematics of relations: how one quantity depends on another.",
    how=(
        "Name the thing you do not know, and write down what you do know about it.",
        "Turn the sentence into an equation, then change both sides in the same way until the unknown stands alone.",
        "At the end, put your result back into the first sentence and see whether it is true.",
    ),
    apply=(
        "Name the two quantities in this scene that belong together.",
        "Say which one you can choose, and which one follows from it.",
        "Make a small table with three rows before you write any formula, and look for what stays the same.",
    ),
    mistake=(
        "The usual slip is to move symbols around by habit and lose track of what they stand for.",
        "Say each line out loud as a sentence about real things, and the slip becomes easy to hear.",
    ),
    question="A taxi costs four dollars to start and two dollars for each mile. What does a ride of six miles cost?",
    answer="Sixteen dollars: four to start, and six times two on top.",
    short="Name the unknown, write the relation, solve it, and check the answer against the story.",
)
SHAPE = Area(
    name="shape",
    words=(
        "geometry triangle angle circle area volume perimeter pythagorean pythagoras trigonometry sine cosine tangent "
        "polygon symmetry congruent similar transformation parallel coordinate"
    ),
    meaning="It belongs to geometry: what can be known about shapes from a few lengths and angles.",
    how=(
        "Make a sketch and mark on it everything you know.",
        "Look for a simple figure inside the complicated one, most often a triangle or a circle.",
        "Use what is always true of that simple figure to find the length or the angle that is missing.",
    ),
    apply=(
        "Look for the simple figure in this scene, and sketch it with three lines.",
        "Mark the lengths and angles that you could measure.",
        "Whatever is left without a mark is what geometry will tell you for free.",
    ),
    mistake=(
        "It is easy to trust the look of a sketch.",
        "A corner that looks square is only square if you know it is, so mark what is given and prove the rest.",
    ),
    question="Two angles of a triangle are fifty and sixty degrees. How large is the third?",
    answer="Seventy degrees, because the three together always make one hundred and eighty.",
    short="Sketch it, find the simple figure in it, and use what is always true of that figure.",
)
CHANCE = Area(
    name="chance",
    words=(
        "probability statistic mean median mode average data distribution deviation random sample chance correlation "
        "regression survey combinatorics permutation"
    ),
    meaning="It belongs to the mathematics of chance and data: what can be said when nothing is certain.",
    how=(
        "Count all the ways in which things can turn out, and the ways that interest you.",
        "The share of one in the other is a number between zero and one: the probability.",
        "With few trials that share jumps about, and with many trials it settles down.",
    ),
    apply=(
        "List everything that could happen next in this scene.",
        "Mark the outcomes that count as a success and see what share of the list they make up.",
        "Then ask how many trials you would need to see before you trusted that share.",
    ),
    mistake=(
        "After a row of failures many people feel that a success is due.",
        "Chance has no memory: if the trials are independent, the next one knows nothing of the last.",
    ),
    question="A fair coin has landed on heads five times in a row. What is the chance of heads on the next toss?",
    answer="Still one half, because the coin remembers nothing.",
    short="Count the possibilities, take the share, and do not trust a handful of trials.",
)
