"""What plugin authors import. Nothing else in Amity is promised to them.

``AMITY_API = 1`` in a plugin's module says which version of this contract it was made for.
"""

from amity.conversation import Channel, Conversation, Participant, Role, Turn
from amity.cues.matcher import CueMatcher
from amity.plugins.contract import (
    Action,
    DeliveredAction,
    Detector,
    Finding,
    Message,
    Moment,
    OpinionatedDetector,
    Refiner,
    TurnView,
)
from amity.plugins.hookspecs import API_VERSION, hookimpl
from amity.signals import Kind, Signal, SignalDefinition

__all__ = [
    "API_VERSION",
    "Action",
    "Channel",
    "Conversation",
    "CueMatcher",
    "DeliveredAction",
    "Detector",
    "Finding",
    "Kind",
    "Message",
    "Moment",
    "OpinionatedDetector",
    "Participant",
    "Refiner",
    "Role",
    "Signal",
    "SignalDefinition",
    "Turn",
    "TurnView",
    "hookimpl",
]
