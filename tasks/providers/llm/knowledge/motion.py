"""Ideas about things that slide, fall, bump and speed up."""

from __future__ import annotations

from bellwork.tasks.providers.llm.knowledge.shapes import Idea

MOTION_IDEAS = (
    Idea(
        names=("friction",),
        area="motion",
        meaning="Friction is the force between two touching surfaces that works against their sliding past each other.",
        how=(
            "Even smooth surfaces are rough when you look closely enough, and their bumps catch on each other.",
            "The harder the surfaces are pressed together, the more friction there is.",
            "Starting to slide takes more force than keeping on sliding, which is why heavy boxes move with a jerk.",
        ),
        apply=(
            "Find two surfaces in this scene that press on each other.",
            "Ask which way they would slide if there were no friction at all.",
            "Friction points the other way, and here you can see whether it hinders or helps.",
        ),
        mistake=(
            "Friction has a reputation for being nothing but a nuisance.",
            (
                "Without it no shoe could grip and no knot could hold: walking works because the floor does not let "
                "you slip."
            ),
        ),
        question="Why is it harder to walk on ice than on stone, though your legs are just as strong?",
        answer="Ice gives less friction, so it cannot push you forward as strongly when you push it backward.",
        short="Friction works against sliding, and we need it for every step.",
        terms=("friction", "normal force", "surface"),
    ),
    Idea(
        names=("gravity", "free fall", "gravitation"),
        area="motion",
        meaning=(
            "Gravity is the pull between all things that have mass; near the ground it makes everything fall with the "
            "same acceleration."
        ),
        how=(
            "Each second of free fall adds about ten meters per second to the speed.",
            "A heavy thing is pulled harder, but it is also harder to speed up, and the two effects cancel exactly.",
            "Only air spoils the race, because it holds back light and wide things more.",
        ),
        apply=(
            "Find something in this scene that leaves the ground or leaves a hand.",
            "On its way up it loses ten meters per second each second, at the top it stands still for an instant.",
            "Then it gains the same speed on its way down.",
        ),
        mistake=(
            "Almost everybody feels that heavy things should fall faster.",
            "Without air they do not: on the Moon a hammer and a feather landed side by side.",
        ),
        question="You throw a ball straight up. Which force acts on it at the very top of its flight?",
        answer="Gravity, as strong as ever: the ball stands still for an instant, but its velocity goes on changing.",
        short="Gravity gives everything the same acceleration, whatever its mass.",
        terms=("gravity", "acceleration", "weight"),
    ),
    Idea(
        names=("momentum",),
        area="motion",
        meaning=(
            "Momentum is mass times velocity, and when things act only on each other, their momentum adds up to the "
            "same total before and after."
        ),
        how=(
            "A slow heavy thing and a fast light thing can have the same momentum.",
            "To change momentum you need a force and time: a longer time allows a smaller force.",
            "That is why you bend your knees when you land, and why cars have soft zones.",
        ),
        apply=(
            "Find two things in this scene that meet or push off from each other.",
            "Add their momenta before, with a minus sign for the opposite direction.",
            "After the meeting the sum is the same, only shared out in another way.",
        ),
        mistake=(
            "People often think that momentum is another word for force.",
            "Force is what changes momentum; momentum is what a moving thing already has.",
        ),
        question="Two skaters stand face to face and push off. One has twice the mass. How do their speeds compare?",
        answer="The lighter one moves off twice as fast, so that their momenta cancel, as they did at the start.",
        short="Momentum is mass times velocity, and its total is kept.",
        terms=("momentum", "impulse", "collision"),
    ),
    Idea(
        names=("acceleration", "velocity", "speed and velocity", "kinematics"),
        area="motion",
        meaning=(
            "Velocity tells how fast something moves and in which direction; acceleration tells how quickly that "
            "velocity changes."
        ),
        how=(
            "Speed is distance divided by time, and a velocity is a speed with an arrow on it.",
            "If the velocity grows by three meters per second in each second, the acceleration is three.",
            "Turning a corner at a steady speed is also acceleration, because the arrow swings round.",
        ),
        apply=(
            "Choose one thing that moves here, and guess its velocity at the start and at the end.",
            "Subtract the first from the second.",
            "Divide by the seconds in between, and you have the average acceleration.",
        ),
        mistake=(
            "High speed and high acceleration are not the same thing.",
            "An airliner in the sky is very fast and hardly accelerates at all.",
        ),
        question=(
            "A cyclist goes from two to eight meters per second in three seconds. What is the average acceleration?"
        ),
        answer="Six meters per second gained in three seconds: two meters per second, every second.",
        short="Velocity is speed with direction; acceleration is its change per second.",
        terms=("speed", "velocity", "acceleration"),
    ),
)
