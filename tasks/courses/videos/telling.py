"""Tells the instructor of a video that it can be watched, or why it cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from bellwork.db.courses.videos.begin import read_video
from bellwork.db.courses.videos.fail import fail_video
from bellwork.tasks.courses.tell import tell

if TYPE_CHECKING:
    from sqlalchemy import Connection


def tell_ready(conn: Connection, video_id: UUID) -> None:
    """Tell it once for each run."""
    _tell(conn, video_id, "video_ready", "The video “{title}” of “{course}” is ready.", "It can be watched now.")


def give_up(conn: Connection, video_id: UUID, reason: str) -> None:
    """Fail a video with its reason and tell it, once for each run; a video that is over stays as it is."""
    if fail_video(conn, video_id, reason):
        _tell(
            conn,
            video_id,
            "video_failed",
            "The video “{title}” of “{course}” could not be prepared.",
            f"{reason[:1].upper()}{reason[1:]}. Upload it anew, or ask your platform's operators.",
            reason=reason,
        )


def give_up_video(conn: Connection, args: dict[str, Any], reason: str) -> None:
    """Give a video up whose own job is dead."""
    give_up(conn, UUID(args["video_id"]), reason)


def _tell(conn: Connection, video_id: UUID, kind: str, subject: str, text: str, **body: Any) -> None:
    video = read_video(conn, video_id)
    if video:
        named = subject.replace("{title}", video.title).replace("{course}", video.course)
        about = {"video_id": str(video_id), **body}
        tell(conn, video.instructor_id, kind, f"{video_id}:{video.run}", subject=named, text=text, **about)
