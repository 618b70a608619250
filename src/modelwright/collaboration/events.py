"""What happens in this room."""

from typing import ClassVar

from modelwright.core.events import Event


class CommentWritten(Event, frozen=True, kw_only=True, tag="collaboration.comment.written"):
    SUBJECT: ClassVar[str] = "{about}"

    about: str
    comment: int


class CommentDeleted(Event, frozen=True, kw_only=True, tag="collaboration.comment.deleted"):
    SUBJECT: ClassVar[str] = "{about}"

    about: str
    comment: int
    before: str
