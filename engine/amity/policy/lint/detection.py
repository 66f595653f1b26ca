"""L14x: signals, scores and attributes that detectors do not give, or that nothing asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from amity.policy.lint.check import Check, Remark
from amity.policy.lint.entry import Level
from amity.policy.lint.excerpts import cues, rules, with_cues
from amity.policy.lint.subject import Subject
from amity.policy.model import DEFAULT_MIN_SCORE, Condition, Match, Place, Policy, Rule, matches

__all__ = ["CHECKS"]

_HANDOFF = """\
agent.handoff:
  - cue: passing you on
    attributes: {warm: "false"}
    matches: [I am passing you on]
    rejects: [he passed away]
"""


def asked(subject: Subject) -> Iterator[tuple[Policy, Rule, Place, Match]]:
    """Every match of every rule, with the place of the key under which it stands."""
    for policy, rule in subject.rules():
        for key, condition in _conditions(rule):
            place = subject.at(rule.place, key)
            for match in matches(condition):
                yield policy, rule, place, match


def _conditions(rule: Rule) -> Iterator[tuple[str, Condition]]:
    if rule.given:
        yield "given", rule.given
    if rule.unless:
        yield "unless", rule.unless.condition
    for index, step in enumerate(rule.steps):
        yield ("then" if index else rule.kind.value), step.condition


class Undetectable(Check):
    """No loaded plugin and no cue pack of the bundle reports the signal."""

    code = "L141"
    title = "signal that nothing detects"
    why = "The signal is unknown everywhere, so that the rules that need it abstain, each time."
    bad = rules("- recognise: agent.loyalty_recognition\n")
    good = rules("- recognise: agent.learning\n")

    def look(self, subject: Subject) -> Iterator[Remark]:
        told: set[tuple[Place, str]] = set()
        for _, rule, place, match in asked(subject):
            if match.name in subject.around.detectable or (rule.place, match.name) in told:
                continue
            told.add((rule.place, match.name))
            message = f"no loaded plugin and no cue pack reports {match.name}"
            yield Remark(
                place, message, "load a plugin that does, write cues for it, or use another"
            )


class OutOfReach(Check):
    """`min_score` is higher than any detector of the signal ever gives."""

    code = "L142"
    title = "threshold that no detector reaches"
    why = "The signal never counts: a rule that needs it never fires, or is always missed."
    level = Level.ERROR
    bad = rules("- forbid: {signal: agent.dismissal, min_score: 0.99}\n")
    good = rules("- forbid: {signal: agent.dismissal, min_score: 0.7}\n")

    def look(self, subject: Subject) -> Iterator[Remark]:
        for _, _, place, match in asked(subject):
            highest = subject.around.highest_scores.get(match.name)
            if highest is not None and match.min_score > highest:
                message = (
                    f"{match.name} never scores {match.min_score:g}; the surest is {highest:g}"
                )
                yield Remark(place, message, f"choose {highest:g} or less")


class ZeroThreshold(Check):
    """`min_score` is 0."""

    code = "L143"
    title = "threshold of 0"
    why = "Everything counts that a detector so much as mentions, with whatever doubt."
    bad = rules("- forbid: {signal: agent.dismissal, min_score: 0}\n")
    good = rules("- forbid: {signal: agent.dismissal, min_score: 0.7}\n")

    def look(self, subject: Subject) -> Iterator[Remark]:
        for place in dict.fromkeys(
            place for *_, place, match in asked(subject) if not match.min_score
        ):
            yield Remark(place, "min_score is 0, so that every doubt counts", "choose 0.5 or more")


class UnderTheFloor(Check):
    """`min_score` was lowered under 0.5, and the detectors of its signals give no such score."""

    code = "L144"
    title = "threshold under every score"
    why = "It was meant to catch more than the usual 0.5 does, and catches nothing more."
    bad = rules("- forbid: {signal: agent.dismissal, min_score: 0.3}\n")
    good = rules("- forbid: agent.dismissal\n")

    def look(self, subject: Subject) -> Iterator[Remark]:
        groups: dict[tuple[Place, float], list[Match]] = {}
        for _, _, place, match in asked(subject):
            if 0 < match.min_score < DEFAULT_MIN_SCORE:
                groups.setdefault((place, match.min_score), []).append(match)
        floors = subject.around.lowest_scores
        for (place, least), found in groups.items():
            if all(least < floors.get(match.name, 0) for match in found):
                lowest = min(floors[match.name] for match in found)
                message = (
                    f"min_score {least:g} finds no more than usual: nothing scores under {lowest:g}"
                )
                yield Remark(
                    place, message, "leave it out; to catch more, write cues that are less sure"
                )


class TooUnsureToCount(Check):
    """A cue's score is lower than every threshold under which rules ask for its signal."""

    code = "L145"
    title = "cue that no rule can hear"
    why = "Somebody wrote the cue and its examples, and no outcome ever rests on it."
    bad = cues(
        "customer.anger:\n  - cue: rather cross\n    score: 0.2\n"
        "    matches: [I am rather cross]\n    rejects: [cross the road]\n"
    )
    good = cues(
        "customer.anger:\n  - cue: rather cross\n    score: 0.6\n"
        "    matches: [I am rather cross]\n    rejects: [cross the road]\n"
    )

    def look(self, subject: Subject) -> Iterator[Remark]:
        least: dict[str, float] = {}
        for *_, match in asked(subject):
            least[match.name] = min(match.min_score, least.get(match.name, 1.0))
        for pack in subject.packs:
            for cue in pack.cues:
                if cue.score < least.get(cue.signal, 0):
                    node = cue.node
                    message = (
                        f"the cue scores {cue.score:g}; every rule that asks for {cue.signal} "
                        f"wants {least[cue.signal]:g} or more"
                    )
                    place = Place(node.file, node.line, node.column)
                    yield Remark(place, message, "raise its score, or remove it")


class SamePhrasing(Check):
    """Two cues of one signal have the same phrasing, with the same conditions."""

    code = "L146"
    title = "phrasing that is written twice"
    why = "Whoever changes one of the two will wonder why nothing changes."
    bad = cues(
        "customer.anger:\n"
        "  - {cue: furious, matches: [I am furious], rejects: [the fury of it]}\n"
        "  - {cue: furious, matches: [quite furious], rejects: [fury and all]}\n"
    )
    good = cues(
        "customer.anger:\n"
        "  - {cue: furious, matches: [I am furious], rejects: [the fury of it]}\n"
        "  - {cue: outraged, matches: [quite outraged], rejects: [an outrage]}\n"
    )

    def look(self, subject: Subject) -> Iterator[Remark]:
        first: dict[tuple[str, ...], Place] = {}
        for pack in subject.packs:
            for cue in pack.cues:
                for phrasing in cue.phrasings:
                    node = phrasing.node
                    place = Place(node.file, node.line, node.column)
                    written = " ".join(phrasing.text.casefold().split())
                    key = (pack.language, cue.signal, written, _conditions_of(cue.node.entries))
                    earlier = first.setdefault(key, place)
                    if earlier is not place:
                        message = (
                            f'"{phrasing.text}" stands at {earlier.file}:{earlier.line} as well'
                        )
                        yield Remark(place, message, "remove one of the two")


def _conditions_of(entries: Mapping[str, object]) -> str:
    """What a cue asks besides its words, as a text that can be compared."""
    ignored = {"cue", "matches", "rejects", "score"}
    kept = {
        key: getattr(value, "plain", str)() for key, value in entries.items() if key not in ignored
    }
    return repr(sorted(kept.items()))


class UnknownValue(Check):
    """`where` asks for an attribute, or for a value of it, that no cue of the signal carries."""

    code = "L147"
    title = "attribute that no cue gives"
    why = "The signal never fits, as if it were never said."
    bad = with_cues(rules("- forbid: {signal: agent.handoff, where: {warm: cold}}\n"), _HANDOFF)
    good = with_cues(rules("- forbid: {signal: agent.handoff, where: {warm: false}}\n"), _HANDOFF)

    def look(self, subject: Subject) -> Iterator[Remark]:
        given = _attributes(subject)
        for _, _, place, match in asked(subject):
            for key, values in match.where.items():
                known = given.get(match.name, {}).get(key, set())
                is_known = match.name in subject.around.highest_scores and match.name in given
                if is_known and not known & set(values):
                    said = ", ".join(sorted(known)) or "none"
                    message = f'no cue of {match.name} has "{key}: {", ".join(values)}"'
                    yield Remark(place, message, f"values that there are: {said}")


def _attributes(subject: Subject) -> dict[str, dict[str, set[str]]]:
    found: dict[str, dict[str, set[str]]] = {}
    for pack in subject.packs:
        for cue in pack.cues:
            own = found.setdefault(cue.signal, {})
            for key, value in cue.attributes.items():
                own.setdefault(key, set()).add(value)
    return found


CHECKS: tuple[type[Check], ...] = (
    Undetectable,
    OutOfReach,
    ZeroThreshold,
    UnderTheFloor,
    TooUnsureToCount,
    SamePhrasing,
    UnknownValue,
)
