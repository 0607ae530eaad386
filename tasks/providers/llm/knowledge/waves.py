"""Ideas about waves, sound and light."""

from __future__ import annotations

from bellwork.tasks.providers.llm.knowledge.shapes import Idea

WAVE_IDEAS = (
    Idea(
        names=("sound", "sound wave", "pitch"),
        area="waves",
        meaning="Sound is a wave of squeezed and stretched air that starts at something shaking and ends at your ear.",
        how=(
            "A string or a skin pushes on the air, the air pushes on its neighbor, and the push travels on.",
            "More shakes per second sound higher, and larger shakes sound louder.",
            "In air a sound covers about three hundred and forty meters each second.",
        ),
        apply=(
            "Find what is shaking in this scene when you hear something.",
            "Ask whether it shakes quickly or slowly: that is the pitch.",
            "Ask how far it swings: that is the loudness, and the two do not depend on each other.",
        ),
        mistake=(
            "Films let explosions thunder through space.",
            "Where there is no air there is nothing to squeeze, so there is no sound either.",
        ),
        question="You see lightning and hear the thunder three seconds later. About how far away was it?",
        answer="About one kilometer, because sound needs roughly three seconds for it.",
        short="Shaking makes sound, speed of shaking makes pitch, size of shaking makes loudness.",
        terms=("frequency", "amplitude", "vibration"),
    ),
    Idea(
        names=("=light", "refraction", "reflection", "optics", "reflection and refraction"),
        area="waves",
        meaning=(
            "Light travels in straight lines until it meets a surface, where it bounces off, bends or is swallowed."
        ),
        how=(
            "At a mirror it leaves at the same angle at which it came.",
            "Going into water or glass it slows down, and unless it comes in straight it changes direction.",
            "Different colors bend a little differently, which is what paints a rainbow.",
        ),
        apply=(
            "Choose one thing that you can see in this scene, and follow its light backward from your eye.",
            "Mark each surface where that light bounced or bent.",
            "At the end of the line you find the source: a lamp, a screen or the sun.",
        ),
        mistake=(
            "It feels as if our eyes reach out to things.",
            "Nothing leaves the eye; we see what sends light into it.",
        ),
        question="Why does a straw look broken where it enters a glass of water?",
        answer="Light from below the surface bends on its way out, so it reaches your eye from a shifted direction.",
        short="Straight lines, and at each surface a bounce or a bend.",
        terms=("reflection", "refraction", "angle"),
    ),
    Idea(
        names=("=wave", "wave properties", "=frequency", "wavelength"),
        area="waves",
        meaning="A wave is a pattern of shaking that travels and carries energy, while the material stays where it is.",
        how=(
            "Frequency counts the shakes in a second, and wavelength measures from crest to crest.",
            "Multiply the two and you have the speed at which the wave travels.",
            "In one material the speed is fixed, so a higher frequency must mean a shorter wavelength.",
        ),
        apply=(
            "Find the pattern that travels in this scene, and the material that it travels through.",
            "Suppose it repeats five times a second, with two meters between crests.",
            "Multiply five by two: it covers ten meters every second.",
        ),
        mistake=(
            "It looks as if the water runs along with the wave.",
            "Watch a floating bottle: it goes up and down, and stays.",
        ),
        question="A wave has a frequency of four per second and a wavelength of three meters. How fast is it?",
        answer="Four times three: twelve meters per second.",
        short="Speed of a wave is frequency times wavelength.",
        terms=("frequency", "wavelength", "amplitude"),
    ),
)
