"""What to do about a missed duty: a coaching note, a word to a supervisor, a task to follow up, an event.

Each text says who said what, in their own words, and leaves the judgement of people to people.
"""

from __future__ import annotations

from collections.abc import Iterable

from amity.sdk import (
    Action,
    Channel,
    Conversation,
    Message,
    Moment,
    Participant,
    Role,
    hookimpl,
)

__all__ = ["Coach", "FollowUpTask", "NotifySupervisor", "Webhook", "amity_actions"]

AMITY_API = 1
_LONGEST_QUOTE = 140
_SENTENCE_ENDS = (". ", "! ", "? ", "\n")
_MOST_QUOTES = 2
_WHO_SERVES = {Role.AGENT, Role.BOT}


@hookimpl
def amity_actions() -> Iterable[Action]:
    """The actions that the shipped policies name, and one for systems that decide for themselves."""
    return (Coach(), NotifySupervisor(), FollowUpTask(), Webhook())


class Coach:
    """A note for the agent: what was said, and what to do instead."""

    name = "coach"
    title = "Coach the agent"

    def propose(self, moment: Moment, conversation: Conversation) -> str:
        """The words that it is about, then the rule's own advice."""
        scene = _Scene(moment, conversation)
        return " ".join(filter(None, (scene.for_the_agent(), moment.coach)))

    def message(self, moment: Moment, conversation: Conversation) -> Message:
        """To whom the note is."""
        agent = _Scene(moment, conversation).agent()
        return Message(facts={"to": _place(agent)}, words={"to": _name(agent)})


class NotifySupervisor:
    """A word to whoever leads the team: where to look, and to hear both sides first."""

    name = "notify-supervisor"
    title = "Tell a supervisor"

    def propose(self, moment: Moment, conversation: Conversation) -> str:
        """What happened in the words that were used, and how to take it up."""
        scene = _Scene(moment, conversation)
        happened = scene.for_others() or f"It is about this rule: {moment.title}."
        agent = scene.agent_name()
        ask = (
            f"hear {agent}'s side before you decide anything" if agent else "hear both sides first"
        )
        return f"{happened} Please read the whole conversation today, and {ask}."

    def message(self, moment: Moment, conversation: Conversation) -> Message:
        """About whom, so that the receiver finds who leads their team."""
        agent = _Scene(moment, conversation).agent()
        return Message(facts={"about": _place(agent)}, words={"about": _name(agent)})


class FollowUpTask:
    """A task in the customer's name: get back to them, about this."""

    name = "follow-up-task"
    title = "Get back to the customer"

    def propose(self, moment: Moment, conversation: Conversation) -> str:
        """Whom to contact, and what is still owed to them."""
        scene = _Scene(moment, conversation)
        customer = scene.name_of(Role.CUSTOMER) or "the customer"
        context = scene.for_others() or f"What is still owed: {moment.title}."
        return f"Get back to {customer}, and say when you will have news. {context}"

    def message(self, moment: Moment, conversation: Conversation) -> Message:
        """Whom to get back to, and who spoke with them."""
        scene = _Scene(moment, conversation)
        customer, agent = scene.first(Role.CUSTOMER), scene.agent()
        return Message(
            facts={"customer": _place(customer), "agent": _place(agent)},
            words={"customer": _name(customer), "agent": _name(agent)},
        )


class Webhook:
    """An event for a system that decides itself what to do about the moment."""

    name = "webhook"
    title = "Send an event"

    def propose(self, moment: Moment, conversation: Conversation) -> str:
        """What the event tells."""
        scene = _Scene(moment, conversation)
        return scene.for_others() or f"It is about this rule: {moment.title}."

    def message(self, moment: Moment, conversation: Conversation) -> Message:
        """Where the conversation was held, who took part, and who spoke at the moment."""
        speaker = _Scene(moment, conversation).speaker()
        people = conversation.participants
        return Message(
            facts={
                "channel": str(conversation.channel),
                "locale": conversation.locale,
                "turns": len(conversation.turns),
                "speaker": _place(speaker),
                "participants": [{**_place(person), "role": str(person.role)} for person in people],
            },
            words={"participants": [_name(person) for person in people]},
        )


class _Scene:
    """Who spoke at the moment, what they said, and who was there to answer."""

    def __init__(self, moment: Moment, conversation: Conversation) -> None:
        self._conversation = conversation
        self._people = {person.id: person for person in conversation.participants}
        self._turn = moment.turn if 0 <= moment.turn < len(conversation.turns) else None
        self._quotes = moment.quotes
        self._verb = "said" if conversation.channel is Channel.VOICE else "wrote"

    def for_the_agent(self) -> str:
        """The scene as the agent is told it: "You wrote …", or "When Dana wrote …"."""
        speaker, words = self.speaker(), self._words()
        if speaker is None or not words:
            return ""
        if speaker.role is not Role.CUSTOMER:
            you = f"{speaker.display_name}, you" if speaker.display_name else "You"
            return f"{you} {self._verb} {words}."
        name, agent = speaker.display_name or "the customer", self.agent_name()
        address = f"{agent}, this" if agent else "This"
        return f"{address} is about the moment when {name} {self._verb} {words}."

    def for_others(self) -> str:
        """The scene as somebody hears it who was not there."""
        speaker, words = self.speaker(), self._words()
        if speaker is None or not words:
            return ""
        name = speaker.display_name or f"The {speaker.role}"
        team = f" ({speaker.team})" if speaker.team else ""
        return f"{name}{team} {self._verb} {words}."

    def agent_name(self) -> str:
        """Who spoke at the moment or answered next in an agent's place, if they have a name."""
        speaker = self.speaker()
        if speaker is not None and speaker.role is Role.COLLEAGUE:
            return speaker.display_name
        answered = self._who_answered()
        return (answered.display_name if answered else "") or self.name_of(Role.AGENT)

    def agent(self) -> Participant | None:
        """The colleague who spoke, or who spoke or answered next in an agent's place, or the agent."""
        speaker = self.speaker()
        if speaker is not None and speaker.role is Role.COLLEAGUE:
            return speaker
        return self._who_answered() or self.first(Role.AGENT)

    def first(self, role: Role) -> Participant | None:
        """The first participant in *role*."""
        return next((p for p in self._conversation.participants if p.role is role), None)

    def _who_answered(self) -> Participant | None:
        turns = self._conversation.turns[self._turn or 0 :]
        answered = (self._people.get(turn.participant_id) for turn in turns)
        return next((p for p in answered if p is not None and p.role in _WHO_SERVES), None)

    def name_of(self, role: Role) -> str:
        """The name of the first participant in *role*, or nothing."""
        named = (p.display_name for p in self._conversation.participants if p.role is role)
        return next(filter(None, named), "")

    def speaker(self) -> Participant | None:
        """Who spoke at the moment."""
        if self._turn is None:
            return None
        return self._people.get(self._conversation.turns[self._turn].participant_id)

    def _words(self) -> str:
        """What the speaker said: the sentences with the words that the rule is about."""
        if self._turn is None:
            return ""
        text = self._conversation.turns[self._turn].text
        places = sorted(text.find(quote) for quote in self._quotes if quote and quote in text)
        sentences = dict.fromkeys(_sentence_at(text, place) for place in places)
        return " and ".join(map(_quoted, list(sentences)[:_MOST_QUOTES]))


def _place(person: Participant | None) -> dict[str, str]:
    """Who *person* is in the caller's system, without their name."""
    return {"id": person.id, "team": person.team} if person else {}


def _name(person: Participant | None) -> dict[str, str]:
    return {"id": person.id, "name": person.display_name} if person else {}


def _sentence_at(text: str, place: int) -> str:
    """The sentence of *text* around the character at *place*."""
    begin = max(text.rfind(end, 0, place) for end in _SENTENCE_ENDS) + 1
    ends = (text.find(end, place) for end in _SENTENCE_ENDS)
    end = min((end for end in ends if end >= 0), default=len(text))
    return text[begin : end + 1].strip().rstrip(".")


def _quoted(sentence: str) -> str:
    words = " ".join(sentence.split())
    if len(words) > _LONGEST_QUOTE:
        words = words[:_LONGEST_QUOTE].rsplit(" ", 1)[0] + " …"
    return f"“{words}”"
