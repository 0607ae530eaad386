"""The worlds of music and dance."""

from __future__ import annotations

from bellwork.tasks.providers.llm.worlds.shapes import World

MUSIC = World(
    names=("music", "music production", "guitar", "piano", "singing", "drums", "band", "audio", "dj", "rap", "hip hop"),
    place="into the music studio",
    hooks=(
        (
            "Headphones on, lights low, a four-bar loop that still lacks something. You turn one knob, and suddenly "
            "the track is alive."
        ),
        (
            "The drummer counts to four, and the room fills with sound. Nobody speaks, and still everyone knows what "
            "comes next."
        ),
    ),
    scenes={
        "motion": (
            "A drummer lifts the stick and lets it fall on the snare. The stick pushes the skin, the skin pushes the "
            "stick back, and the stick jumps up, ready for the next stroke."
        ),
        "energy": (
            "A guitarist pulls a string to the side and lets it go. The stretched string starts to swing, the wood "
            "swings with it, and the sound fades as the air carries the energy away."
        ),
        "waves": (
            "A bass note and a high note leave the same loudspeaker. The bass makes the cone swing slowly and far, "
            "and the high note makes it tremble many hundred times a second."
        ),
        "electricity": (
            "A singer's voice moves the tiny coil in the microphone, and a current runs through the cable to the "
            "mixer. At the other end the same pattern drives the coil of a loudspeaker."
        ),
        "number": (
            "A track has eight bars of introduction and then a verse of four bars after every chorus. The length "
            "starts at eight and grows by the same four bars each time."
        ),
        "shape": (
            "Two loudspeakers and the chair of the listener form a triangle. Six meters to the side and eight meters "
            "ahead, and the sound takes the straight line between them."
        ),
        "chance": (
            "A playlist of twenty songs is on shuffle, and five of the songs are by your favorite band. You press "
            "next, and wait for the first beat."
        ),
        "matter": (
            "Before the concert the brass players warm their instruments with their breath. The metal expands a "
            "little, drops of water form inside, and the pitch begins to climb."
        ),
        "life": (
            "A singer breathes in deeply before a long note. The lungs fill, tiny muscles stretch two folds in the "
            "throat, and nerves fine-tune the tension the whole time."
        ),
        "code": (
            "A drum machine runs through sixteen steps and starts again. At each step it asks a question: is there a "
            "hit on this step? If so, it plays the sample."
        ),
        "general": (
            "The producer mutes every track and brings them back one by one. With each one you hear what it adds, and "
            "when one is missing you notice what it was doing."
        ),
    },
    homework="you put on your headphones",
    visual="a small music studio with glowing faders",
)
DANCE = World(
    names=("dance", "dancing", "ballet", "choreography", "hip hop dance", "gymnastics", "cheerleading"),
    place="onto the dance floor",
    hooks=(
        (
            "The music stops for one beat, and everybody freezes. One dancer breathes in, and on the next beat forty "
            "feet leave the floor together."
        ),
        "A mirror, a wooden floor, the same eight counts for the tenth time. And then, all at once, it feels easy.",
    ),
    scenes={
        "motion": (
            "A dancer bends her knees and leaps. Her feet push the floor down, the floor pushes her up, and in the "
            "air nothing but gravity is left to change her path."
        ),
        "energy": (
            "A dancer runs, jumps and lands in a deep bend. The speed turns into height, the height into speed again, "
            "and the landing leaves her muscles and the floor a little warmer."
        ),
        "waves": (
            "A beat from the loudspeaker reaches the front row first and the back row a moment later. In the arm wave "
            "that follows, the movement runs from hand to hand while nobody leaves their place."
        ),
        "electricity": (
            "Above the stage a lamp follows the soloist. A cable feeds it, a slider in the booth makes it harder or "
            "easier for the current, and the light grows or fades."
        ),
        "number": (
            "A routine begins with sixteen counts of introduction and then adds eight counts for every figure. The "
            "total starts at sixteen and grows by eight, figure after figure."
        ),
        "shape": (
            "Two dancers leave the same corner: one walks six meters along the mirror, the other eight meters along "
            "the window. The line between them is the long side of a right triangle."
        ),
        "chance": (
            "A dancer has landed a difficult turn in twelve of twenty tries. The music starts, and the audience "
            "cannot see how she counts."
        ),
        "matter": (
            "Before class the dancers rub rosin on their shoes. The sticky dust fills the gaps between sole and "
            "floor, and nobody slips."
        ),
        "life": (
            "After three minutes of full effort the dancers gasp for air. Their muscle cells have used up the quick "
            "supply and now wait for sugar and oxygen from the blood."
        ),
        "code": (
            "The choreographer writes the routine as a list: step, step, turn, clap, repeated four times. If you face "
            "the mirror, turn left, otherwise turn right."
        ),
        "general": (
            "The teacher slows the sequence down until every detail can be seen. What leads, what follows, and what "
            "can be left out without losing the figure?"
        ),
    },
    homework="you dance or watch somebody dance",
    visual="a dance studio with a wide mirror",
)
