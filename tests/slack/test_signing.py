"""Is this really Slack? Every way of not being it."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from response.slack.inbound.request_verification import Refused, verify

SECRET = "sample-signing-secret-for-tests"
NOW = 1789378931
BODY = b"token=x&team_id=T06F2KQ8ZLW&command=%2Fincident&text=hello+there"
SIGNATURE = "v0=96fdd31af3ad47d85488907c2aee0886e249126234684d01e6c1d6b8752ea048"


def headers(timestamp=str(NOW), signature=SIGNATURE):
    given = {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": signature}
    return {name: value for name, value in given.items() if value is not None}


def sign(body: bytes, timestamp: str = str(NOW), secret: str = SECRET) -> str:
    base = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


def test_slacks_own_example_is_accepted():
    verify([SECRET], headers(), BODY, NOW)


@pytest.mark.parametrize("drift", [0, 299, -299, 300, -300])
def test_accepted_within_five_minutes(drift):
    verify([SECRET], headers(), BODY, NOW + drift)


@pytest.mark.parametrize("drift", [301, -301, 10**9])
def test_refused_outside_five_minutes(drift):
    with pytest.raises(Refused, match="too old"):
        verify([SECRET], headers(), BODY, NOW + drift)


@pytest.mark.parametrize(
    "timestamp",
    [None, "", "abc", "1e9", "17893789.31", "-1789378931", " 1789378931", "１７８９３７８９３１",
     "1789378931\n", "9" * 400],
)  # fmt: skip
def test_refused_for_a_bad_timestamp(timestamp):
    with pytest.raises(Refused):
        verify([SECRET], headers(timestamp=timestamp), BODY, NOW)


@pytest.mark.parametrize(
    "signature",
    [None, "", "v0=", "v1=" + "0" * 64, SIGNATURE.upper(), SIGNATURE[:-1], SIGNATURE + "0",
     "v0=" + "é" * 64, SIGNATURE + "\n", "v0=" + "0" * 64],
)  # fmt: skip
def test_refused_for_a_bad_signature(signature):
    with pytest.raises(Refused):
        verify([SECRET], headers(signature=signature), BODY, NOW)


def test_refused_for_another_body():
    with pytest.raises(Refused):
        verify([SECRET], headers(), BODY + b" ", NOW)


def test_refused_without_a_secret():
    with pytest.raises(Refused, match="SLACK_SIGNING_SECRET"):
        verify([], headers(), BODY, NOW)


def test_refused_for_a_body_that_is_not_utf8():
    body = b"\xff\xfe"
    with pytest.raises(Refused, match="UTF-8"):
        verify([SECRET], headers(signature=sign(body)), body, NOW)


def test_several_secrets_while_one_is_changed():
    body = b"{}"
    verify(["new", SECRET], headers(signature=sign(body)), body, NOW)
    verify(["new", SECRET], headers(signature=sign(body, secret="new")), body, NOW)
    with pytest.raises(Refused):
        verify(["new", SECRET], headers(signature=sign(body, secret="older")), body, NOW)


@given(st.text(), st.text(), st.binary())
def test_nothing_made_up_is_accepted_or_raises_anything_else(timestamp, signature, body):
    with pytest.raises(Refused):
        verify([SECRET], headers(timestamp, signature), body, NOW)
