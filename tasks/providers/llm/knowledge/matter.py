"""Ideas about matter and its changes."""

from __future__ import annotations

from bellwork.tasks.providers.llm.knowledge.shapes import Idea

MATTER_IDEAS = (
    Idea(
        names=("=atom", "atomic structure", "structure of the atom"),
        area="matter",
        meaning="An atom has a tiny heavy nucleus of protons and neutrons, with light electrons around it.",
        how=(
            "The number of protons decides which element it is.",
            "As many electrons as protons make the atom neutral on the whole.",
            "The outermost electrons decide with whom the atom will bond.",
        ),
        apply=(
            "Choose one material in this scene and name one element that is in it.",
            "Imagine a single atom of it as large as a stadium: the nucleus is a pea in the middle.",
            "Everything between is nearly empty, and still the thing feels solid, because electrons repel each other.",
        ),
        mistake=(
            "Drawings make us believe that electrons circle like little planets.",
            "They have no fixed tracks, only regions in which they are likely to be found.",
        ),
        question="An atom has eleven protons and ten electrons. What is its charge?",
        answer="Plus one, because one proton has no electron to balance it.",
        short="Protons name the element, electrons do the bonding.",
        terms=("nucleus", "proton", "electron"),
    ),
    Idea(
        names=("chemical bond", "=bonding", "chemical bonding", "covalent bond", "ionic bond"),
        area="matter",
        meaning=(
            "Atoms bond because together they reach a state of lower energy, by sharing electrons or by handing them "
            "over."
        ),
        how=(
            "In a covalent bond two atoms share a pair of electrons.",
            "In an ionic bond one atom gives electrons away, and the opposite charges hold both together.",
            "Breaking a bond always costs energy, and forming one always releases some.",
        ),
        apply=(
            "Choose a material in this scene that dissolves in water and one that does not.",
            "Guess for each one whether its atoms share or hand over electrons.",
            "Salt is the model for handing over, sugar and plastic are the models for sharing.",
        ),
        mistake=(
            "People say that energy is stored in bonds and comes out when they break.",
            "It is the other way round: energy is released when new, stronger bonds form.",
        ),
        question="Why does table salt dissolve in water so easily?",
        answer="It consists of charged ions, and water molecules pull on charges from all sides.",
        short="Share or hand over electrons: both lower the energy.",
        terms=("electron", "ion", "molecule"),
    ),
    Idea(
        names=("chemical reaction", "balancing equation", "conservation of mass", "balancing chemical equation"),
        area="matter",
        meaning=(
            "In a chemical reaction atoms let go of their partners and form new groups, and every atom is still there "
            "afterwards."
        ),
        how=(
            "First some bonds have to be broken, which takes energy to start.",
            "Then new bonds form, which gives energy back.",
            "Count each kind of atom on both sides: the numbers must agree.",
        ),
        apply=(
            "Look for a change in this scene that cannot simply be undone, a new color, a smell or a gas.",
            "Name what goes in and what comes out.",
            "Whatever seems to be lost has gone into the air or has come out of it.",
        ),
        mistake=(
            "When wood burns to a little ash, its mass seems to be gone.",
            "Most of it has flown away as gas, together with oxygen that came from the air.",
        ),
        question="Four grams of hydrogen react completely with thirty-two grams of oxygen. How much water is made?",
        answer="Thirty-six grams, because nothing is lost.",
        short="New partners, same atoms, same mass.",
        terms=("reactants", "products", "molecule"),
    ),
    Idea(
        names=("acid and base", "=acid", "ph scale", "=ph"),
        area="matter",
        meaning="Acids give hydrogen ions away and bases take them up; the pH scale tells how many of them are about.",
        how=(
            "Seven is neutral, less is acidic, more is basic.",
            "Each step on the scale means ten times more or ten times fewer hydrogen ions.",
            "Mix an acid with a base and they cancel, leaving water and a salt.",
        ),
        apply=(
            "Look for something sour and something soapy in this scene, or in the bag next to it.",
            "The sour one is the acid, the soapy one the base.",
            "Say what would happen to the pH if you mixed the two drop by drop.",
        ),
        mistake=(
            "Acid sounds like danger and base like safety.",
            "Strong bases burn the skin just as badly, and you eat weak acids in every salad.",
        ),
        question="One drink has pH three, another pH five. How many times more hydrogen ions does the first one have?",
        answer="One hundred times, because two steps mean ten times ten.",
        short="Acids give, bases take, and each step of pH is a factor of ten.",
        terms=("acid", "base", "ion"),
    ),
    Idea(
        names=("state of matter", "phase change", "states of matter", "solid liquid gas"),
        area="matter",
        meaning="Solid, liquid and gas are three ways in which the same particles can live together.",
        how=(
            "In a solid they tremble in their places, in a liquid they slide past each other, in a gas they fly.",
            "Adding energy makes them livelier until they break free.",
            (
                "While something melts or boils its temperature stands still, because the energy goes into the "
                "breaking free."
            ),
        ),
        apply=(
            "Find one solid, one liquid and one gas in this scene.",
            "Describe for each how its particles move.",
            "Then choose one of them and say how much colder or warmer it would have to be to change.",
        ),
        mistake=(
            "The bubbles in boiling water are often taken for air.",
            "They are water itself, as a gas.",
        ),
        question="Why does sweat cool you, even on a warm day?",
        answer="To become a gas the water needs energy, and it takes that energy from your skin.",
        short="Same particles, three ways to live together.",
        terms=("solid", "liquid", "gas"),
    ),
)
