"""The tables of learncraft.md, and ours beside them.

people   users, preferences, subscriptions     courses     courses, modules, lessons, operators' records
videos   videos, rungs, parts                  labs        labs, sessions, containers
learning enrollments, progress, certificates   assessments questions, attempts, answers
insights questions to a model, embeddings, learning events
"""

from bellwork.db.base import metadata
from bellwork.db.courses.tables.assessments import (
    ATTEMPT_MACHINE,
    Answer,
    Assessment,
    AssessmentAttempt,
    AssessmentType,
    AttemptStatus,
    Question,
    QuestionType,
)
from bellwork.db.courses.tables.courses import (
    COURSE_MACHINE,
    AuditRecord,
    Course,
    CourseStatus,
    Lesson,
    LessonType,
    Module,
)
from bellwork.db.courses.tables.insights import DIMENSIONS, AiInteraction, ContentEmbedding, LearningEvent
from bellwork.db.courses.tables.labs import (
    LAB_SESSION_MACHINE,
    LIVE_SESSIONS,
    Lab,
    LabContainer,
    LabSession,
    LabSessionStatus,
    LabTemplate,
)
from bellwork.db.courses.tables.learning import (
    ENROLLMENT_MACHINE,
    Certificate,
    CourseProgress,
    Enrollment,
    EnrollmentStatus,
    LearnerDay,
    LessonProgress,
    ProgressStatus,
    VideoBookmark,
)
from bellwork.db.courses.tables.people import (
    LIVE_SUBSCRIPTIONS,
    SUBSCRIPTION_MACHINE,
    CourseUser,
    LearnerZone,
    Subscription,
    SubscriptionStatus,
    Tier,
    UserPreferences,
    UserRole,
)
from bellwork.db.courses.tables.videos import RUNGS, VIDEO_MACHINE, Video, VideoPart, VideoQuality, VideoStatus

__all__ = [
    "ATTEMPT_MACHINE",
    "COURSE_MACHINE",
    "DIMENSIONS",
    "ENROLLMENT_MACHINE",
    "LAB_SESSION_MACHINE",
    "LIVE_SESSIONS",
    "LIVE_SUBSCRIPTIONS",
    "RUNGS",
    "SUBSCRIPTION_MACHINE",
    "VIDEO_MACHINE",
    "AiInteraction",
    "Answer",
    "Assessment",
    "AssessmentAttempt",
    "AssessmentType",
    "AttemptStatus",
    "AuditRecord",
    "Certificate",
    "ContentEmbedding",
    "Course",
    "CourseProgress",
    "CourseStatus",
    "CourseUser",
    "Enrollment",
    "EnrollmentStatus",
    "Lab",
    "LabContainer",
    "LabSession",
    "LabSessionStatus",
    "LabTemplate",
    "LearnerDay",
    "LearnerZone",
    "LearningEvent",
    "Lesson",
    "LessonProgress",
    "LessonType",
    "Module",
    "ProgressStatus",
    "Question",
    "QuestionType",
    "Subscription",
    "SubscriptionStatus",
    "Tier",
    "UserPreferences",
    "UserRole",
    "Video",
    "VideoBookmark",
    "VideoPart",
    "VideoQuality",
    "VideoStatus",
    "metadata",
]
