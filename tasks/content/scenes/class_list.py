"""A class list of a school is read in: who is right gets an account and a place, and each faulty row is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bellwork.db.content.lists import look as uploads
from bellwork.db.content.seed import load_samples
from bellwork.db.engine import transaction
from bellwork.db.vocabulary.exhibit import Figures, Text
from bellwork.db.vocabulary.scene import Check, Line
from bellwork.tasks.content.retention.uploads import PLACE
from bellwork.tasks.providers import storage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bellwork.db.vocabulary.exhibit import Exhibit, Letter
    from bellwork.db.vocabulary.scene import Place

SCHOOL, TEACHER = "school_hillsboro_hs", "user_teacher_okafor"
FILE = """\
first,last,email,grade,class,role
Lena,Vogel,lena.vogel@pupils.example.org,10,Science 10A,student
Kofi,Mensah,kofi.mensah.pupils.example.org,10,Science 10A,student
Sofia,,sofia.reyes@pupils.example.org,10,Science 10A,student
Omar,Haddad,omar.haddad@pupils.example.org,10,Science 10A,student
Nora,Lund,nora.lund@pupils.example.org,13,Science 10A,student
Mateo,Silva,mateo.silva@pupils.example.org,10,Science 10Z,student
Iris,Novak,iris.novak@pupils.example.org,10,Science 10A,principal
=1+1,Okoye,ada.okoye@pupils.example.org,10,Science 10A,student
Lena,Vogel,Lena.Vogel@pupils.example.org,10,Science 10A,student
Yuki,Tanaka,yuki.tanaka@pupils.example.org,9,Science 10A,student
"""
#: Row by row, as a spreadsheet numbers them (the header is row 1), a word that tells the fault from all others.
FAULTS: Mapping[int, str] = {
    3: "e-mail",
    4: "last name",
    6: "grade",
    7: "class",
    8: "role",
    9: "formula",
    10: "row 2 has the same address",
}
#: Addresses of those whose rows are right.
NEW = ("lena.vogel@pupils.example.org", "omar.haddad@pupils.example.org", "yuki.tanaka@pupils.example.org")
_OVER = ("completed", "failed")


class ClassList:
    """A file of ten people, seven of whose rows are faulty, each in its own way."""

    title = "A class list with seven faults is read in"

    def __init__(self) -> None:
        self.now: dict[str, Any] = {}

    def begin(self, place: Place) -> None:
        """Store the file and enter it, as an API layer would."""
        self._place = place
        path = storage().put(f"{PLACE}science-10a.csv", FILE.encode())
        asked = {"uploaded_by": TEACHER, "school_id": SCHOOL, "file_path": path, "role": "student"}
        rest = {"grade_level": None, "class_id": None, "atomic": False, "dry_run": False, "leavers": False}
        with transaction() as conn:
            load_samples(conn)
            self._upload = uploads.hand_in(conn, {**asked, **rest, "invite": True})

    def progress(self) -> Sequence[Line]:
        """Look how far it is; it is over when everybody who is new has been invited."""
        with transaction() as conn:
            self.now = uploads.look(conn, self._upload) or {}
        came, read = len(self._letters()), self.now.get("status") in _OVER
        over = read and came >= self.now["created_count"]
        said = (
            f"{self.now['created_count']} new, {self.now['failed_count']} refused, {came} invited" if read else "waits"
        )
        return [Line("class list", "ten people, seven faulty rows", said, over=over)]

    def checks(self) -> Sequence[Check]:
        """Check what became of every row."""
        refused = self._refused()
        made = [self.now.get(name) for name in ("created_count", "place_count", "failed_count")]
        people = sorted(letter.to for letter in self._letters())
        return [
            Check(
                "Each of the seven faulty rows is refused by its number, with its own reason.",
                set(refused) == set(FAULTS) and all(word in refused[row] for row, word in FAULTS.items()),
                "; ".join(f"row {row}: {why}" for row, why in refused.items()),
            ),
            Check(
                "The three other people have an account and a place in the class.",
                made == [len(NEW), len(NEW), len(FAULTS)],
                "{} accounts, {} places, {} refused".format(*made),
            ),
            Check(
                "Each of the three was invited by one letter, and nobody else.",
                people == sorted(NEW),
                ", ".join(people),
            ),
        ]

    def exhibits(self) -> Sequence[Exhibit]:
        """Show what became of every row, the file, and the letters."""
        refused = self._refused()
        rows = tuple(
            (str(number), line, "refused" if number in refused else "done", refused.get(number, ""))
            for number, line in enumerate(FILE.splitlines()[1:], start=2)
        )
        about = "Rows are numbered as a spreadsheet numbers them: the header is row 1."
        table = Figures("What became of each row", ("row", "as it was handed in", "outcome", "why"), rows, about)
        return [table, Text("The file", FILE, "as the school handed it in"), *self._letters()]

    def _refused(self) -> dict[int, str]:
        return {int(each["row"]): str(each["error"]) for each in self.now.get("error_log", ())}

    def _letters(self) -> list[Letter]:
        return [letter for letter in self._place.letters() if letter.to.endswith("@pupils.example.org")]
