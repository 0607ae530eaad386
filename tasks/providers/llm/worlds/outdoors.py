"""The worlds of space, and of anything on wheels."""

from __future__ import annotations

from bellwork.tasks.providers.llm.worlds.shapes import World

SPACE = World(
    names=("space", "astronomy", "rockets", "astronaut", "planets", "science fiction"),
    place="out into space",
    hooks=(
        "Three, two, one, and the sky turns white. Three thousand tons begin to move, very slowly at first.",
        (
            "The station crosses the night sky, brighter than any star. Somebody up there is looking down and having "
            "breakfast."
        ),
    ),
    scenes={
        "motion": (
            "An astronaut floats beside her ship and throws a wrench away. She pushes the wrench, the wrench pushes "
            "her, and with nothing around to stop them both of them just keep going."
        ),
        "energy": (
            "A capsule falls back toward the Earth. Its height turns into speed, its speed turns into heat, and the "
            "shield glows while the crew inside stays cool."
        ),
        "waves": (
            "A radio message from Mars needs many minutes to reach us. It arrives as a faint trembling that repeats "
            "millions of times each second."
        ),
        "electricity": (
            "The panels of a satellite turn to the sun, and a current starts to flow. It charges the battery, feeds "
            "the antenna and comes back to the panel."
        ),
        "number": (
            "A probe is two million kilometers away and flies one million kilometers further each day. The distance "
            "starts at two and grows by one, day after day."
        ),
        "shape": (
            "A rover is six meters east and eight meters north of its lander. The cable that ties them together would "
            "be the long side of a right triangle."
        ),
        "chance": "In twenty nights the sky over the telescope was clear twelve times. Tonight a comet comes by.",
        "matter": (
            "A comet of ice and dust gets close to the sun. The ice turns to gas without ever becoming water, and a "
            "tail grows over millions of kilometers."
        ),
        "life": (
            "After weeks without weight an astronaut's muscles get thinner. So the crew trains two hours a day, and "
            "plants in the lab clean a part of the air."
        ),
        "code": (
            "The landing computer asks the same questions ten times a second. How high, how fast, how much fuel; and "
            "if one answer is wrong, it fires the engine."
        ),
        "general": (
            "Mission control goes through the checklist one last time. For every line somebody says what should "
            "happen, what could happen, and how they would notice."
        ),
    },
    homework="you look up at the night sky",
    visual="a spacecraft above the blue curve of the Earth",
)
WHEELS = World(
    names=("cars", "car", "racing", "skateboarding", "cycling", "motorsport", "bikes", "skating", "running"),
    place="onto the track",
    hooks=(
        "Green light. Rubber grips, the seat presses into your back, and the first corner is coming much too fast.",
        "A board, four wheels and a long slope. You push off once, and the rest is balance.",
    ),
    scenes={
        "motion": (
            "A skater crouches, stamps on the tail of the board and jumps. Shoe pushes board, board pushes shoe, and "
            "the wheels hit the ground and spring up again."
        ),
        "energy": (
            "A cyclist rolls down a hill without pedaling and up the next one. She gets almost as high as before, and "
            "the missing part has warmed the brakes, the tires and the air."
        ),
        "waves": (
            "A race car comes closer with a high whine and leaves with a low growl. The engine has not changed its "
            "tune; the waves were pushed together first and stretched out afterwards."
        ),
        "electricity": (
            "In an electric kart a pedal decides how much current the battery may send. The more of it flows through "
            "the motor, the harder the wheels are turned."
        ),
        "number": (
            "A runner has two kilometers behind her when you start the clock, and runs one kilometer every five "
            "minutes. Her distance starts at two and grows evenly."
        ),
        "shape": (
            "A ramp covers eight feet on the ground and rises six feet. The board runs along its long side, and its "
            "foot and its edge make a right angle."
        ),
        "chance": (
            "A skater has landed a kickflip in twelve of twenty tries. A friend holds up the phone to film the next "
            "one."
        ),
        "matter": (
            "The tires get hot in the first laps, and the rubber becomes soft and sticky. In the engine fuel and air "
            "become gas, and the pistons are driven down."
        ),
        "life": (
            "On the last climb the rider's legs burn. Her heart pumps faster, her lungs fetch more oxygen, and her "
            "muscles empty their store of sugar."
        ),
        "code": (
            "At each lap the pit crew runs through the same list: tires, fuel, temperature. If one value is too low, "
            "they call the car in; if not, one more lap."
        ),
        "general": (
            "The team lays the data of two laps on top of each other. At one corner the lines part, and everybody "
            "wants to know why."
        ),
    },
    homework="something on wheels goes by",
    visual="a race track with a sharp corner",
)
