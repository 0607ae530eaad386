"""Ideas about equations and relations."""

from __future__ import annotations

from bellwork.tasks.providers.llm.knowledge.shapes import Idea

NUMBER_IDEAS = (
    Idea(
        names=("linear equation", "linear function", "solving equation"),
        area="number",
        meaning=(
            "A linear relation starts at some value and changes by the same amount with every step, so its graph is a "
            "straight line."
        ),
        how=(
            "Write it as the start value plus the rate times the number of steps.",
            "To find the number of steps, first take away the start value on both sides.",
            "Then divide both sides by the rate, and the unknown stands alone.",
        ),
        apply=(
            "Take the start value and the rate from this scene and write them as one line.",
            "Choose a goal for the total, subtract the start, and divide by the rate.",
            "Put your answer back into the line and check that the goal really comes out.",
        ),
        mistake=(
            "A frequent slip is to divide before taking the start value away, or to treat only one side.",
            "An equation is a balance: whatever you do to one side, you do to the whole of the other.",
        ),
        question="You have saved thirty dollars and add five each week. After how many weeks do you have eighty?",
        answer="Ten weeks: eighty minus thirty is fifty, and fifty divided by five is ten.",
        short="Start value plus rate times steps, and a straight line on paper.",
        terms=("variable", "slope", "intercept"),
    ),
    Idea(
        names=("quadratic", "quadratic equation", "quadratic function", "parabola"),
        area="number",
        meaning=(
            "A quadratic relation contains a quantity multiplied by itself, and its graph is a parabola with one "
            "turning point."
        ),
        how=(
            "The turning point lies exactly halfway between the two places where the curve crosses the axis.",
            "If a product of two brackets is zero, one of the brackets must be zero, and that gives the solutions.",
            "There may be two solutions, or one, or none at all.",
        ),
        apply=(
            "Look in this scene for something that rises, turns and comes down, or for a best value in between.",
            "Mark the two points where it is at zero.",
            "The turning point is in the middle between them, and there the best value is waiting.",
        ),
        mistake=(
            "It is easy to find one solution and stop.",
            "Both plus three and minus three have the square nine, so always ask about the second one.",
        ),
        question="For which two numbers is the square equal to twenty-five?",
        answer="For five and for minus five, because minus times minus gives plus.",
        short="A square in the relation means a curve with one turning point.",
        terms=("parabola", "vertex", "roots"),
    ),
    Idea(
        names=("slope", "rate of change"),
        area="number",
        meaning="The slope tells how much one quantity changes when the other grows by one.",
        how=(
            "Choose two points, subtract the heights, and subtract the positions.",
            "Divide the first difference by the second: rise over run.",
            "A positive slope goes up, a negative one goes down, and zero is flat.",
        ),
        apply=(
            "Pick two moments in this scene and note both quantities for each of them.",
            "Subtract, divide, and say the result with its units, so much of this for each one of that.",
            "If another pair of moments gives the same number, the graph is a straight line.",
        ),
        mistake=(
            "Many people divide the run by the rise, or mix up the order of the points.",
            "Keep the same point first on top and at the bottom, and put the change in height on top.",
        ),
        question="A path climbs six meters over a distance of thirty meters. What is its slope?",
        answer="Six divided by thirty, which is one fifth, or twenty percent.",
        short="Slope is rise divided by run, a rate with units.",
        terms=("slope", "rise", "run"),
    ),
    Idea(
        names=("ratio", "proportion", "fraction", "percentage"),
        area="number",
        meaning=(
            "A ratio compares two amounts by division, and in a proportion both may grow but the ratio stays the same."
        ),
        how=(
            "Write the comparison as a fraction and shorten it.",
            "To scale it up, multiply both amounts by the same number.",
            "A percentage is just a ratio to one hundred, so that different cases can be compared.",
        ),
        apply=(
            "Find two amounts in this scene that belong together, and divide one by the other.",
            "Double both of them: the ratio has not moved.",
            "Double only one, and you will notice at once that the result is a different thing.",
        ),
        mistake=(
            "It is tempting to add the same number to both amounts.",
            "That changes the ratio; only multiplying both keeps it.",
        ),
        question=(
            "A drink mixes two parts of syrup with seven parts of water. How much water goes with six parts of syrup?"
        ),
        answer="Twenty-one parts, because both amounts are multiplied by three.",
        short="Compare by dividing, scale by multiplying.",
        terms=("ratio", "scale factor"),
    ),
)
