"""Newton's laws."""

from __future__ import annotations

from bellwork.tasks.providers.llm.knowledge.shapes import Idea

FORCE_IDEAS = (
    Idea(
        names=("newton first law", "law of inertia", "=inertia"),
        area="motion",
        meaning=(
            "A thing at rest stays at rest, and a moving thing keeps its speed and direction, until a force that "
            "nothing cancels acts on it."
        ),
        how=(
            "Matter resists change: the more mass, the harder it is to start, to stop or to turn.",
            "That is why you feel thrown forward when a bus brakes: the bus slows down, and your body simply goes on.",
            "On Earth friction hides this, because it quietly stops almost everything.",
        ),
        apply=(
            "Look for the instant at which something changes its speed or direction here.",
            "Now look for the force that is to blame, because without one the change could not have happened.",
            "Between two such instants, picture the motion just going on by itself.",
        ),
        mistake=(
            "Many people think that motion needs a steady push.",
            "It needs none; on a rough floor the push is only there to cancel friction.",
        ),
        question="A cup stands on the roof of a car that suddenly drives off. Why does the cup fall off backward?",
        answer="It does not jump back; it stays where it was, and the car drives away underneath it.",
        short="No change of motion without a force that nothing cancels.",
        terms=("inertia", "balanced forces"),
    ),
    Idea(
        names=("newton second law", "force mass acceleration"),
        area="motion",
        meaning="The acceleration of a thing is the total force on it, divided by its mass.",
        how=(
            "Twice the force on the same thing gives twice the acceleration.",
            "The same force on twice the mass gives only half of it.",
            "What counts is the total: forces in opposite directions are subtracted before you divide.",
        ),
        apply=(
            "Choose one thing in this scene that speeds up, and suppose it has a mass of two kilograms.",
            (
                "If the total force on it is ten newtons, divide ten by two: it gains five meters per second, every "
                "second."
            ),
            "Now double the mass in your mind, and the same effort gives only half as much.",
        ),
        mistake=(
            "It is easy to mix up force and speed.",
            "A large force means that the speed is changing quickly, not that it is large already.",
        ),
        question=(
            "You push an empty cart and then a full one, both just as hard. The full one has three times the mass. "
            "How do their accelerations compare?"
        ),
        answer="The full cart gets one third of the acceleration of the empty one.",
        short="Acceleration is total force divided by mass.",
        terms=("force", "mass", "acceleration"),
    ),
    Idea(
        names=("newton third law", "action and reaction", "action reaction"),
        area="motion",
        meaning=(
            "Forces come in pairs: whenever one thing pushes or pulls another, the other pushes or pulls back just as "
            "hard, in the opposite direction."
        ),
        how=(
            "The two forces of a pair are born together and die together.",
            "They are equal in size, they point in opposite directions, and they act on two different things.",
            "Because they act on different things they never cancel each other, and each one changes its own thing.",
        ),
        apply=(
            "Pick one contact in this scene, any place where two things touch.",
            "Name the force that the first one puts on the second.",
            "The third law now hands you the partner for free: same size, opposite direction, acting on the first.",
        ),
        mistake=(
            "The classic slip is to say that the two forces of a pair cancel, so nothing could ever move.",
            "They cannot cancel, because they act on two different things; only forces on the same thing add up.",
        ),
        question="A large truck and a small car bump into each other. Which of the two feels the larger force?",
        answer="Both feel exactly the same force; the car just has less mass, and so its motion changes more.",
        short="Every push has a partner: equal, opposite and on the other thing.",
        terms=("action force", "reaction force", "force pairs"),
    ),
    Idea(
        names=("newton law", "law of motion"),
        area="motion",
        meaning=(
            "Three laws describe how forces and motion belong together: nothing changes its motion without a force, "
            "force equals mass times acceleration, and every force has an equal and opposite partner."
        ),
        how=(
            "The first law tells you when to look for a force: whenever a motion changes.",
            "The second law tells you how much changes: more force, more change; more mass, less change.",
            "The third law tells you where forces come from: always from another thing, which gets the same push back.",
        ),
        apply=(
            "Go through this scene three times, once for each law.",
            "First find a motion that changes; next guess the force and the mass behind it.",
            "Then find the other thing, the one that received the same force in the opposite direction.",
        ),
        mistake=(
            "It is tempting to treat the three laws as three separate facts to be learned by heart.",
            "They answer three different questions about the same event: when, how much, and from where.",
        ),
        question="You jump from a small boat to the shore. Why does the boat move away from you?",
        answer="To move you forward, the boat has to push you, and by the third law you push it backward just as hard.",
        short="Forces change motion, mass resists, and every force comes with a partner.",
        terms=("inertia", "acceleration", "force pairs"),
    ),
)
