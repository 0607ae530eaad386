"""The worlds of cooking and art."""

from __future__ import annotations

from bellwork.tasks.providers.llm.worlds.shapes import World

COOKING = World(
    names=("cooking", "baking", "food", "kitchen", "cuisine"),
    place="into the kitchen",
    hooks=(
        (
            "Butter hisses in the pan, and the smell reaches the door before you do. Something is about to change, "
            "and it cannot be changed back."
        ),
        "The recipe says until golden. The clock says eight minutes, your nose says now, and one of them is right.",
    ),
    scenes={
        "motion": (
            "A cook pulls the pan toward himself and flips a pancake. The pan pushes the pancake up, the pancake "
            "pushes the pan down, and for a moment only gravity is at work."
        ),
        "energy": (
            "A pot of cold water stands on the hot plate. Energy moves from the plate into the metal, from the metal "
            "into the water, and some of it gets lost into the kitchen air."
        ),
        "waves": (
            "The timer beeps, and you hear it in the next room, though you cannot see it. Meanwhile the microwave "
            "shakes the water in your soup with waves that nobody hears."
        ),
        "electricity": (
            "The toaster lever goes down and closes the circuit. Current flows through thin wires that resist it, and "
            "they begin to glow."
        ),
        "number": (
            "The oven starts at twenty degrees and gets ten degrees warmer in every minute. The temperature starts at "
            "twenty and climbs by equal steps."
        ),
        "shape": (
            "A cake tin is six inches wide and eight inches long. One cut from corner to corner, and you have two "
            "right triangles and one long side to decorate."
        ),
        "chance": "Of the last twenty eggs from this farm, five had two yolks. You tap the next one against the bowl.",
        "matter": (
            "Sugar melts in the pan, turns brown and starts to smell of caramel. Next to it water boils away, and "
            "yeast fills the dough with bubbles of gas."
        ),
        "life": (
            "Yeast wakes up in warm water with a little sugar. Millions of tiny cells feed, divide and breathe out "
            "the gas that lifts the bread."
        ),
        "code": (
            "A recipe says: stir, taste, and add salt until it is right. The cook repeats three steps and asks the "
            "same question after every spoon."
        ),
        "general": (
            "Two cooks follow the same recipe, and only one cake rises. They go through it line by line to find the "
            "single step in which they differ."
        ),
    },
    homework="you stand in the kitchen",
    visual="a kitchen with a steaming pan",
)
ART = World(
    names=("art", "drawing", "painting", "design", "fashion", "sculpture", "crafts", "comics"),
    place="into the studio",
    hooks=(
        (
            "A blank sheet, one pencil, and the first line that decides about all the others. You hold your breath "
            "and draw."
        ),
        "The paint is still wet, and something is not right yet. You take three steps back, and suddenly you see it.",
    ),
    scenes={
        "motion": (
            "A potter presses both hands on a lump of clay on the turning wheel. Her hands push the clay, the clay "
            "pushes her hands, and the rub between them slows the wheel down."
        ),
        "energy": (
            "The kiln glows, and a clay bowl stands inside. Energy streams from the hot walls into the bowl until "
            "both are equally hot, and after that it leaks out for two days."
        ),
        "waves": (
            "A red and a green lamp shine on a white wall, and where they overlap it is yellow. The paint on the "
            "canvas does the reverse: it swallows some colors and sends back the rest."
        ),
        "electricity": (
            "A sculpture of wire has a battery in its base and a lamp in its hand. The lamp shines only as long as "
            "the figure closes the loop."
        ),
        "number": (
            "A comic has four pages of introduction and then six pages for each chapter. The number of pages starts "
            "at four and grows by six each time."
        ),
        "shape": (
            "A canvas is six hand widths high and eight wide. To see whether its corners are square, the painter "
            "measures the diagonal."
        ),
        "chance": (
            "A printmaker pulls twenty sheets from one plate, and twelve are perfect. The next sheet already lies "
            "under the press."
        ),
        "matter": (
            "A drop of ink falls into clear water and unfolds like a cloud. Nobody stirs, and yet after an hour the "
            "whole glass is pale blue."
        ),
        "life": (
            "The eye of a painter wanders over a face. Cells at the back of the eye catch the light, nerves carry the "
            "pattern away, and the hand moves before she has thought about it."
        ),
        "code": (
            "A pattern for a quilt is a list of orders: one square, turn, one triangle, repeated eight times. If the "
            "row is even, start with the triangle."
        ),
        "general": (
            "Take one painting and cover a third of it with your hand. What is still there, what is missing, and "
            "which part held everything together?"
        ),
    },
    homework="you draw something or look at a picture",
    visual="an artist's table with brushes and color",
)
