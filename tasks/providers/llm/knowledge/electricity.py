"""Ideas about electricity and magnetism."""

from __future__ import annotations

from bellwork.tasks.providers.llm.knowledge.shapes import Idea

ELECTRICITY_IDEAS = (
    Idea(
        names=("ohm law", "electric circuit", "=circuit", "electric current"),
        area="electricity",
        meaning="In a closed circuit the current equals the voltage divided by the resistance.",
        how=(
            "The voltage is the push, and more push means more current.",
            "The resistance is what stands in the way, and more of it means less current.",
            "Open the path anywhere and the current stops everywhere, at once.",
        ),
        apply=(
            "Suppose the source in this scene gives twelve volts and the device has a resistance of four ohms.",
            "Divide twelve by four, and three amperes flow through every part of the loop.",
            "Now double the resistance in your mind: the current halves.",
        ),
        mistake=(
            "Many people think that a lamp eats up a part of the current.",
            "As much comes out as went in; what the lamp takes is energy.",
        ),
        question=(
            "A nine volt battery drives a current through three ohms. How large is it, and what if you add three more?"
        ),
        answer="Three amperes at first, and one and a half after the resistance has doubled.",
        short="Current is voltage divided by resistance, in a closed loop.",
        terms=("voltage", "current", "resistance"),
    ),
    Idea(
        names=("magnetism", "electromagnetism", "magnetic field", "electromagnetic induction"),
        area="electricity",
        meaning="Moving charges make magnetic fields, and changing magnetic fields push charges around.",
        how=(
            "A current in a coil of wire turns it into a magnet that you can switch on and off.",
            "Move a magnet near a coil and, the other way round, a current flows in it.",
            "Motors use the first half of this story and generators the second.",
        ),
        apply=(
            "Look for a device in this scene that has a motor, a speaker or a generator in it.",
            "Ask which comes first there, the current or the motion.",
            "Current first means a motor, motion first means a generator.",
        ),
        mistake=(
            "A magnet resting inside a coil seems as if it should give current for ever.",
            "Only a change of the field does that; a magnet at rest gives nothing.",
        ),
        question="What does a generator need in order to give current: a strong magnet, motion, or both?",
        answer="Both: a field, and motion that makes the field in the coil change.",
        short="Currents make magnetism, and changing magnetism makes currents.",
        terms=("magnetic field", "current", "coil"),
    ),
)
