"""Users and their places in classes: two statements for all rows of a stretch, and what is known of them already stays.

Both are in the order of the addresses, so that two lists with the same people never wait for each other in a circle.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.content.lists.joins import checking_by_index, execute_by_hash
from bellwork.db.content.lists.judge import CLASSES, KNOWN, LAST_ROW, refuse_known
from bellwork.db.sql import sql

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.db.content.lists.run import Order

#: Rows that are written by one commit, unless all are.
STRETCH = 10_000
#: What stands where a password's hash would be: no password opens such an account.
NO_PASSWORD = "!"  # noqa: S105 - it is none
_STRETCHES = """
SELECT row_number FROM (SELECT row_number, row_number() OVER (ORDER BY row_number) AS place
                        FROM {content}.listed_people WHERE upload_id = :id) p
WHERE place % :rows = 0 ORDER BY row_number
"""
# Ids as content.generate_id makes them, whose call for each row costs as much as all else of it.
_USERS = """
WITH made AS (
    INSERT INTO {content}.users (id, email, password_hash, first_name, last_name, role, org_id, student_id, grade_level)
    SELECT 'user_' || left(p.digits, 4) || right(p.digits, 12), p.email, :no_password, p.first_name, p.last_name,
           CAST(coalesce(p.role, :role) AS {content}.user_role), :school,
           CASE coalesce(p.role, :role) WHEN 'student' THEN p.student_id END,
           CASE coalesce(p.role, :role) WHEN 'student' THEN coalesce(p.grade_level, :grade) END
    FROM (SELECT p.*, replace(CAST(gen_random_uuid() AS text), '-', '') AS digits FROM {content}.listed_people p
          WHERE p.upload_id = :id AND p.row_number BETWEEN :first AND :last AND p.error IS NULL AND NOT p.leaves) p
    WHERE NOT EXISTS (SELECT FROM {content}.users u WHERE lower(u.email) = p.email)
    ORDER BY p.email
    ON CONFLICT (email) DO NOTHING RETURNING id, email
), invited AS (
    INSERT INTO {content}.invitations (user_id, upload_id) SELECT id, :id FROM made
), posted AS (
    INSERT INTO bellwork.letters AS old (key, system, kind, person, details, not_before)
    SELECT 'content.welcome:' || :school || ':' || encode(sha256(convert_to(email, 'UTF8')), 'hex'), 'content',
           'invitation', id, jsonb_build_object('user_id', id),
           now() + interval '1 minute' * ((:posted + row_number() OVER (ORDER BY email) - 1) / :a_minute)
    FROM made WHERE :invite ORDER BY email
    ON CONFLICT (key) DO UPDATE SET (person, details, not_before, state, reason, settled_at, tries, held, posted_at) = (
        excluded.person, excluded.details, excluded.not_before, 'pending', NULL, NULL, 0, 0, now())
    WHERE old.state = 'superseded'
)
SELECT count(*) FROM made
"""
_PLACES = f"""
WITH {CLASSES}, person AS MATERIALIZED (
    SELECT u.id, p.source_id, p.class_name, NOT EXISTS (
        SELECT FROM {{content}}.invitations i WHERE i.user_id = u.id AND i.upload_id = :id) AS was_known
    FROM {{content}}.listed_people p CROSS JOIN {KNOWN}
    WHERE p.upload_id = :id AND p.row_number BETWEEN :first AND :last AND p.error IS NULL AND NOT p.leaves
      AND u.role = 'student' AND u.org_id = :school
), place AS (
    SELECT n.class_id, person.id, was_known FROM person JOIN named n ON n.name = person.class_name AND n.found = 1
    UNION SELECT n.class_id, person.id, was_known FROM person
        JOIN {{content}}.listed_facts f ON f.upload_id = :id AND f.kind = 'class' AND f.source_id = person.source_id
        JOIN named n ON n.name = f.value AND n.found = 1
    UNION SELECT CAST(:class AS text), person.id, was_known FROM person
        WHERE CAST(:class AS text) IS NOT NULL AND class_name IS NULL AND NOT :enrolled
), entered AS (
    INSERT INTO {{content}}.class_students AS s (class_id, student_id)
    SELECT class_id, id FROM place ORDER BY id, class_id
    ON CONFLICT (class_id, student_id) DO UPDATE SET dropped_at = NULL WHERE s.dropped_at IS NOT NULL
    RETURNING class_id, student_id, xmax = 0 AS is_new
)
INSERT INTO {{content}}.list_changes (upload_id, user_id, what, class_id)
SELECT :id, e.student_id, CASE WHEN e.is_new THEN 'entered' ELSE 'returned' END, e.class_id
FROM entered e JOIN place ON place.id = e.student_id AND place.class_id = e.class_id WHERE place.was_known
ON CONFLICT DO NOTHING
"""  # noqa: S608 - constants of ours


class Stretch(NamedTuple):
    """Rows from `first` to `last`, both counted."""

    first: int
    last: int


EVERYTHING = Stretch(0, LAST_ROW)


class Pace(NamedTuple):
    """How letters go out: so many a minute, after those that were `posted` before."""

    a_minute: int
    posted: int = 0


def stretches(conn: Connection, order: Order, rows: int = STRETCH) -> list[Stretch]:
    """Divide the rows that were read into stretches of so many."""
    ends = [*conn.execute(sql(_STRETCHES), {"id": order.upload_id, "rows": rows}).scalars(), LAST_ROW]
    starts = [0, *(end + 1 for end in ends)]
    return [Stretch(first, last) for first, last in zip(starts, ends, strict=False)]


def write(conn: Connection, order: Order, stretch: Stretch, pace: Pace, *, enrolled: bool = False) -> tuple[int, int]:
    """Make the users of a stretch who are not there, and give all of it their places in classes.

    `enrolled` says that the file has enrollments, so that none gets the upload's class. Returns how many users were
    made, and how many rows are refused now because somebody else made an account meanwhile.
    """
    asked = {
        "id": order.upload_id,
        "school": order.school_id,
        "role": order.role,
        "grade": order.grade_level,
        "class": order.class_id,
        "first": stretch.first,
        "last": stretch.last,
    }
    letters = {"invite": order.invite, "a_minute": pace.a_minute, "posted": pace.posted, "no_password": NO_PASSWORD}
    with checking_by_index(conn):
        made = int(conn.execute(sql(_USERS), asked | letters).scalar_one())
        refused = refuse_known(conn, order, stretch.first, stretch.last)
        execute_by_hash(conn, _PLACES, asked | {"enrolled": enrolled})
    return made, refused
