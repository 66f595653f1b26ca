"""The judge: plugins and policies put together, a conversation in, a decision out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias

from amity.conversation import Conversation
from amity.cues.kept import KeptCues
from amity.decision import Decision, ModuleResult, PluginVersion
from amity.evaluate.course import FEELINGS
from amity.evaluate.facts import facts
from amity.evaluate.outcome import Outcome, State
from amity.evaluate.plan import compile_plan
from amity.evaluate.scope import Applicability, applicability
from amity.evaluate.timeline import Timeline
from amity.evaluate.trace import RuleTrace
from amity.evaluate.tracing import Tracer, settled_trace
from amity.identity import decision_id
from amity.language import heard_language
from amity.plugins.contract import Detector, views
from amity.plugins.detection import Detection, Detectors
from amity.plugins.host import (
    ALL_PLUGINS,
    PluginHost,
    PluginRecord,
    PluginSelection,
    load_plugins,
    usable,
)
from amity.policy.bundle import Bundle, load_bundle, shipped_policies
from amity.policy.model import Policy, Rule, matches
from amity.proposing import proposed_actions
from amity.signals import Catalogue
from amity.verdict import module_result, overall_score, verdict

__all__ = ["Follower", "Judge", "open_judge"]


OwnedDetector: TypeAlias = tuple[PluginRecord, Detector]
# A rule's place among all: the policy's name and the rule's id.
_Key = tuple[str, str]


class Judge:
    """Judges conversations by one bundle. Thread-safe after construction; holds no conversation."""

    def __init__(
        self, host: PluginHost, bundle: Bundle, detectors: Iterable[OwnedDetector] | None = None
    ) -> None:
        self.host = host
        self.bundle = bundle
        detectors = list(host.detectors(bundle.matcher) if detectors is None else detectors)
        needed = _needed(bundle.policies)
        if _asks_for_the_course(bundle.policies) and not _reads_feelings(detectors):
            needed |= FEELINGS.keys()
        self._detectors = Detectors(detectors, needed, host.refiners, bundle.calibration)
        self._plan = compile_plan(bundle.policies)
        # Compiled when first asked for, because most judges never explain.
        self._tracers = cache(
            lambda: [Tracer(policy, rule) for policy in bundle.policies for rule in policy.rules]
        )
        # A rule without an opportunity reads the same in every decision, so it is made once.
        self._idle = {
            (policy.name, rule.id): _idle(policy, rule)
            for policy in bundle.policies
            for rule in policy.rules
        }
        self._plugins = tuple(
            PluginVersion(record.name, record.version) for record in usable(host.records)
        )

    @property
    def catalogue(self) -> Catalogue:
        """Every signal that policies may speak of."""
        return self.host.catalogue

    def detectors_of(self, signal: str) -> tuple[str, ...]:
        """The names of the loaded detectors that can report *signal*."""
        return self._detectors.by_signal.get(signal, ())

    def detect(self, conversation: Conversation, start: int = 0) -> Detection:
        """What the detectors say about the turns from *start* on."""
        return self._detectors.detect(views(conversation, start))

    def evaluate(self, conversation: Conversation, *, is_open: bool = False) -> Decision:
        """Judge *conversation*, which ``limits.check`` has found good.

        *is_open* says that it goes on, so that duties whose window is open are pending. The same
        conversation, bundle and plugins give the same decision.
        """
        return self.decide(conversation, self.detect(conversation), is_open=is_open)

    def decide(
        self, conversation: Conversation, detection: Detection, *, is_open: bool = False
    ) -> Decision:
        """Judge *conversation* by what was detected in it."""
        timeline = _timeline(conversation, detection, is_open=is_open)
        scopes = self._scopes(conversation, detection)
        judged, settled = self._judged(timeline, scopes)
        idle = self._idle_outcomes(judged, settled)
        reasons = {name: scope.out_of_scope for name, scope in scopes.items()}
        modules = _modules(self.bundle.policies, judged, idle, reasons)
        actions, problems = proposed_actions(judged, conversation, self.host.actions)
        return Decision(
            decision_id=decision_id(
                conversation, self.bundle.digest, self._plugins, is_open=is_open
            ),
            conversation_id=conversation.id,
            verdict=verdict(judged),
            score=overall_score(modules),
            modules=modules,
            outcomes=tuple(judged),
            idle=idle,
            signals=tuple(timeline.signals),
            actions=actions,
            policy_digest=self.bundle.digest,
            plugins=self._plugins,
            problems=(*self.host.problems, *detection.problems, *problems),
            is_open=is_open,
        )

    def explain(
        self,
        conversation: Conversation,
        *,
        is_open: bool = False,
        policy: str = "",
        rule: str = "",
        detection: Detection | None = None,
    ) -> tuple[RuleTrace, ...]:
        """Why each rule ends as it does on *conversation*, and how far it was from another end.

        Only of the policy and of the rule named so, if they are given; in the order of policies and
        rules. *detection* is what was detected in it, if that is known already. Costs a few times
        the judgement itself.
        """
        found = detection or self.detect(conversation)
        timeline = _timeline(conversation, found, is_open=is_open)
        scopes = self._scopes(conversation, found)
        return tuple(
            settled_trace(tracer.trace(timeline), scopes[tracer.policy.name])
            for tracer in self._tracers()
            if policy in {"", tracer.policy.name} and rule in {"", tracer.rule.id}
        )

    def _scopes(self, conversation: Conversation, detection: Detection) -> dict[str, Applicability]:
        """Which rules apply, by policy; facts and language are found once, and only if one asks."""
        known_facts = cache(lambda: facts(conversation, detection.signals, detection.unknown))
        heard = cache(lambda: heard_language(conversation))
        return {
            policy.name: applicability(policy, conversation, known_facts, heard)
            for policy in self.bundle.policies
        }

    def _judged(
        self, timeline: Timeline, scopes: Mapping[str, Applicability]
    ) -> tuple[list[Outcome], dict[_Key, Outcome]]:
        """The outcomes of the rules that apply, and the settled ones of those that do not."""
        settled = _by_key(scopes, "settled")
        doubtful = _by_key(scopes, "doubtful")
        outcomes = self._plan.evaluate(timeline, settled.keys())
        # One outcome that says so stands for all of a rule of which it is in doubt whether it applies.
        kept: dict[_Key | int, Outcome] = {}
        for index, outcome in enumerate(outcomes):
            key = (outcome.policy.name, outcome.rule.id)
            if key in doubtful:
                kept[key] = doubtful[key]
            else:
                kept[index] = outcome
        abstained = (found for found in settled.values() if found.state is State.ABSTAINED)
        return [*kept.values(), *abstained], settled

    def _idle_outcomes(
        self, judged: Sequence[Outcome], settled: Mapping[_Key, Outcome]
    ) -> tuple[Outcome, ...]:
        idle = {**self._idle, **settled}
        for outcome in judged:
            idle.pop((outcome.policy.name, outcome.rule.id), None)
        return tuple(idle.values())


class Follower:
    """Follows one conversation turn by turn; each turn is looked at once.

    The decision after the last turn is the one that ``Judge.evaluate`` gives for the whole.
    """

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._detection = Detection()
        self._seen = 0

    def evaluate(self, conversation: Conversation, *, is_open: bool = True) -> Decision:
        """Judge *conversation*, which begins with the turns that were given before."""
        self._detection.add(self._judge.detect(conversation, self._seen))
        self._seen = len(conversation.turns)
        return self._judge.decide(conversation, self._detection, is_open=is_open)


def open_judge(policies: Sequence[Path] = (), *, plugins: PluginSelection = ALL_PLUGINS) -> Judge:
    """A judge over the policy folders *policies* (the shipped ones if none) and those of plugins.

    Raises BadPlugin or BadBundle with everything that is wrong.
    """
    host = load_plugins(plugins)
    folders = (*(policies or (shipped_policies(),)), *host.folders)
    bundle = load_bundle(folders, host.catalogue, actions=host.actions, kept=KeptCues.default())
    return Judge(host, bundle)


def _timeline(conversation: Conversation, detection: Detection, *, is_open: bool) -> Timeline:
    roles = conversation.roles()
    speakers = [turn.participant_id for turn in conversation.turns]
    return Timeline(
        [roles[speaker] for speaker in speakers],
        speakers,
        [turn.sent_at for turn in conversation.turns],
        detection.signals,
        detection.unknown,
        is_open=is_open,
    )


def _by_key(
    scopes: Mapping[str, Applicability], which: Literal["settled", "doubtful"]
) -> dict[_Key, Outcome]:
    return {
        (name, rule_id): outcome
        for name, scope in scopes.items()
        for rule_id, outcome in getattr(scope, which).items()
    }


def _needed(policies: Iterable[Policy]) -> set[str]:
    conditions = (
        condition
        for policy in policies
        for rule in policy.rules
        for condition in (
            rule.given,
            rule.unless and rule.unless.condition,
            *(step.condition for step in rule.steps),
        )
    )
    return {match.name for condition in conditions if condition for match in matches(condition)}


def _asks_for_the_course(policies: Iterable[Policy]) -> bool:
    conditions = (
        when for policy in policies for when in (policy.scope.when, *(r.when for r in policy.rules))
    )
    return any("conversation.course_" in when for when in conditions)


def _reads_feelings(detectors: Iterable[tuple[object, Detector]]) -> bool:
    return any(FEELINGS.keys() & set(detector.signals) for _, detector in detectors)


def _idle(policy: Policy, rule: Rule) -> Outcome:
    return Outcome(policy, rule, State.NO_OPPORTUNITY, None, (), "Its occasion did not arise.")


def _modules(
    policies: Sequence[Policy],
    judged: Sequence[Outcome],
    idle: Sequence[Outcome],
    out_of_scope: Mapping[str, str],
) -> tuple[ModuleResult, ...]:
    by_policy: dict[str, list[Outcome]] = {policy.name: [] for policy in policies}
    for outcome in judged:
        by_policy[outcome.policy.name].append(outcome)
    idle_counts = dict.fromkeys(by_policy, 0)
    for outcome in idle:
        idle_counts[outcome.policy.name] += 1
    return tuple(
        module_result(
            policy, by_policy[policy.name], idle_counts[policy.name], out_of_scope[policy.name]
        )
        for policy in policies
    )
