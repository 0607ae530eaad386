"""Ideas about how living things inherit, change and live together."""

from __future__ import annotations

from bellwork.tasks.providers.llm.knowledge.shapes import Idea

HEREDITY_IDEAS = (
    Idea(
        names=("=dna", "genetics", "heredity", "dna structure"),
        area="life",
        meaning=(
            "DNA is a long twisted ladder whose rungs are letters, and genes are passages in it that tell the cell "
            "what to build."
        ),
        how=(
            "There are four letters, and each has just one fitting partner on the other strand.",
            "Because of that each strand can serve as the pattern for a perfect copy of the other.",
            "You carry two versions of most genes, one from each parent.",
        ),
        apply=(
            "Think of the instructions behind this scene as one long text in four letters.",
            "Change a single letter: often nothing happens, sometimes one word gets another meaning.",
            "Now imagine that every one of your cells carries the complete text.",
        ),
        mistake=(
            "It is often said that there is one gene for each trait.",
            "Most traits depend on many genes and on the life you lead.",
        ),
        question="One strand reads A, T, G, C. What does its partner read?",
        answer="T, A, C, G, because A always pairs with T and G with C.",
        short="Four letters, fixed partners, and a copy in every cell.",
        terms=("gene", "chromosome", "base pairs"),
    ),
    Idea(
        names=("natural selection", "=evolution", "theory of evolution", "=adaptation"),
        area="life",
        meaning=(
            "In natural selection those that fit their surroundings a little better leave more offspring, and so "
            "their traits become more common."
        ),
        how=(
            "No two living things are quite alike, and some of the differences are inherited.",
            "More are born than can survive, so small advantages count.",
            "Over many generations small differences add up to large ones.",
        ),
        apply=(
            "Imagine that the rules of this scene changed a little every year.",
            "Some would happen to suit the new rules better, and would stay; others would leave.",
            "After a hundred rounds the group would look quite different, though nobody had planned it.",
        ),
        mistake=(
            "It is tempting to say that giraffes stretched their necks because they wanted the leaves.",
            "Those that happened to be born with longer necks ate better and had more young.",
        ),
        question="Why do some bacteria survive a medicine that used to kill them all?",
        answer="A few were resistant by chance; they survived, multiplied and passed the resistance on.",
        short="Variation, inheritance and a difference in success: then change follows.",
        terms=("variation", "mutation", "trait"),
    ),
    Idea(
        names=("ecosystem", "food web", "food chain", "ecology"),
        area="life",
        meaning=(
            "An ecosystem is a place with all that lives there, tied together by the flow of energy and the cycles of "
            "matter."
        ),
        how=(
            "Plants catch energy from the sun, animals eat plants or each other, and decomposers clean up.",
            "At each step only about a tenth of the energy is passed on.",
            "Energy flows through and is gone, while matter goes round and is used again.",
        ),
        apply=(
            "Name somebody in this scene who makes something, somebody who uses it, and somebody who clears up.",
            "Draw an arrow for everything that is handed over.",
            "Now take one of them out, and follow the trouble along the arrows.",
        ),
        mistake=(
            "Removing a hunter seems to be good news for its prey.",
            "Often the prey then grows too numerous, eats everything bare and starves.",
        ),
        question="Why are there always far fewer lions than zebras?",
        answer="Only about a tenth of the energy reaches the next level, so it can feed far fewer animals.",
        short="Energy flows through, matter goes round.",
        terms=("producer", "consumer", "decomposer"),
    ),
)
