"""Two worlds for everybody: any interest that has no world of its own, and everyday life where there is no interest.

`{interest}` stands for the interest's own name.
"""

from __future__ import annotations

from bellwork.tasks.providers.llm.worlds.shapes import World

OWN = World(
    names=(),
    place="into the world of {interest}",
    hooks=(
        (
            "Think of a moment in {interest} when everything depended on one small detail. You noticed it before you "
            "could explain it."
        ),
        (
            "Everybody who loves {interest} knows this feeling: you see somebody do it well, and you ask yourself how "
            "it works."
        ),
    ),
    scenes={
        "motion": (
            "In {interest} something or somebody is always in motion: a hand, a tool, a person. Choose one of them at "
            "the instant when it starts, stops or touches something else."
        ),
        "energy": (
            "Whatever you do in {interest}, it takes effort, and that effort goes somewhere. It may end in motion, in "
            "height, in sound or in warm hands."
        ),
        "waves": (
            "In {interest} you see and hear what is going on. Light and sound bring you the news, one of them at once "
            "and the other a little later."
        ),
        "electricity": (
            "Somewhere in {interest} there is a device with a plug or a battery: a lamp, a phone, a machine. It works "
            "only while a closed loop leads from the source and back again."
        ),
        "number": (
            "Suppose you start in {interest} with ten points and earn five more in every round. Your total begins at "
            "ten and grows by the same amount each time."
        ),
        "shape": (
            "In {interest} two places matter: you go six steps ahead and then eight steps to the side. The direct way "
            "back is the long side of a right triangle."
        ),
        "chance": (
            "Suppose that in {interest} something has worked out twelve times in twenty tries. You are about to try "
            "once more."
        ),
        "matter": (
            "Choose something that people handle in {interest}: wood, metal, water, paper or cloth. It gets warm, it "
            "gets wet, it wears off, and all of that happens between particles."
        ),
        "life": (
            "In {interest} there are people who concentrate, breathe and get tired. Their cells work the whole time, "
            "although nobody pays attention to them."
        ),
        "code": (
            "Whoever is good at {interest} follows steps, often without knowing it. Look, decide, act, check, and "
            "begin again until it is right."
        ),
        "general": (
            "Picture one ordinary moment in {interest}, from its first second to its last. Something starts it, "
            "something changes, and something remains."
        ),
    },
    homework="you spend time with {interest}",
    visual="a scene from the world of {interest}",
)
EVERYDAY = World(
    names=(),
    place="into an ordinary day",
    hooks=(
        (
            "A bus stop, an early morning, a backpack that is too heavy. Nothing about this looks like science, and "
            "all of it is."
        ),
        "You do it every day without thinking: you walk, you pour, you wait, you guess. Today we look at it for once.",
    ),
    scenes={
        "motion": (
            "A bus starts, and everybody who stands has to take a step. The shoes push the floor, the floor pushes "
            "the shoes, and a bottle rolls all the way to the back."
        ),
        "energy": (
            "A cup of hot tea stands on the table, and nobody drinks it. It loses energy to the table and the air, "
            "until all three are equally warm."
        ),
        "waves": (
            "A neighbor plays music, and through the wall you hear only the bass. Outside an ambulance passes, high "
            "at first and lower afterwards."
        ),
        "electricity": (
            "You press the switch by the door, and the lamp on the ceiling comes on. The switch has closed a gap, and "
            "now there is a path to the lamp and back."
        ),
        "number": (
            "A phone plan costs ten dollars at the start and then five dollars each month. What you have paid starts "
            "at ten and grows by the same amount."
        ),
        "shape": (
            "A lawn is six meters wide and eight meters long, and a path has been worn across it. People walk the "
            "long side of a right triangle, because it saves them time."
        ),
        "chance": "The bus was on time on twelve of the last twenty days. You have two minutes to reach the stop.",
        "matter": (
            "Steam from the shower meets the cold mirror, and the mirror turns gray. On the stove an egg sets, and no "
            "amount of cooling will make it liquid again."
        ),
        "life": (
            "You run for the bus and arrive out of breath. Your heart pounds, your cheeks turn red, and after two "
            "minutes everything is quiet again."
        ),
        "code": (
            "Every morning you follow the same routine. Look outside; if it rains, take the jacket; and check your "
            "pockets until keys, phone and ticket are there."
        ),
        "general": (
            "Take one ordinary minute of your day and slow it down. Something comes in, something happens to it, and "
            "something comes out."
        ),
    },
    homework="you have a quiet minute on your way home",
    visual="a street in the morning light",
)
