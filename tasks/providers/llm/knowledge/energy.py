"""Ideas about energy and heat."""

from __future__ import annotations

from bellwork.tasks.providers.llm.knowledge.shapes import Idea

ENERGY_IDEAS = (
    Idea(
        names=("conservation of energy", "energy conservation", "energy transformation"),
        area="energy",
        meaning="Energy can change its form and its place, but the total never grows and never shrinks.",
        how=(
            "A lifted thing has energy because of its height, and a moving thing because of its speed.",
            "On the way down the first turns into the second, amount for amount.",
            "Friction passes a part on as warmth, and that part still counts in the total.",
        ),
        apply=(
            "Find the highest point and the fastest point in this scene.",
            "At the first the energy is mostly stored, at the second it is mostly motion.",
            "Say what carried it from one to the other, and how much leaked away as warmth.",
        ),
        mistake=(
            "We say that we have no energy left, as if it could disappear.",
            "It has only gone to where we cannot use it any more, mostly into slightly warmer air.",
        ),
        question=(
            "A skateboarder rolls down one side of a ramp and up the other, not quite as high. Where did the rest go?"
        ),
        answer="Into warmth and sound, by friction in the wheels and in the air.",
        short="Forms change, owners change, the total stays.",
        terms=("kinetic energy", "potential energy", "heat"),
    ),
    Idea(
        names=("kinetic energy", "potential energy", "kinetic and potential energy"),
        area="energy",
        meaning=(
            "Kinetic energy is the energy of motion; potential energy is stored in a position or a shape, ready to be "
            "released."
        ),
        how=(
            "Twice the speed gives four times the kinetic energy, because speed counts squared.",
            "Twice the height gives just twice the potential energy.",
            "A swing trades one for the other, back and forth, all day long.",
        ),
        apply=(
            "Freeze this scene at three instants: the start, the middle and the end.",
            "For each one, say how much of the energy is stored and how much is motion.",
            "The bar for one shrinks by what the bar for the other gains.",
        ),
        mistake=(
            "Doubling the speed feels like doubling the danger.",
            "It is four times the energy, and so the braking distance is four times as long.",
        ),
        question="At which point of its path does a swing have the most kinetic energy, and where the most potential?",
        answer="It has most kinetic energy at the lowest point, and most potential energy at the two ends.",
        short="Stored energy and moving energy trade places.",
        terms=("kinetic energy", "potential energy"),
    ),
    Idea(
        names=("work and power", "work and energy", "=power"),
        area="energy",
        meaning="Work is energy handed over by a force along a path, and power tells how quickly that happens.",
        how=(
            "Multiply the force by the distance along its direction and you have the work.",
            "Divide the work by the seconds it took and you have the power.",
            "The same stairs cost the same work, walking or running; only the power is different.",
        ),
        apply=(
            "Find a force in this scene that moves something along a path.",
            "Guess the force in newtons and the path in meters, and multiply them.",
            "Now divide by the time it takes, and you have the power in watts.",
        ),
        mistake=(
            "Holding a heavy bag makes you tired, so it feels like work.",
            "In physics no work is done on the bag while it does not move.",
        ),
        question=(
            "Two students climb the same stairs and weigh the same; one needs half the time. Compare work and power."
        ),
        answer="Both do the same work, and the faster one has twice the power.",
        short="Work is force times path; power is work per second.",
        terms=("work", "power", "force"),
    ),
    Idea(
        names=("=heat", "thermodynamics", "=temperature", "heat transfer", "heat and temperature"),
        area="energy",
        meaning=(
            "Heat is energy that flows by itself from something warmer to something cooler, until both have the same "
            "temperature."
        ),
        how=(
            "Temperature tells how lively the particles move on average.",
            "Where warm meets cold, lively particles bump into lazy ones and pass on some of their motion.",
            "Energy travels by touch, by flowing air or water, and by radiation, which needs nothing in between.",
        ),
        apply=(
            "Look for the warmest and the coolest thing in this scene.",
            "Draw an arrow from the first to the second: that is the way the heat takes.",
            "Say which of the three ways it uses, and what would slow it down.",
        ),
        mistake=(
            "A metal rail feels colder than a wooden one on the same morning, so it seems to have a lower temperature.",
            "Both are equally cold; metal just carries the warmth of your hand away faster.",
        ),
        question="Why does a blanket keep ice cream cold as well as it keeps you warm?",
        answer="A blanket does not make warmth, it slows its flow, whichever way the flow goes.",
        short="Heat flows from warm to cool until both are equal.",
        terms=("heat", "temperature"),
    ),
)
