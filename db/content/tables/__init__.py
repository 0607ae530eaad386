"""The tables of vividly.md: people, the catalogue, requests, what was generated, the office's paperwork; and ours."""

from bellwork.db.base import metadata
from bellwork.db.content.tables.alerts import Alert, AlertState, Ping
from bellwork.db.content.tables.catalogue import Interest, StudentInterest, Topic
from bellwork.db.content.tables.effects import ContentCount, FeedbackEffect, TopicEngagement
from bellwork.db.content.tables.figures import RequestDay, RequestHour, StudentDay
from bellwork.db.content.tables.generated import (
    ContentType,
    Feedback,
    FeedbackType,
    GeneratedContent,
    ProgressStatus,
    StudentProgress,
)
from bellwork.db.content.tables.lists import ClassList, ListChange, ListedFact, ListedPerson
from bellwork.db.content.tables.office import (
    AccountDecision,
    AccountRequestStatus,
    AuditLog,
    BulkUploadJob,
    Invitation,
    StudentAccountRequest,
    UploadStatus,
)
from bellwork.db.content.tables.people import ClassStudent, Organization, OrganizationType, SchoolClass, User, UserRole
from bellwork.db.content.tables.requests import REQUEST_MACHINE, SERVED, SETTLED, ContentRequest, RequestStatus

__all__ = [
    "REQUEST_MACHINE",
    "SERVED",
    "SETTLED",
    "AccountDecision",
    "AccountRequestStatus",
    "Alert",
    "AlertState",
    "AuditLog",
    "BulkUploadJob",
    "ClassList",
    "ClassStudent",
    "ContentCount",
    "ContentRequest",
    "ContentType",
    "Feedback",
    "FeedbackEffect",
    "FeedbackType",
    "GeneratedContent",
    "Interest",
    "Invitation",
    "ListChange",
    "ListedFact",
    "ListedPerson",
    "Organization",
    "OrganizationType",
    "Ping",
    "ProgressStatus",
    "RequestDay",
    "RequestHour",
    "RequestStatus",
    "SchoolClass",
    "StudentAccountRequest",
    "StudentDay",
    "StudentInterest",
    "StudentProgress",
    "Topic",
    "TopicEngagement",
    "UploadStatus",
    "User",
    "UserRole",
    "metadata",
]
