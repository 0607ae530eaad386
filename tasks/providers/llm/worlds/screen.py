"""The worlds of video games and film."""

from __future__ import annotations

from bellwork.tasks.providers.llm.worlds.shapes import World

GAMES = World(
    names=("video games", "gaming", "esports", "minecraft", "games", "game design"),
    place="into the game",
    hooks=(
        (
            "One heart left, the boss at ten percent, and no save point in sight. You have seen this pattern before, "
            "and now you wait for the gap."
        ),
        (
            "A new level loads. You know the controls, but not the rules of this world, so you try things out and "
            "watch what happens."
        ),
    ),
    scenes={
        "motion": (
            "Your character runs, jumps off a platform and bumps into a crate. The better the physics of the game, "
            "the more the crate is shoved one way and the character the other."
        ),
        "energy": (
            "Your car rolls down a ramp, loops the loop and slows down on the grass behind. The game keeps track of "
            "height and speed, because players notice at once when the sum is wrong."
        ),
        "waves": (
            "An explosion far away flashes first and rumbles later. The sound gets deeper when it comes through a "
            "wall, because high notes are swallowed more easily."
        ),
        "electricity": (
            "A puzzle door has a battery, a switch and a lamp. It opens when the wires make one closed loop, and one "
            "missing piece keeps it shut."
        ),
        "number": (
            "You start a level with twenty coins and earn five coins for every enemy. Your total starts at twenty and "
            "grows by five, again and again."
        ),
        "shape": (
            "On the map the treasure lies six fields to the east and eight fields to the north. The way along the "
            "roads is long, the flight of your dragon is the third side of a right triangle."
        ),
        "chance": (
            "A chest has dropped the rare item in five of your last twenty tries. You open one more, and the lid "
            "lifts very slowly."
        ),
        "matter": (
            "You put sand into the furnace, and after a while you take out glass. Wood becomes charcoal, ore becomes "
            "iron, and the inventory counts every piece."
        ),
        "life": (
            "Your farm has wheat, cows and wolves at its edge. Leave it alone for ten days, and the numbers of all "
            "three have changed, though nobody gave an order."
        ),
        "code": (
            "A guard walks to the corner, looks around, and turns back. If he sees you, he runs after you; if he "
            "loses you for ten seconds, he goes back to his round."
        ),
        "general": (
            "You pause the game and look at one screen closely. Which rule of this world lets that happen, and what "
            "would break if the rule were slightly different?"
        ),
    },
    homework="you pick up a controller",
    visual="a glowing game screen with a map and a health bar",
)
FILM = World(
    names=("film", "movies", "cinema", "photography", "video", "animation", "youtube", "filmmaking"),
    place="onto the film set",
    hooks=(
        (
            "Silence on set. The camera rolls, the clapper snaps, and everyone holds their breath for one take that "
            "has to work."
        ),
        (
            "The lights in the cinema go down. For two hours you will believe in things that were built from plywood "
            "and patience."
        ),
    ),
    scenes={
        "motion": (
            "A camera glides along on its little cart, and an assistant stops it by hand. His arms push the cart "
            "back, the cart pushes him forward, and his shoes hold on to the floor."
        ),
        "energy": (
            "A stunt performer slides down a rope from the roof and brakes just above the ground. The height turns "
            "into speed, the speed into warmth, and the gloves are hot afterwards."
        ),
        "waves": (
            "Light from a red lamp and light from a blue lamp fall through the same lens. The glass bends the two "
            "colors differently, and a soft fringe appears at the edges."
        ),
        "electricity": (
            "Three spotlights hang on one dimmer. The technician moves a slider, the current through the lamps falls, "
            "and noon turns into dusk."
        ),
        "number": (
            "A short film has ten seconds of titles and then scenes of thirty seconds each. Its length starts at ten "
            "and grows by thirty with every scene."
        ),
        "shape": (
            "The camera stands six meters to the side of the actor's mark and eight meters in front of it. To focus, "
            "the assistant needs the long side of that right triangle."
        ),
        "chance": (
            "Of the last twenty takes with the dog, twelve have worked. The director raises her hand and asks for one "
            "more."
        ),
        "matter": (
            "Dry ice lies in a bucket of warm water, and a thick fog creeps over the floor. The ice gets smaller and "
            "smaller, but it leaves no puddle behind."
        ),
        "life": (
            "Actors leave the dark stage and step into the sunlight. Their pupils shrink within a second, without any "
            "order from them."
        ),
        "code": (
            "The editor sorts the clips by scene and take. For each scene she keeps the best take, and if there is "
            "none, she writes down that it must be filmed again."
        ),
        "general": (
            "The editor plays one scene three times: without sound, without color, and backward. Each time a "
            "different part of its meaning comes to the surface."
        ),
    },
    homework="you watch or make a video",
    visual="a film set with a camera and a bright lamp",
)
