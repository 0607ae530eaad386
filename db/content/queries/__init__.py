"""What the content system asks of its tables; every function takes the caller's connection first.

generation  the key that requests of the same content share    transitions  one edge, one UPDATE
cascades    all requests of a key, by legal transitions        requests     a request, as the stages read it
catalogue   topics and interests                               questions    what a student was asked back
generated   the one row of content for a key                   notices      what was sent to which student
sweeps      requests that no job works on any more             contracts    ends of contracts, and their notices
belonging   what belongs to an organization to be deleted      uploads      the files of class lists

issues      what the curriculum is told of flagged content     spoken       what a student says in the demo's scene
progress    how far requests are, for the demo's scene

organization_deletion   deletes it in the order of the foreign keys
"""

from __future__ import annotations

from bellwork.db.content.queries.belonging import (
    classes_of,
    count_belonging,
    files_of,
    in_the_way,
    lock_classes,
    lock_parts,
    lock_people,
    parts_of,
    people_of,
)
from bellwork.db.content.queries.cascades import cascade, degrade, fail_generation, fail_request
from bellwork.db.content.queries.catalogue import (
    Named,
    choose_interest,
    default_interest,
    list_interests,
    list_topics,
    read_interest,
    read_topic,
)
from bellwork.db.content.queries.contracts import (
    Contract,
    ContractNotice,
    announce_step,
    list_contracts,
    pass_over_steps,
    read_contract,
    reader_of,
    renew_notice,
    settle_contract_notice,
    settle_left_contract_notice,
    told_steps,
    unheard_notices,
)
from bellwork.db.content.queries.generated import (
    Content,
    Recording,
    give_up_video,
    publish_fast,
    publish_full,
    read_content,
)
from bellwork.db.content.queries.generation import Generation
from bellwork.db.content.queries.issues import Issue, curriculum, read_issue
from bellwork.db.content.queries.notices import (
    Notice,
    clear_notice,
    enter_notices,
    read_notice,
    settle_left_notice,
    settle_notice,
)
from bellwork.db.content.queries.organization_deletion import (
    close_contract,
    delete_classes,
    delete_organizations,
    delete_people,
    was_deleted,
)
from bellwork.db.content.queries.questions import Question, ask, open_question
from bellwork.db.content.queries.requests import Request, await_stage, read_request
from bellwork.db.content.queries.sweeps import Waiting, expire_questions, list_stuck, retry_failed
from bellwork.db.content.queries.transitions import BY_ID, Moved, advance
from bellwork.db.content.queries.uploads import UploadFile, count_old_uploads, forget_files, old_uploads

__all__ = [
    "BY_ID",
    "Content",
    "Contract",
    "ContractNotice",
    "Generation",
    "Issue",
    "Moved",
    "Named",
    "Notice",
    "Question",
    "Recording",
    "Request",
    "UploadFile",
    "Waiting",
    "advance",
    "announce_step",
    "ask",
    "await_stage",
    "cascade",
    "choose_interest",
    "classes_of",
    "clear_notice",
    "close_contract",
    "count_belonging",
    "count_old_uploads",
    "curriculum",
    "default_interest",
    "degrade",
    "delete_classes",
    "delete_organizations",
    "delete_people",
    "enter_notices",
    "expire_questions",
    "fail_generation",
    "fail_request",
    "files_of",
    "forget_files",
    "give_up_video",
    "in_the_way",
    "list_contracts",
    "list_interests",
    "list_stuck",
    "list_topics",
    "lock_classes",
    "lock_parts",
    "lock_people",
    "old_uploads",
    "open_question",
    "parts_of",
    "pass_over_steps",
    "people_of",
    "publish_fast",
    "publish_full",
    "read_content",
    "read_contract",
    "read_interest",
    "read_issue",
    "read_notice",
    "read_request",
    "read_topic",
    "reader_of",
    "renew_notice",
    "retry_failed",
    "settle_contract_notice",
    "settle_left_contract_notice",
    "settle_left_notice",
    "settle_notice",
    "told_steps",
    "unheard_notices",
    "was_deleted",
]
