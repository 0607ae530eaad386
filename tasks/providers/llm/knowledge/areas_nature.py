"""How to look at matter, life, programs, and anything else."""

from __future__ import annotations

from bellwork.tasks.providers.llm.knowledge.shapes import Area

MATTER = Area(
    name="matter",
    words=(
        "atom molecule chemistry chemical bond reaction acid base periodic element compound mole ion solution gas "
        "liquid solid state matter density stoichiometry oxidation isotope nucleus polymer"
    ),
    meaning="It belongs to the study of matter: what things are made of, and how they turn into other things.",
    how=(
        "Everything you can touch is made of particles far too small to see, and they never stop moving.",
        "Particles that attract each other stay together; enough energy pulls them apart again.",
        "In every change the particles are only rearranged, so none is lost and none appears from nowhere.",
    ),
    apply=(
        "Choose one material in this scene and zoom in until you can imagine its particles.",
        "Ask how tightly they hold each other, and how fast they move.",
        "Then say what the particles do in the change you see: do they only spread out, or do they find new partners?",
    ),
    mistake=(
        "What vanishes from sight has not stopped existing.",
        "Dissolved sugar and burned wood are still there as particles, in the water and in the air.",
    ),
    question="You burn a candle inside a closed jar that stands on a scale. What does the scale show afterwards?",
    answer="The same as before, because every particle is still inside the jar.",
    short="Matter is particles, and change is particles in a new arrangement.",
)
LIFE = Area(
    name="life",
    words=(
        "biology cell gene dna protein photosynthesis respiration evolution selection ecosystem mitosis meiosis organ "
        "enzyme bacteria virus heredity species organism plant animal muscle blood nerve ecology"
    ),
    meaning="It belongs to the study of life: how living things are built, how they keep going and how they change.",
    how=(
        "Ask of each part of a living thing what it does and what it needs for that.",
        "Structure and task fit together, because what worked well was passed on.",
        "Nothing in a body works alone, so follow the materials and the messages from one part to the next.",
    ),
    apply=(
        "Pick one living thing in this scene and one task that it has to manage right now.",
        "Follow what it takes in, what it does with it, and what it gives back.",
        "Then ask which part of it would fail first if the supply stopped.",
    ),
    mistake=(
        "It sounds natural to say that living things change because they want to.",
        "They do not plan it: differences arise by chance, and the ones that help are passed on more often.",
    ),
    question="Why do your muscles need both food and oxygen when you run?",
    answer="Cells use oxygen to release the energy stored in food; with only one of the two the supply runs short.",
    short="Ask what each part does, what it needs, and what it hands on.",
)
CODE = Area(
    name="code",
    words=(
        "algorithm code program programming loop recursion variable function array sort search data structure binary "
        "computer software boolean debugging network"
    ),
    meaning="It belongs to computer science: how to say what should happen so exactly that a machine can do it.",
    how=(
        "Break the task down until every step is too simple to be misunderstood.",
        "Put the steps in order, repeat the ones that recur, and decide at each fork which way to go.",
        "Then play computer: follow your own steps on paper with a small example, exactly as they are written.",
    ),
    apply=(
        "Write down the steps of this scene as orders for somebody who has never seen it.",
        "Mark the step that is repeated, and the fact that tells you when to stop.",
        "Then look for the decision: which question is asked, and what happens for each answer?",
    ),
    mistake=(
        "Most errors do not come from hard ideas but from steps that seemed too obvious to write down.",
        "The machine does what you wrote, not what you meant.",
    ),
    question="A loop should count from one to ten but prints only one to nine. Where would you look first?",
    answer="At the condition that ends the loop: it stops one step too early.",
    short="Small steps, in order, with clear decisions, tested on a small example.",
)
GENERAL = Area(
    name="general",
    words="",
    meaning="It is one of those ideas that make more sense the more examples you meet.",
    how=(
        "To get hold of a new idea, ask three things: what goes in, what happens to it, and what comes out.",
        "Change one of these at a time and watch which of the others changes with it.",
        "What stays the same through all your examples is the heart of the idea.",
    ),
    apply=(
        "Describe this scene in one plain sentence.",
        "Underline the part of your sentence that belongs to today's topic.",
        "Now change one detail, and say what else would have to change along with it.",
    ),
    mistake=(
        "It is easy to mistake a familiar word for an understood idea.",
        "If you can give an example of your own, and a case that does not fit, you have understood it.",
    ),
    question="How would you explain today's topic to a younger student, in two sentences and with one example?",
    answer="A good answer says what it is, gives an example, and tells where it stops being true.",
    short="You know an idea when you can say it plainly, show it and spot what does not belong to it.",
)
