"""A privacy file says what becomes of each field; what is wrong in it is told with its place."""

from __future__ import annotations

from datetime import timedelta

import pytest

from amity.conversation import Role
from amity.policy.model import Severity
from amity.privacy.failures import BadPrivacyPolicy
from amity.privacy.policy import DEFAULT_POLICY, Action, Keep, Longer, PersonRules
from amity.privacy.read_policy import load_privacy, parse_privacy

HEAD = "apiVersion: amity/v1\nkind: Privacy\n"


def test_an_empty_file_of_its_kind_is_the_default():
    assert parse_privacy(HEAD) == DEFAULT_POLICY


def test_everything_can_be_said(tmp_path):
    path = tmp_path / "privacy.yaml"
    path.write_text(
        HEAD
        + """
customer_id: [attributes.crm.id, participant]
fields:
  conversation_id: hash
  text: redact
  customer: {id: redact, name: drop}
  agent: {id: hash}
attributes:
  default: drop
  paths: {tier: keep, contact.*.email: hash}
recognise:
  countries: [us, au]
  phone_regions: [CH]
  leave_out: [IP, URL]
  long_digits: 8
  names: [customer, agent]
retention:
  sealed: 90 days
  view: 7 years
  longer:
    - {severity: critical, sealed: 2 years, view: for ever}
    - {rule: trust-building/no-dismissal, sealed: 6 months}
""",
        encoding="utf-8",
    )
    policy = load_privacy(path)
    assert policy.customer_id == (("crm", "id"), ())
    assert policy.conversation_id is Action.HASH
    assert policy.people[Role.CUSTOMER] == PersonRules(Action.REDACT, Action.DROP)
    assert policy.people[Role.AGENT] == PersonRules(Action.HASH, Action.REDACT)
    assert policy.attributes.at(("contact", "0", "email")) is Action.HASH
    assert policy.attributes.at(("contact", "0", "phone")) is Action.DROP
    assert policy.attributes.at(("tier",)) is Action.KEEP
    recognise = policy.recognise
    assert (recognise.countries, recognise.phone_regions) == (("us", "au"), ("CH",))
    assert (recognise.leave_out, recognise.long_digits) == ({"IP", "URL"}, 8)
    assert recognise.names == {Role.CUSTOMER, Role.AGENT}
    day = timedelta(days=1)
    assert policy.retention.keep == Keep(90 * day, 2555 * day)
    assert policy.retention.longer == (
        Longer(Keep(730 * day, None), Severity.CRITICAL),
        Longer(Keep(180 * day, 0 * day), None, "trust-building/no-dismissal"),
    )


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("apiVersion: amity/v2\nkind: Privacy", "1:13: E101 apiVersion"),
        ("apiVersion: amity/v1\nkind: Policy", "2:7: E101 kind"),
        (HEAD + "fields: {customer: {id: drop}}", '3:25: E102 "id" cannot be "drop"'),
        (HEAD + "fields: {text: hide}", '3:16: Y114 "text" cannot be "hide"'),
        (HEAD + "fields: {agnet: {}}", 'Y111 "fields" has no key "agnet" (did you mean "agent"?)'),
        (HEAD + "attributes: {paths: {a..b: keep}}", '3:22: E103 "a..b" is not a path'),
        (HEAD + "customer_id: attributes", '3:14: E104 "attributes" is no place'),
        (HEAD + "recognise: {countries: [uk, atlantis]}", '3:29: E105 "countries" knows no "atlantis"'),
        (HEAD + "recognise: {phone_regions: [UK]}", '3:29: E105 "phone_regions" knows no "UK"'),
        (HEAD + "recognise: {leave_out: [EMIAL]}", 'did you mean "EMAIL"?'),
        (HEAD + "recognise: {long_digits: 3}", "3:26: Y113"),
        (HEAD + "retention: {view: 7 yrs}", '3:19: E106 "7 yrs" is not a time'),
        (HEAD + "retention: {longer: [{view: 1 year}]}", "3:22: E106 it needs a severity or a rule"),
        (HEAD + "retention: {longer: [{rule: trust, view: 1 year}]}", '3:29: E106 "trust" is not a rule'),
        (HEAD + "retention: {longer: soon}", 'Y110 "longer" must be a list'),
        ("- 1", "Y110 a privacy file must be a mapping"),
        ("", "Y103"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(text, wanted):
    with pytest.raises(BadPrivacyPolicy) as raised:
        parse_privacy(text)
    assert wanted in str(raised.value)


def test_everything_wrong_is_told_at_once():
    with pytest.raises(BadPrivacyPolicy) as raised:
        parse_privacy(HEAD + "fields: {text: hide}\nretention: {view: soon}\nwhat: 1")
    assert [problem.code for problem in raised.value.problems] == ["Y111", "Y114", "E106"]


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(BadPrivacyPolicy, match="Y101"):
        load_privacy(tmp_path / "none.yaml")
