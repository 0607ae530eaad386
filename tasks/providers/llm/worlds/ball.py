"""The worlds of basketball and soccer."""

from __future__ import annotations

from bellwork.tasks.providers.llm.worlds.shapes import World

BASKETBALL = World(
    names=("basketball", "nba", "hoops"),
    place="onto the basketball court",
    hooks=(
        "Ten seconds left, one point behind. The point guard crosses half court, fakes left and drives to the basket.",
        "An empty gym, one ball, and a player who stays after practice. Dribble, stop, jump shot, over and over again.",
    ),
    scenes={
        "motion": (
            "A player sprints down the court, plants one shoe and jumps for a layup. The shoe presses on the floor, "
            "the floor presses on the shoe, and the ball leaves her hand still carrying her speed."
        ),
        "energy": (
            "A ball falls from the top of the backboard and bounces on the floor. Stored energy becomes motion, "
            "motion squeezes the ball, and the squeezed ball throws itself up again, a little less high."
        ),
        "waves": (
            "The buzzer sounds, and the whole arena hears it: the players at once, the fans in the last row a moment "
            "later. Every dribble sends its own thud across the wooden floor."
        ),
        "electricity": (
            "The shot clock above the basket counts down from twenty-four. A cable brings the current to its bright "
            "segments, and another one takes it back to the wall."
        ),
        "number": (
            "A player has six points at half time and then scores three points in every minute. Her total starts at "
            "six and grows by the same amount with each minute on the clock."
        ),
        "shape": (
            "A player stands six meters from the line under the basket and eight meters to the side. The direct pass "
            "to the hoop is the long side of a right triangle on the floor."
        ),
        "chance": (
            "Over the season a player has made twelve of twenty free throws. Now she steps to the line again, with "
            "two shots and the game tied."
        ),
        "matter": (
            "The ball was pumped up in the cold garage and now lies in the warm gym. The air inside pushes harder "
            "against the rubber, and the ball bounces higher than before."
        ),
        "life": (
            "It is the fourth quarter, and the forwards breathe hard. Their hearts race, their legs burn, and sweat "
            "cools their skin while they run back on defense."
        ),
        "code": (
            "The coach calls a play: pass, screen, cut, look at the rim. If the rim is free, shoot; if not, pass the "
            "ball back and run the same play again."
        ),
        "general": (
            "The coach stops practice and replays one possession, move by move. Who moved first, who reacted, and "
            "what would have happened if one pass had come a second later?"
        ),
    },
    homework="you watch a game or pick up a ball",
    visual="a basketball court under bright lights",
)
SOCCER = World(
    names=("soccer", "football", "futsal"),
    place="onto the soccer field",
    hooks=(
        (
            "Last minute, free kick, twenty meters from the goal. The wall jumps, the keeper leans to the right, and "
            "the ball curls to the left."
        ),
        "A wet field on a Saturday morning. The winger pushes the ball past her opponent and simply runs.",
    ),
    scenes={
        "motion": (
            "A striker hits a resting ball with the inside of the foot. The foot pushes the ball, the ball pushes the "
            "foot, and a moment later the ball flies while grass and air slow it down."
        ),
        "energy": (
            "A goalkeeper kicks the ball high into the sky. It climbs until it has almost stopped, falls back faster "
            "and faster, and rolls to rest in the grass."
        ),
        "waves": (
            "The whistle shrieks, and the fans answer with a wave that runs around the stadium. Each of them only "
            "stands up and sits down, and still the wave goes all the way around."
        ),
        "electricity": (
            "As it gets dark, the floodlights come on. Behind every mast a cable carries the current up to the lamps "
            "and down again."
        ),
        "number": (
            "A team has ten points after the first weeks and then earns two points in every match. The table shows a "
            "total that starts at ten and grows evenly from match to match."
        ),
        "shape": (
            "A player stands at the corner of the penalty area, six meters to the side and eight meters in front of "
            "the goal. Her shot takes the long side of a right triangle."
        ),
        "chance": (
            "A player has scored from fifteen of her last twenty penalties. Now the ball lies on the spot again, and "
            "the keeper bounces on the line."
        ),
        "matter": (
            "On a hot afternoon the field is watered before the match. The drops glitter, sink into the soil, and by "
            "half time the air above the grass feels damp."
        ),
        "life": (
            "After seventy minutes the midfielder breathes twice as fast as at the start. Her muscles ask for sugar "
            "and oxygen, and her blood delivers both."
        ),
        "code": (
            "The trainer sets up a drill: pass, run, receive, turn, and back to the start. It is repeated until every "
            "player has been in each position once."
        ),
        "general": (
            "The trainer freezes the video at the moment before the goal. Where is the space, who has seen it, and "
            "what would a single step to the left have changed?"
        ),
    },
    homework="you watch a match or kick a ball",
    visual="a soccer field in the evening sun",
)
