"""Ideas about programs."""

from __future__ import annotations

from bellwork.tasks.providers.llm.knowledge.shapes import Idea

CODE_IDEAS = (
    Idea(
        names=("=loop", "iteration", "for loop", "while loop"),
        area="code",
        meaning="A loop repeats a group of steps, either a fixed number of times or until a condition says stop.",
        how=(
            "Before it starts, the loop sets up what it will count or watch.",
            "In each round it does its steps, and something must change.",
            "Then it asks its question again, and the answer decides between one more round and going on.",
        ),
        apply=(
            "Find the group of steps that comes again and again in this scene.",
            "Say what changes from one round to the next.",
            "Then say which question is asked at the end of each round: that is the condition of the loop.",
        ),
        mistake=(
            "The classic error is to be off by one.",
            "Check the first round and the last round by hand, and the middle will take care of itself.",
        ),
        question=(
            "A loop starts at one, adds two in each round, and stops when it is above six. Which numbers does it see?"
        ),
        answer="One, three and five; the next would be seven, and that ends it.",
        short="Set up, do, change, ask again.",
        terms=("loop", "condition", "counter"),
    ),
    Idea(
        names=("recursion", "recursive function"),
        area="code",
        meaning=(
            "Recursion solves a problem by solving a smaller copy of the same problem, until the copy is so small "
            "that the answer is obvious."
        ),
        how=(
            "Every recursion needs a base case, where it simply answers.",
            "In all other cases it makes the problem smaller and calls itself.",
            "The answers then travel back up, each one completing the one before.",
        ),
        apply=(
            "Describe the task in this scene, and then the same task with one piece less.",
            "Say what you do with the answer to the smaller task.",
            "And say when there is nothing left to split: that is your base case.",
        ),
        mistake=(
            "Forgetting the base case makes the program call itself until its memory is full.",
            "So write that case first, before anything else.",
        ),
        question="How can you count the people in a line if you can only ask the person in front of you?",
        answer="Ask how many are from them to the front, and add one; the first in line simply says one.",
        short="A smaller copy of the problem, and a case that ends it.",
        terms=("base case", "recursive call"),
    ),
    Idea(
        names=("=algorithm", "sorting", "searching", "binary search", "sorting algorithm"),
        area="code",
        meaning="An algorithm is a list of exact steps that solves every case of a problem and always comes to an end.",
        how=(
            "Good algorithms use what they know: in a sorted list you can halve the search with every question.",
            "Count the steps as the input grows, because that tells more than a stopwatch.",
            "Ten questions are enough to find one name among a thousand, if the names are in order.",
        ),
        apply=(
            "Write the steps of this scene so exactly that a stranger could follow them.",
            "Give the list to somebody who takes every word literally.",
            "Wherever they stop and ask, a step was missing.",
        ),
        mistake=(
            "It is tempting to test only the easy case.",
            (
                "Try the empty list, the list with one entry and the list in the wrong order, because that is where "
                "errors live."
            ),
        ),
        question=(
            "You are looking for a page in a book of one thousand pages by halving. About how many looks do you need?"
        ),
        answer="About ten, because halving a thousand ten times leaves a single page.",
        short="Exact steps, every case, and an end.",
        terms=("algorithm", "input", "output"),
    ),
    Idea(
        names=("variable and data type", "programming variable", "data type"),
        area="code",
        meaning="A variable is a named place in memory, and its type says what kind of value may be kept there.",
        how=(
            "Assigning puts a new value in and throws the old one away.",
            "Reading takes a copy and leaves the value where it is.",
            "Numbers can be added and words can be joined, so the type decides what makes sense.",
        ),
        apply=(
            "List what has to be remembered in this scene from one moment to the next.",
            "Give each item a name and a kind: a number, a word, or yes and no.",
            "Then tell the story again, and note each time one of the values changes.",
        ),
        mistake=(
            "In mathematics an equals sign states a fact, in most programs it gives an order.",
            "So count equals count plus one is no contradiction; it means take the value, add one and put it back.",
        ),
        question="A holds three and B holds five. You copy B into A and then A into B. What do they hold?",
        answer="Both hold five, because the three was overwritten in the first step.",
        short="A name, a kind and a value that may change.",
        terms=("variable", "assignment", "value"),
    ),
)
