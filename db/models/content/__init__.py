"""The tables of vividly.md: people, the catalogue, requests, what was generated, and the office's paperwork."""

from db.models.content.catalogue import Interest, StudentInterest, Topic
from db.models.content.generated import (
    ContentType,
    Feedback,
    FeedbackType,
    GeneratedContent,
    ProgressStatus,
    StudentProgress,
)
from db.models.content.office import (
    AccountRequestStatus,
    AuditLog,
    BulkUploadJob,
    StudentAccountRequest,
    UploadStatus,
)
from db.models.content.people import ClassStudent, Organization, OrganizationType, SchoolClass, User, UserRole
from db.models.content.requests import REQUEST_MACHINE, SERVED, SETTLED, ContentRequest, RequestStatus

__all__ = [
    "REQUEST_MACHINE",
    "SERVED",
    "SETTLED",
    "AccountRequestStatus",
    "AuditLog",
    "BulkUploadJob",
    "ClassStudent",
    "ContentRequest",
    "ContentType",
    "Feedback",
    "FeedbackType",
    "GeneratedContent",
    "Interest",
    "Organization",
    "OrganizationType",
    "ProgressStatus",
    "RequestStatus",
    "SchoolClass",
    "StudentAccountRequest",
    "StudentInterest",
    "StudentProgress",
    "Topic",
    "UploadStatus",
    "User",
    "UserRole",
]
