"""Finding commands in messages, and reading them."""

from __future__ import annotations

import pytest

from response.slack.text import command_text

BOT = "U0BOT"
AT = f"<@{BOT}>"


@pytest.mark.parametrize(
    ("text", "commands"),
    [
        (f"{AT} close", ["close"]),
        (f"{AT}close", ["close"]),
        (f"{AT}: close", [": close"]),
        (f"  {AT} lead me  ", ["lead me"]),
        (f"- {AT} severity major", ["severity major"]),
        (f"• {AT} severity major", ["severity major"]),
        (f"*{AT} close*", ["close*"]),
        (f"\u200b{AT} close", ["close"]),
        (f"{AT}", [""]),
        (
            f"{AT} severity major\n{AT} lead me\n{AT} summary one\ntwo",
            ["severity major", "lead me", "summary one\ntwo"],
        ),
        (f"Hello\n{AT} close", ["close"]),
        (f"{AT} {AT}, close", [", close"]),
        (f"{AT} <@U0ANNA> lead", ["<@U0ANNA> lead"]),
        (f"1. {AT} severity major\n2) {AT} lead me", ["severity major", "lead me"]),
        (f"a. {AT} close", ["close"]),
        (f"    ◦ {AT} close", ["close"]),
        (f"▪\ufe0e {AT} close", ["close"]),
        (f"then {AT} close", []),
        (f"I think {AT} close to being useless", []),
        (f"thanks {AT}", []),
        (f"<@U0ANNA> {AT} close", []),
        (f"&gt; {AT} close", []),  # a quotation of what another person has said
        ("<@U0ANNA> close", []),
        ("", []),
    ],
)
def test_a_command_begins_a_line(text: str, commands: list[str]) -> None:
    assert command_text.commands_in(text, BOT) == commands


def test_without_the_bots_id_any_mention_at_the_beginning_counts() -> None:
    assert command_text.commands_in(f"{AT} close", "") == ["close"]
    assert command_text.commands_in(f"please {AT} close", "") == []


@pytest.mark.parametrize(
    ("text", "name", "rest"),
    [
        ("close", "close", ""),
        ("CLOSE!", "close", ""),
        ("`close`", "close", ""),
        ("`severity major`", "severity", "major"),
        ("*close*", "close", ""),
        ("_close_.", "close", ""),
        ("“close”", "close", ""),
        ("'severity' major", "severity", "major"),
        ("- close", "close", ""),
        (": close", "close", ""),
        ("/close", "close", ""),
        ("sev\u200berity major", "severity", "major"),
        ("severity: major", "severity", "major"),
        ("severity:major", "severity", "major"),
        ("severity=2", "severity", "2"),
        ("lead<@U0ANNA>", "lead", "<@U0ANNA>"),
        ("lead: <@U0ANNA>", "lead", "<@U0ANNA>"),
        ("<@U0ANNA>", "<@U0ANNA>", ""),
        ("ｃｌｏｓｅ", "close", ""),
        ("summary *the cache* is full\nreally", "summary", "*the cache* is full\nreally"),
        ("severity\nmajor", "severity", "major"),
        ("", "", ""),
        ("\u200b", "", ""),
        ("!!!", "", ""),
        ("* *severity* *major*", "severity", "*major*"),  # from "*@incident* *severity* *major*"
        ("... severity major", "severity", "major"),
        ("! severity major", "severity", "major"),
        ("-&gt; severity major", "severity", "major"),
        ("• severity major", "severity", "major"),
        ("\uff1aclose", "close", ""),
        ("severity\uff1amajor", "severity", "major"),
        (
            "severity\uff1d\uff4d\uff41\uff4a\uff4f\uff52",
            "severity",
            "\uff4d\uff41\uff4a\uff4f\uff52",
        ),
        ("close。", "close", ""),
        ("¿close?", "close", ""),
        ("「close」", "close", ""),
        ("summary -5 degrees: too cold", "summary", "-5 degrees: too cold"),
    ],
)
def test_marks_mean_nothing(text: str, name: str, rest: str) -> None:
    read = command_text.read(text)
    assert (read.name, read.rest) == (name, rest)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("SEV2", "2"), ("sev1", "1"), ("sev-3", "3"), ("sev 4", "4"), ("p2", "2"), ("P1!", "1"),
        ("S3", "3"), ("2", "2"), ("`2`", "2"), ("severity 2", "2"), ("prio-1", "1"),
        ("5", "5"), ("sev", None), ("sev22", "22"), ("sev222", None), ("major", None), ("", None),
        ("²", "2"),
    ],
)  # fmt: skip
def test_severities_by_number(text: str, key: str | None) -> None:
    words = command_text.severity_words(text)
    assert (words[-1] if words else None) == key
    assert not words or f"sev{key}" in words


def test_a_mention_in_a_sentence_is_recognised_if_a_command_follows() -> None:
    known = {"close", "lead"}
    assert command_text.mentioned_command(f"please {AT} close it", BOT, known) == "close"
    assert command_text.mentioned_command(f"thanks {AT}", BOT, known) is None
    assert command_text.mentioned_command(f"thanks {AT}!\nclose", BOT, known) is None
    assert command_text.mentioned_command("<@U0ANNA> close", BOT, known) is None


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("me pls", "me"), ("major, please!", "major,"), ("none now thx", "none"),
        ("please", "please"), ("", ""), ("Anna Please-Smith", "Anna Please-Smith"),
        (" ".join(["please"] * 99), " ".join(["please"] * 99)),
    ],
)  # fmt: skip
def test_courtesies_add_nothing(text: str, left: str) -> None:
    assert command_text.without_courtesy(text) == left


@pytest.mark.parametrize(
    ("text", "nothing"),
    [(":pray:", True), ("🙏", True), ("❗\ufe0f", True), ("...", True), ("thx!", True),
     ("tomorrow", False), ("1", False), (":", True)],
)  # fmt: skip
def test_what_says_nothing(text: str, nothing: bool) -> None:
    assert command_text.says_nothing(text) is nothing


def test_letters_that_look_like_latin_ones() -> None:
    assert command_text.in_latin("cl\u043e\u0455\u0435") == "close"
    assert command_text.in_latin("закрыть") != "close"
