"""How to look at motion, energy, waves and electricity."""

from __future__ import annotations

from bellwork.tasks.providers.llm.knowledge.shapes import Area

MOTION = Area(
    name="motion",
    words=(
        "motion mechanics force newton law velocity speed acceleration momentum friction gravity mass inertia "
        "projectile kinematics dynamics torque rotation collision"
    ),
    meaning="It belongs to the study of motion: why things speed up, slow down, turn or stay where they are.",
    how=(
        "Every question about motion starts with one object.",
        "Draw that object alone, then add an arrow for each push and each pull on it.",
        "If the arrows cancel, its motion stays as it is; if they do not, its speed or its direction changes.",
    ),
    apply=(
        "First choose one object in this scene and forget the rest.",
        "Then name every push and pull that acts on it, and say what each one comes from.",
        "Last, decide whether they balance: that tells you what the object will do next.",
    ),
    mistake=(
        "It is tempting to think that a moving thing needs a push to keep moving.",
        "It does not: a push is needed to change motion, and it is usually friction that makes things stop.",
    ),
    question="A puck slides over perfectly smooth ice and nothing touches it. What happens to its speed?",
    answer="Its speed stays the same, because no force is left that could change it.",
    short="Find the object, find the forces on it, and you can tell how its motion will change.",
)
ENERGY = Area(
    name="energy",
    words=(
        "energy work power heat temperature thermodynamics conservation kinetic potential thermal entropy fuel calorie"
    ),
    meaning="It belongs to the study of energy: what makes change possible, and where it goes afterwards.",
    how=(
        "Think of energy as an account that changes its form but not its total.",
        "Something gives energy away, something else receives it, and the form may change on the way.",
        "When a part seems to be missing, look for warmth and sound: that is where it usually went.",
    ),
    apply=(
        "Write down what has energy at the start of this scene, and in which form.",
        "Then do the same for the end.",
        "The two lists must add up to the same total, so any gap tells you what you have overlooked.",
    ),
    mistake=(
        "People say that energy is used up.",
        "It never is: it spreads out, mostly as warmth, and becomes harder to use.",
    ),
    question="A bouncing ball comes back a little lower each time. Where does the missing energy go?",
    answer="Into warmth and sound: ball, floor and air are all slightly warmer afterwards.",
    short="Energy changes its form and its owner, but never its total.",
)
WAVES = Area(
    name="waves",
    words=(
        "wave sound light frequency wavelength amplitude optic refraction reflection lens color pitch resonance "
        "interference spectrum vibration oscillation doppler"
    ),
    meaning="It belongs to the study of waves: patterns that travel while the stuff they travel through stays at home.",
    how=(
        "Something shakes, its neighbor is shaken, and the shaking moves on.",
        "How often it shakes in a second is the frequency; how far it swings is the amplitude.",
        "The pattern carries energy from one place to another without carrying any material along.",
    ),
    apply=(
        "Find what is shaking at the start of this scene.",
        "Follow the pattern to the place where it arrives, and name what it travels through.",
        "Then ask two questions: how often does it repeat, and how strong is each swing?",
    ),
    mistake=(
        "Many people imagine that a wave carries its water or its air along with it.",
        "Only the pattern travels; a floating leaf just bobs up and down while the wave passes beneath it.",
    ),
    question="You hear a note get louder while its pitch stays the same. What has changed, and what has not?",
    answer="The amplitude has grown, and the frequency is what it was.",
    short="A wave moves energy and information, not material.",
)
ELECTRICITY = Area(
    name="electricity",
    words=(
        "electric electricity charge current voltage resistance circuit ohm magnet magnetism induction battery "
        "capacitor electron conductor"
    ),
    meaning="It belongs to the study of electricity: charges, what pushes them around, and what they do on their way.",
    how=(
        "Charges move only if there is a closed path and something that pushes them.",
        "The push is called voltage, the flow is called current, and whatever gets in the way is resistance.",
        "Change one of the three and at least one of the others has to follow.",
    ),
    apply=(
        "Trace the closed path in this scene with your finger, from the source and back to it.",
        "Name what pushes the charges and what slows them down.",
        "Then predict what happens if the path is opened at one single point.",
    ),
    mistake=(
        "A common belief is that current gets used up on its way round.",
        "The same current flows back into the source; what has been handed over is energy.",
    ),
    question="Two equal lamps sit one after the other in a single loop, and one burns out. What happens to the other?",
    answer="It goes dark as well, because the only path is now broken.",
    short="Closed path, push and resistance: these three decide what flows.",
)
