"""What actions say about missed duties: each alone, so that one that fails costs only its own words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import orjson

from amity.conversation import Conversation
from amity.decision import ProposedAction
from amity.errors import Problem
from amity.evaluate.outcome import Outcome, State
from amity.plugins.contract import Action, DeliveredAction, Message, Moment
from amity.plugins.host import PluginRecord

__all__ = ["proposed_actions"]

Actions = Mapping[str, tuple[PluginRecord, Action]]

_NOTHING_OF_ITS_OWN = Message()


def proposed_actions(
    judged: Iterable[Outcome], conversation: Conversation, actions: Actions
) -> tuple[tuple[ProposedAction, ...], list[Problem]]:
    """What to do about the missed duties among *judged*, each once, and which actions failed."""
    proposed: dict[ProposedAction, None] = {}
    problems: list[Problem] = []
    for outcome in judged:
        if outcome.state is not State.MISSED:
            continue
        for name in outcome.rule.actions:
            found = _proposed(name, _moment(outcome), conversation, actions, problems)
            proposed.setdefault(found)
    return tuple(proposed), problems


def _proposed(
    name: str,
    moment: Moment,
    conversation: Conversation,
    actions: Actions,
    problems: list[Problem],
) -> ProposedAction:
    record, action = actions[name]
    try:
        text = action.propose(moment, conversation)
    except Exception as error:  # noqa: BLE001 - somebody else's code
        stands_in = "the rule's own advice stands in its place"
        problems.append(_failed("D102", record, f"action {name}", error, stands_in))
        text = moment.coach
    try:
        message = _message(action, moment, conversation)
    except Exception as error:  # noqa: BLE001 - somebody else's code
        stands_in = "its targets are told of the moment without it"
        problems.append(_failed("D103", record, f"the message of action {name}", error, stands_in))
        message = _NOTHING_OF_ITS_OWN
    return ProposedAction(name, moment.policy, moment.rule, moment.turn, text, moment, message)


def _message(action: Action, moment: Moment, conversation: Conversation) -> Message | None:
    """What *action* sends. Raises what its own code raises, and TypeError for what cannot be sent."""
    if not isinstance(action, DeliveredAction):
        return _NOTHING_OF_ITS_OWN
    message = action.message(moment, conversation)
    if message is None:
        return None
    if not isinstance(message, Message):
        raise TypeError(type(message).__name__)
    # Written now, so that what cannot be written is known while there is somebody to tell.
    orjson.dumps([message.facts, message.words])
    return message


def _failed(
    code: str, record: PluginRecord, what: str, error: Exception, stands_in: str
) -> Problem:
    problem = Problem(
        code,
        f"{what} of {record.label} failed ({type(error).__name__}); {stands_in}",
        fix="report it to the plugin's authors",
    )
    record.fail(problem)
    return problem


def _moment(outcome: Outcome) -> Moment:
    opportunity = outcome.opportunity
    signals = (*(opportunity.signals if opportunity else ()), *outcome.evidence)
    return Moment(
        policy=outcome.policy.name,
        rule=outcome.rule.id,
        title=outcome.rule.title,
        severity=outcome.rule.severity.value,
        turn=opportunity.turn if opportunity else -1,
        reason=outcome.reason,
        coach=outcome.rule.coach,
        quotes=tuple(dict.fromkeys(signal.quote for signal in signals)),
    )
