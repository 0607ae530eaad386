"""`python -m tests.soak.producer FOLDER NAME SEED RATE`: places orders until SIGTERM, and journals them.

An order whose commit went unanswered is placed again until an answer comes, as any caller who has to be sure does.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from pathlib import Path
from random import Random

from bellwork.db.engine import DatabaseError, transaction
from bellwork.db.failpoints import InjectedFault
from tests.soak.journal import BROKEN, COMMITTED, FORSWORN, INTENDED, Journal
from tests.soak.orders import Order, TurnedBack, place, repeat
from tests.soak.sql import order_rows
from tests.soak.work import KINDS

#: How many of a hundred are rolled back, and how many are repeated.
TURNED_BACK, REPEATED = 10, 10
#: Now and then a crowd comes at once.
CROWD, CROWDED = 20, 2
#: While so many jobs are unfinished no more orders are placed: the soak ends with what workers can do in a minute.
FULL = 500
#: Seconds before another try, and for how long there are tries once it is time to go.
PATIENCE, FAREWELL = 0.3, 20.0


class Producer:
    """Draws orders and places them."""

    def __init__(self, folder: Path, name: str, seed: int) -> None:
        self.journal = Journal(folder, name)
        self.dice = Random(f"{seed} {self.journal.run}")  # noqa: S311 - it has to be the same again for the same seed
        self.leaving = threading.Event()
        self.placed = 0
        self._until = float("inf")

    def run(self, rate: float) -> None:
        """Place `rate` orders a second, more or less, until told to leave; fewer where workers fall behind."""
        while not self.leaving.wait(self.dice.expovariate(rate)):
            if not _is_full():
                self.place_some()

    def leave(self, *_: object) -> None:
        """Place what is under way, and nothing any more."""
        self._until = time.monotonic() + FAREWELL
        self.leaving.set()

    def place_some(self) -> None:
        """Place one order or a crowd, roll it back, or place it and repeat it."""
        orders = [self._draw() for _ in range(CROWD if self._lot(CROWDED) else 1)]
        turn_back, again = self._lot(TURNED_BACK), self._lot(REPEATED)
        self._write(FORSWORN if turn_back else INTENDED, orders)
        if not self._place(orders, turn_back=turn_back):
            return
        self._write(COMMITTED, orders)
        if again:
            self._repeat(orders[0])

    def _draw(self) -> Order:
        self.placed += 1
        return Order.draw(self.dice, f"{self.journal.run}-{self.placed}", KINDS)

    def _lot(self, of_a_hundred: int) -> bool:
        return self.dice.randrange(100) < of_a_hundred

    def _place(self, orders: list[Order], *, turn_back: bool) -> bool:
        """Try until it is known that the orders are placed; False where they are not, or nobody will ever know."""
        while time.monotonic() < self._until:
            try:
                place(orders, turn_back=turn_back)
            except TurnedBack:
                return False
            except (*DatabaseError, InjectedFault):
                if turn_back:
                    return False
                time.sleep(PATIENCE)
            else:
                return True
        return False

    def _repeat(self, order: Order) -> None:
        try:
            if wrong := repeat(order):
                self.journal.write(BROKEN, wrong)
        except DatabaseError:
            pass  # whatever became of it, a repetition changes nothing

    def _write(self, word: str, orders: list[Order]) -> None:
        for order in orders:
            self.journal.write(word, order.id)


def _is_full() -> bool:
    try:
        with transaction() as conn:
            return order_rows.unfinished(conn) >= FULL
    except (*DatabaseError, InjectedFault):
        return False  # placing finds out


def main(folder: str, name: str, seed: str, rate: str) -> None:
    """Produce until SIGTERM."""
    producer = Producer(Path(folder), name, int(seed))
    signal.signal(signal.SIGTERM, producer.leave)
    producer.run(float(rate))
    producer.journal.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
