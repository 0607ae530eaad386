"""Ideas about how living things keep going, inside their cells."""

from __future__ import annotations

from bellwork.tasks.providers.llm.knowledge.shapes import Idea

CELL_IDEAS = (
    Idea(
        names=("photosynthesis",),
        area="life",
        meaning=(
            "In photosynthesis plants use sunlight to build sugar from water and carbon dioxide, and release oxygen."
        ),
        how=(
            "Green chlorophyll in the leaves catches the light.",
            "With that energy water is split, and its oxygen leaves through tiny openings in the leaf.",
            "What is left of the water joins with carbon dioxide to become glucose, food and building material in one.",
        ),
        apply=(
            "Follow the energy in this scene back, step by step, to where it came from.",
            "Muscles live on food, food comes from plants or from animals that ate plants, and plants live on light.",
            "So everything that moves here runs on stored sunshine.",
        ),
        mistake=(
            "It looks as if plants take their food from the soil.",
            "The soil gives water and a pinch of minerals; most of a tree is made from air.",
        ),
        question="A plant in a bright room gets no carbon dioxide at all. What happens to its growth?",
        answer="It stops, because without carbon dioxide there is nothing to build the sugar from.",
        short="Light, water and carbon dioxide go in; sugar and oxygen come out.",
        terms=("chlorophyll", "glucose", "carbon dioxide"),
    ),
    Idea(
        names=("cellular respiration", "=respiration", "aerobic respiration"),
        area="life",
        meaning="In cellular respiration cells release the energy in glucose step by step, with the help of oxygen.",
        how=(
            "Sugar is taken apart in many small steps, so that nothing burns.",
            "Most of the work is done in the mitochondria, the power stations of the cell.",
            "What comes out is carbon dioxide, water and energy in small, handy portions.",
        ),
        apply=(
            "Choose somebody in this scene who is working hard and breathing fast.",
            "Follow one breath of oxygen through the lungs and the blood into a muscle cell.",
            "There it meets the sugar, and the carbon dioxide travels the same way back.",
        ),
        mistake=(
            "Breathing and respiration sound like the same thing.",
            "Breathing moves air; respiration happens inside every cell, day and night, in plants as well.",
        ),
        question="Why do you breathe faster when you climb stairs?",
        answer="Your muscle cells release more energy, so they need more oxygen and make more carbon dioxide.",
        short="Sugar and oxygen go in; energy, water and carbon dioxide come out.",
        terms=("glucose", "oxygen", "mitochondria"),
    ),
    Idea(
        names=("cell structure", "=cell", "cell biology", "parts of a cell"),
        area="life",
        meaning="A cell is the smallest unit of life, a tiny workshop with a wall, a plan and machines.",
        how=(
            "The membrane decides what comes in and what goes out.",
            "The nucleus keeps the plans, and small machines build proteins after them.",
            "Mitochondria supply the energy that keeps all of this running.",
        ),
        apply=(
            "Treat this scene as if it were a cell.",
            "Who guards the entrance, who keeps the plan, who builds, and who brings the energy?",
            "If you can assign all four tasks, you know the main parts of a cell.",
        ),
        mistake=(
            "Textbook drawings make cells look flat and calm.",
            "They are round and crowded, and everything in them is moving all the time.",
        ),
        question="Which part of a cell would you expect in large numbers in a muscle, and why?",
        answer="Mitochondria, because a muscle needs a great deal of energy.",
        short="Wall, plan, machines and power in one tiny space.",
        terms=("membrane", "nucleus", "mitochondria"),
    ),
    Idea(
        names=("mitosis", "cell division"),
        area="life",
        meaning="In mitosis one cell becomes two cells with exactly the same genetic instructions.",
        how=(
            "First every chromosome is copied.",
            "Then the copies line up in the middle, and one of each pair is pulled to either side.",
            "At last the cell pinches in between, and two complete cells go their own ways.",
        ),
        apply=(
            "Imagine everybody in this scene copying their full set of instructions.",
            "The two sets line up, face to face, and are drawn apart to opposite sides.",
            "Each side now has everything it needs to go on alone.",
        ),
        mistake=(
            "Dividing sounds as if each new cell got only half.",
            "The instructions are copied first, so each one gets the whole set.",
        ),
        question="A skin cell with forty-six chromosomes divides. How many does each new cell have?",
        answer="Forty-six, exactly as many as before.",
        short="Copy, line up, pull apart, divide.",
        terms=("chromosome", "nucleus", "cell cycle"),
    ),
)
