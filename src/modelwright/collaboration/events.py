"""What happens in this room."""

from typing import ClassVar

from modelwright.core.events import Event


class CommentWritten(Event, frozen=True, kw_only=True, tag="collaboration.comment.written"):
    """`mentions` are references of things and people, each once."""

    SUBJECT: ClassVar[str] = "{about}"

    about: str
    comment: int
    mentions: tuple[str, ...] = ()


class DefaultViewChosen(Event, frozen=True, kw_only=True, tag="collaboration.default_view.chosen"):
    """`before` and `after` are names of shared views; None: the page as it is by itself."""

    SUBJECT: ClassVar[str] = "{scope}"

    scope: str
    before: str | None
    after: str | None


class CommentDeleted(Event, frozen=True, kw_only=True, tag="collaboration.comment.deleted"):
    SUBJECT: ClassVar[str] = "{about}"

    about: str
    comment: int
    before: str
    mentions: tuple[str, ...] = ()
