"""A pipeline's next stage goes into the commit that finishes the stage before, the actor's own or the engine's.

Without `job.transaction()` Dramatiq's Pipelines sends it after the actor has returned, and the broker gathers it with
the attempt. A job that opens `job.transaction()` is finished by that commit, before its actor has returned: so the next
stage goes in there, with the result that the block has named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dramatiq.errors import ActorNotFound
from dramatiq.message import Message
from dramatiq.middleware import GroupCallbacks, Pipelines

from bellwork.db.plain import plain_argument, plain_arguments
from bellwork.workers.arguments import written_arguments, written_in_order
from bellwork.workers.signature import named_arguments

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dramatiq.broker import Broker
    from dramatiq.middleware import Middleware

    from bellwork.workers.attempt import Attempt

#: Options of a message that only a middleware can keep, and which one it is.
_KEEPERS = {"pipe_target": Pipelines, "group_completion_callbacks": GroupCallbacks}


class NoResult(RuntimeError):  # noqa: N818 - named for what is missing
    """A stage of a pipeline finishes its job without naming the result that the next stage takes."""


def unkept(middleware: Sequence[Middleware], options: Mapping[str, Any]) -> str | None:
    """Say which option of a message none of a broker's middleware would heed; None where all is well."""
    for name, keeper in _KEEPERS.items():
        if options.get(name) and not any(isinstance(each, keeper) for each in middleware):
            return f"its option {name} needs Dramatiq's middleware {keeper.__name__}, which this broker does not have"
    return None


def check(broker: Broker, message: Message[Any]) -> None:
    """Raise TypeError where a later stage of a pipeline cannot take what it will be given; unknown actors pass."""
    while target := message.options.get("pipe_target"):
        following: Message[Any] = Message(**target)
        try:
            function = broker.get_actor(following.actor_name).fn
            named_arguments(function, _arguments(broker, message.actor_name, following, None), following.kwargs)
        except ActorNotFound:
            pass
        except TypeError as error:
            taken = (
                "" if _ignores(broker, message.actor_name, following) else f" and the result of {message.actor_name!r}"
            )
            msg = f"stage {following.actor_name!r} of the pipeline cannot take its own arguments{taken}: {error}"
            raise TypeError(msg) from None
        message = following


def written_stages(broker: Broker, options: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the options with the arguments of later stages and of a group's callbacks as JSON has them.

    Raises TypeError for what their actors do not take.
    """
    later: dict[str, Any] = {}
    if target := options.get("pipe_target"):
        later["pipe_target"] = _written(broker, target)
    if callbacks := options.get("group_completion_callbacks"):
        later["group_completion_callbacks"] = [_written(broker, each) for each in callbacks]
    return {**options, **later} if later else options


def send_next(attempt: Attempt) -> None:
    """Send the next stage, if there is one, with the open transaction; raises NoResult where its result is missing."""
    target, broker = attempt.options.get("pipe_target"), attempt.broker
    if target is None or broker is None:
        return
    following: Message[Any] = Message(**target)
    if not attempt.named and not _ignores(broker, attempt.actor, following):
        msg = (
            f"job {attempt.id} is a stage of a pipeline, and job.transaction() finishes it before {attempt.actor!r} "
            f"returns: say job.set_result(value) inside the block, for {following.actor_name!r} takes the result, "
            "or send that stage with pipe_ignore=True"
        )
        raise NoResult(msg)
    given = _arguments(broker, attempt.actor, following, attempt.result)
    broker.enqueue(following.copy(args=given), delay=following.options.get("delay"))
    attempt.piped = following.message_id


def _written(broker: Broker, message: dict[str, Any]) -> dict[str, Any]:
    name, args, kwargs = message["actor_name"], message["args"], message["kwargs"]
    if (actor := broker.actors.get(name)) is None:
        args, kwargs = [plain_argument(name, "args", each) for each in args], plain_arguments(name, kwargs)
    else:
        args, kwargs = written_in_order(actor, args), written_arguments(actor, kwargs)
    return {**message, "args": args, "kwargs": kwargs, "options": written_stages(broker, message["options"])}


def _arguments(broker: Broker, sender: str, following: Message[Any], result: Any) -> tuple[Any, ...]:
    return following.args if _ignores(broker, sender, following) else (*following.args, result)


def _ignores(broker: Broker, sender: str, following: Message[Any]) -> bool:
    declared = broker.actors[sender].options.get("pipe_ignore") if sender in broker.actors else None
    return bool(following.options.get("pipe_ignore") or declared)
