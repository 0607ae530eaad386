"""Who runs an organization hears of its contract's end once for each step; a renewal calls everything off."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes
from email.policy import default
from typing import TYPE_CHECKING

import pytest

from bellwork.db.engine import transaction
from bellwork.db.retention import Holder
from bellwork.tasks.content.old_names import tell_contract
from bellwork.tasks.content.retention.contracts import end_contracts, end_due_contracts
from bellwork.tasks.mail import outcome
from bellwork.tasks.providers import MailRefused, MailTryLater, MailUnknown, mail
from bellwork.workers.testing import assert_enqueued, drain, enqueued, run_inline
from tests.tasks.content.retention.old import ask, change
from tests.tasks.mail.waiting import Postman, sent_later, states

if TYPE_CHECKING:
    from email.message import EmailMessage
    from pathlib import Path

    from bellwork.tasks.providers import Letter


@pytest.fixture
def office(district: Path) -> Path:
    """The district with an administrator, its school with one and with one who has left."""
    change(
        """
        INSERT INTO {content}.users (id, email, password_hash, first_name, last_name, role, org_id, is_active) VALUES
            ('head', 'head@example.org', '!', 'Dana', 'Head', 'district_admin', 'org_mnps', true),
            ('dean', 'dean@example.org', '!', 'Sol', 'Dean', 'school_admin', 'school_hillsboro_hs', true),
            ('gone', 'gone@example.org', '!', 'Al', 'Gone', 'school_admin', 'school_hillsboro_hs', false)
        """
    )
    return district


def ends(days: int | None, organization: str = "school_hillsboro_hs") -> None:
    """Let a contract end in so many days, or be without an end."""
    change(
        "UPDATE {content}.organizations SET metadata = jsonb_strip_nulls(jsonb_build_object('contract_end',"
        " CAST((now() AT TIME ZONE 'UTC') AS date) + CAST(:days AS int))) WHERE id = :id",
        days=days,
        id=organization,
    )


def districts(metadata: list[object]) -> None:
    """Insert a district for each of these, as JSON has it."""
    for number, each in enumerate(metadata):
        change(
            "INSERT INTO {content}.organizations (id, name, org_type, metadata)"
            " VALUES (:id, 'D', 'district', CAST(:metadata AS jsonb))",
            id=f"district_{number}",
            metadata=json.dumps(each),
        )


def letters(folder: Path) -> list[EmailMessage]:
    """Read what lies in the mail folder."""
    files = sorted((folder / "mail").glob("*.eml")) if (folder / "mail").exists() else []
    return [message_from_bytes(file.read_bytes(), policy=default) for file in files]


def notices() -> set[tuple[str, str, str]]:
    """Return step, recipient and state of each notice."""
    return {
        tuple(row.split("|"))
        for row in ask("SELECT step || '|' || recipient_id || '|' || state FROM bellwork.contract_notices")
    }


@pytest.mark.parametrize(("days", "step"), [(7, "ends_in_7_days"), (3, "ends_in_3_days"), (1, "ends_in_1_day")])
def test_vv19_each_who_runs_it_is_told_once(days: int, step: str, office: Path) -> None:
    """However often the calendar sends it: one letter to the school's active administrator, one to the district's."""
    ends(days)
    for _ in range(3):
        run_inline(end_contracts)
        drain()

    assert {"head@example.org", "dean@example.org"} == {letter["To"] for letter in letters(office)}
    assert 2 == len(letters(office))
    assert {(step, "head", "sent"), (step, "dean", "sent")} == {each for each in notices() if each[2] != "late"}


def test_vv19_a_step_that_was_missed_is_made_up_for(office: Path) -> None:
    """Eight days before there is nothing to tell; six days before, the step of seven is."""
    ends(8)
    run_inline(end_contracts)
    early = enqueued()
    ends(6)
    run_inline(end_contracts)
    drain()

    assert [] == early
    assert 2 == len(letters(office))


def test_vv19_the_letter_says_which_organization_when_and_what_becomes_of_its_data(office: Path) -> None:
    """Name, last day and day of deletion are in it, and what prevents that."""
    ends(7, "org_mnps")
    run_inline(end_contracts)
    drain()
    [letter] = letters(office)
    [end, deletion] = ask(
        "SELECT to_char(now() AT TIME ZONE 'UTC' + n * interval '1 day', 'DD FMMonth YYYY')"
        " FROM unnest(ARRAY[7, 37]) n ORDER BY n"
    )
    text = letter.get_content()

    assert f"The contract of Metro Nashville Public Schools ends on {end}" == letter["Subject"].strip()
    assert text.startswith("Hello Dana,")
    assert f"kept until {deletion}" in " ".join(text.split())


def test_vv19_a_renewal_calls_off_letters_that_are_on_their_way(office: Path) -> None:
    """Renewed between the calendar's tick and the letter's turn: nobody is frightened."""
    ends(3)
    run_inline(end_contracts)
    ends(365)
    drain()

    assert [] == letters(office)
    assert {"cancelled", "late"} == {state for *_, state in notices()}


def test_vv19_a_new_end_has_steps_of_its_own(office: Path) -> None:
    """Told of one end, then renewed: of the new end they are told again when its time comes."""
    ends(7)
    run_inline(end_contracts)
    ends(3)
    run_inline(end_contracts)
    drain()

    assert 2 == len(letters(office))
    assert {"ends_in_3_days"} == {step for step, _, state in notices() if state == "sent"}


@pytest.mark.usefixtures("office")
def test_vv19_two_schedulers_at_once_send_each_letter_once() -> None:
    """Four transactions enter the same step: two notices, two jobs."""
    ends(7)

    def one(number: int) -> int:
        with transaction() as conn:
            return len(end_due_contracts(conn, Holder(f"sweeper {number}")).letters)

    with ThreadPoolExecutor(4) as pool:
        assert 2 == sum(pool.map(one, range(4)))
    assert {"pending"} == set(states().values())
    assert 2 == len(states())


def test_vv19_an_end_that_nobody_can_read_is_said_and_harms_nobody(office: Path) -> None:
    """Words, numbers, a 30th of February: each is named in the ledger, no letter, and the next contract is served."""
    unreadable = ["soon", "", 20, [1], "2026-02-30", "2026-13-01", {}, True]
    districts([{"contract_end": written} for written in unreadable])
    ends(7)
    job = run_inline(end_contracts)
    drain()
    [error] = ask("SELECT error FROM bellwork.retention")

    assert "done" == job["state"]
    assert 2 == len(letters(office))
    assert len(unreadable) == error.count("has contract_end")


@pytest.mark.usefixtures("office")
def test_vv19_metadata_of_any_shape_is_no_contract() -> None:
    """NULL, a list, a text, an end of null: nobody has promised anything."""
    districts([None, [], "contract_end", ["contract_end"], {"contract_end": None}])
    run_inline(end_contracts)

    assert [] == enqueued()
    assert [None] == ask("SELECT error FROM bellwork.retention")


@pytest.mark.parametrize(
    ("failure", "state"), [(MailRefused("no such user"), "refused"), (MailUnknown("?"), "unknown")]
)
@pytest.mark.usefixtures("office")
def test_vv19_a_final_word_of_the_mail_server_is_kept(
    failure: Exception, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused and unknown are settled, and never sent again."""
    _mail_that_fails(monkeypatch, [failure])
    ends(1, "org_mnps")
    run_inline(end_contracts)
    drain()
    sent_later()

    assert ("ends_in_1_day", "head", state) in notices()


def test_vv19_a_letter_that_was_not_taken_is_offered_again(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that asks for patience gets it, and then the one letter."""
    _mail_that_fails(monkeypatch, [MailTryLater("greylisted")])
    ends(1, "org_mnps")
    run_inline(end_contracts)
    drain("mail")
    between = notices()
    sent_later()

    assert ("ends_in_1_day", "head", "waiting") in between
    assert ("ends_in_1_day", "head", "sent") in notices()
    assert 1 == len(letters(office))


def test_vv19_a_claim_of_the_release_before_is_unknown(office: Path) -> None:
    """Its worker died while it was sending: nobody can know, so nothing is sent again by the job that comes after."""
    ends(1, "org_mnps")
    run_inline(end_contracts)
    change("DELETE FROM bellwork.letters")
    change("UPDATE bellwork.contract_notices SET state = 'sending' WHERE recipient_id = 'head'")
    [end] = ask("SELECT CAST(contract_end AS text) FROM bellwork.contract_notices WHERE recipient_id = 'head'")
    run_inline(tell_contract, organization_id="org_mnps", contract_end=end, step="ends_in_1_day", recipient_id="head")
    drain()

    assert [] == letters(office)
    assert ("ends_in_1_day", "head", "unknown") in notices()


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize(("step", "end"), [("maybe", "2027-06-30"), ("ends_in_1_day", "soon")])
def test_vv19_a_letter_about_nothing_is_dead_at_once(step: str, end: str) -> None:
    """A step or a day that nobody knows is refused with what there is."""
    job = run_inline(tell_contract, organization_id="org_mnps", contract_end=end, step=step, recipient_id="head")

    assert "dead" == job["state"]
    assert (step if step == "maybe" else end) in job["reason"]


@pytest.mark.usefixtures("district")
def test_vv19_nobody_to_tell_is_noted_and_stops_nothing() -> None:
    """Without an administrator the last word is spoken to the ledger, and a week later the deletion is sent."""
    ends(-30, "org_mnps")
    run_inline(end_contracts)
    early = enqueued()
    change("UPDATE bellwork.contract_notices SET at = at - interval '7 days'")
    run_inline(end_contracts)

    assert [] == early
    assert {("deleted_in_7_days", "", "nobody")} == notices()
    assert_enqueued("content.delete_organization", organization_id="org_mnps")


def _mail_that_fails(monkeypatch: pytest.MonkeyPatch, failures: list[Exception]) -> None:
    class Failing(Postman):
        def send(self, letter: Letter) -> None:
            super().send(letter)
            mail().send(letter)

    postman = Failing()
    postman.failures = failures
    monkeypatch.setattr(outcome, "mail", lambda: postman)
