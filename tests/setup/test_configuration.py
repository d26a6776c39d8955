"""``manage.py response_config``: severities and statuses as a file."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest
import yaml
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError
from hypothesis import example, given
from hypothesis import strategies as st

from response.core.models import Severity, Status
from response.core.models.severity import Colour
from response.setup.configuration import document, sync
from response.setup.configuration.document import Mistakes
from tests.factories import IncidentFactory

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    """What the command prints."""
    out = io.StringIO()
    call_command("response_config", *arguments, stdout=out)
    return out.getvalue()


def mistakes(text: str | bytes) -> list[tuple[int, str]]:
    """The mistakes in a file, each with its line."""
    content = text.encode() if isinstance(text, str) else text
    before = sync.dump()
    with pytest.raises(Mistakes) as raised:
        sync.load(content)
    assert sync.dump() == before, "half of it was loaded"
    return [(mistake.line, mistake.sentence) for mistake in raised.value.found]


FIVE = """\
severities:
  - key: "0"
    name: SEV0
    emoji: ":rotating_light:"
    colour: purple
    aliases: [p0]
  - {key: "1", name: SEV1, emoji: ":fire:", colour: red, aliases: [sev1, p1]}
  - {key: "2", name: SEV2, default: true}
  - {key: "3", name: SEV3}
  - {key: "4", name: SEV4, retired: true, description: "No longer in use:\\nsay SEV3."}
"""


def test_what_is_built_in_is_short_and_loads_without_a_difference(tmp_path: Path):
    file = tmp_path / "response.yaml"
    run("dump", str(file))
    assert yaml.safe_load(file.read_text())["severities"][0] == {
        "key": "1",
        "name": "critical",
        "aliases": ["sev1", "p1"],
        "emoji": "🔥",
        "colour": "red",
    }
    assert [row["key"] for row in yaml.safe_load(run("dump"))["statuses"]] == [
        "live", "investigating", "identified", "monitoring", "resolved", "reported",
    ]  # fmt: skip
    assert "Nothing to change" in run("diff", str(file))
    assert "Nothing to change" in run("load", str(file))


def test_a_file_is_loaded_and_loading_it_twice_changes_nothing(tmp_path: Path):
    file = tmp_path / "response.yaml"
    file.write_text(FIVE)
    with pytest.raises(SystemExit) as stopped:
        run("diff", str(file))
    assert stopped.value.code == 1
    assert not Severity.objects.filter(key="0").exists()
    told = run("load", str(file))
    assert "+ severities 0: added" in told
    assert "name: 'critical' → 'SEV1'" in told
    assert "5 rows were changed." in told
    assert [(row.key, row.name, row.emoji) for row in Severity.offered()] == [
        ("0", "SEV0", "🚨"), ("1", "SEV1", "🔥"), ("2", "SEV2", ""), ("3", "SEV3", ""),
    ]  # fmt: skip
    assert Severity.the_default().key == "2"
    assert Severity.named("p0").key == "0"
    assert "Nothing to change" in run("load", str(file))
    assert "Nothing to change" in run("diff", str(file))


def test_what_the_file_leaves_out_is_retired_if_used_and_deleted_if_not(tmp_path: Path):
    IncidentFactory(severity="4")
    file = tmp_path / "response.yaml"
    file.write_text('severities:\n  - {key: "1", name: bad}\n  - {key: "2", name: worse}\n')
    told = run("load", str(file))
    assert "- severities 4: retired" in told
    assert "- severities 3: deleted" in told
    assert Severity.objects.get(key="4").retired
    assert [row.key for row in Severity.offered()] == ["1", "2"]
    assert Status.objects.count() == 6, "a section that is not there stays as it is"
    assert "Nothing to change" in run("load", str(file))


def test_what_a_rule_refers_to_is_kept_as_long_as_the_rule_is(tmp_path: Path):
    severities = 'severities: [{key: "1", name: a}, {key: "2", name: b}]\n'
    rules = "rules: [{key: tell, name: Tell, severities: ['3']}]\n"
    sync.load(rules.encode())
    found = sync.load((severities + rules).encode())
    assert {(d.key, d.what) for d in found} >= {("3", "retired"), ("4", "deleted")}
    assert sync.load((severities + rules).encode()) == []
    found = sync.load((severities + "rules: []\n").encode())
    assert {(d.key, d.what) for d in found} == {("tell", "deleted"), ("3", "deleted")}
    assert sync.load((severities + "rules: []\n").encode()) == []


def test_the_default_moves(tmp_path: Path):
    for first, second in (("2", "3"), ("3", "2"), ("2", "3")):
        rows = [
            f"  - {{key: '{key}', name: n{key}, default: {str(key == first).lower()}}}"
            for key in sorted([first, second])
        ]
        sync.load(("severities:\n" + "\n".join(rows)).encode())
        assert [row.key for row in Severity.objects.filter(default=True)] == [first]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("severities:\n  - {key: '1'}\n", 2, "no “name”"),
        ("severities:\n  - {name: bad}\n", 2, "no “key”"),
        ("severities:\n  - key: '1'\n    name: a\n    color: red\n", 4, "Did you mean “colour”?"),
        ("severities:\n  - key: '1'\n    name: a\n    colour: pink\n", 4, "not one of these: red"),
        ("severities:\n  - key: '1'\n    name: a\n    rank: high\n", 4, "whole number"),
        ("severities:\n  - key: '1'\n    name: a\n    rank: -1\n", 4, "whole number"),
        ("severities:\n  - key: '1'\n    name: a\n    rank: 99999999999\n", 4, "whole number"),
        ("severities:\n  - key: '1'\n    name: a\n    retired: 1\n", 4, "true or false"),
        ("severities:\n  - key: '1'\n    name: no\n", 3, "in quotes"),
        ("severities:\n  - key: '1'\n    name: [a]\n", 3, "must be text"),
        ("severities:\n  - key: '1'\n    name: ''\n", 3, "name:"),
        (f"severities:\n  - key: '1'\n    name: {'x' * 81}\n", 3, "at most 80"),
        ("severities:\n  - key: Bad Key\n    name: a\n", 2, "lowercase letters"),
        ("severities:\n  - key: '1'\n    name: a\n    aliases: sev1\n", 4, "must be a list"),
        ("severities:\n  - {key: a, name: a}\n  - {key: a, name: b}\n", 3, "already in line 2"),
        ("severities:\n  - key: a\n    name: a\n    name: b\n", 4, "already in line 3"),
        ("severities: {}\n", 1, "must be a list"),
        ("severities: 7\n", 1, "must be a list"),
        ("severities: []\n", 1, "At least one severity"),
        ("severities:\n  - sev1\n", 2, "names with values"),
        ("severitys: []\n", 1, "Did you mean “severities”?"),
        ("- severities\n", 1, "names with values"),
        ("severities:\n  - {key: a, name: a, retired: true}\n", 2, "must be on offer"),
        (
            "severities:\n  - {key: a, name: a, default: yes}\n  - {key: b, name: b, default: yes}",
            2,
            "only one default",
        ),
        (
            "severities:\n  - {key: a, name: a}\n  - {key: b, name: b, default: on, retired: on}\n",
            3,
            "default cannot be retired",
        ),
        (
            "statuses:\n  - key: live\n    name: live\n    category: closed\n    default: yes\n",
            4,
            "never changes",
        ),
        (
            "statuses:\n  - {key: live, name: l, category: live, default: yes}\n",
            1,
            "“closed” needs a default status",
        ),
        ("statuses:\n  - {key: x, name: x}\n", 2, "category"),
        ("a: &a [1]\nb: *a\n", 1, "Anchors"),
        ("a: *a\n", 1, "Aliases"),
        ("severities: !!python/object:os.system []\n", 1, "not supported"),
        ("severities:\n  <<: {a: b}\n", 2, "not supported"),
        ("severities:\n\t- key: a\n", 2, "tab"),
        ("severities:\n  - key: 'a\n", 2, "not closed"),
        ('severities:\n  - key: a\n    name: "A\n  - key: b\n    name: B\n', 3, "not closed"),
        ("severities:\n  - key: a\n    emoji: :fire:\n    name: a\n", 3, "in quotes"),
        ("severities:\n  - key: a\n    name: SEV1: bad\n", 3, "in quotes"),
        ("severities:\n  - {key: a, name: SEV1: bad}\n", 2, "in quotes"),
        ("severities:\n  - {key: a, name: a, emoji: :fire:}\n", 2, "in quotes"),
        ("severities:\n  - key: a\n    name: @a\n", 3, "in quotes"),
        ("severities:\n  - key: a\n    name: `a`\n", 3, "in quotes"),
        ("severities:\n  - key: a\n    name: a\n    retired\n", 4, "no colon"),
        ("severities:\n  - key: a\n    name: a\n    default: no\n     rank: 1\n", 5, "colon"),
        ("severities: []\n---\nstatuses: []\n", 2, "second document"),
        ("severities: [\n", 2, "not YAML"),
        ("severities: \x00\n", 1, "character"),
        ("%YAML 9.1\n---\na: b\n", 1, "not YAML"),
        (b"severities:\n  - {key: a, name: \xff}\n", 2, "UTF-8"),
        ("severities: []\n".encode("utf-16"), 1, "UTF-8"),
        (
            "severities:\n  - {key: a, name: a}\nroles: []\nseverities: []\n",
            4,
            "already in line 1",
        ),
        ("severities: &a\n  - *a\n", 1, "Anchors"),
        ("severities:\r\n  - key: a\r\n    name: a\r\n    rank: .inf\r\n", 4, "whole number"),
        ("severities:\n", 1, "At least one severity"),
        ("severities:\n  - {key: a, name: a}\n   - {key: b, name: b}\n", 3, "not YAML"),
        ("severities:\n  - key: a\n   name: a\n", 3, "not indented like"),
        ("[" * 100_000, 1, "nested too deeply"),
        ("a: " + "{a: " * 50_000, 1, "nested too deeply"),
        ("? " * 50_000, 1, "nested too deeply"),
        ("- " * 50_000, 1, "nested too deeply"),
        ("x" * (document.MAX_BYTES + 1), 0, "larger than 256 KB"),
        ("severities: [" + "a," * 1001 + "]", 1, "more than 1000"),
        ("a: b\n" * 1001, 1, "more than 1000"),
    ],
)
def test_a_mistake_is_a_sentence_with_its_line_and_nothing_is_loaded(text, line, words):
    found = mistakes(text)
    assert line in [number for number, _words in found], found
    assert any(words in sentence for number, sentence in found if number == line), found


def test_all_mistakes_are_told_at_once_and_the_command_ends_with_2(tmp_path: Path):
    file = tmp_path / "response.yaml"
    file.write_text(
        "severities:\n  - {key: '1'}\n  - {key: '2', name: a, rank: x}\nstatus: []\n"
        "statuses:\n  - {key: A, name: a, category: live}\n"
    )
    for do in ("load", "diff"):
        with pytest.raises(CommandError) as raised:
            run(do, str(file))
        assert raised.value.returncode == 2
        told = str(raised.value)
        for number in (2, 3, 4, 6):
            assert f"{file}:{number}: " in told
        assert told.endswith("Nothing was changed.")
    with pytest.raises(CommandError, match="No such file"):
        run("load", str(tmp_path / "missing.yaml"))


def test_what_the_database_refuses_is_a_sentence(tmp_path: Path, monkeypatch):
    def refuse(content: bytes) -> None:
        raise OperationalError("no such table")

    monkeypatch.setattr(sync, "load", refuse)
    file = tmp_path / "response.yaml"
    file.write_text("{}")
    with pytest.raises(CommandError, match=r"no such table. Nothing was changed") as raised:
        run("load", str(file))
    assert raised.value.returncode == 2


@pytest.mark.parametrize("emoji", ["<!channel>", "fire", "🔥 now", "@here", ":no such emoji:", "*"])
def test_an_emoji_is_an_emoji(emoji):
    found = mistakes(yaml.safe_dump({"severities": [{"key": "1", "name": "a", "emoji": emoji}]}))
    assert "Use one emoji" in found[0][1]


def test_an_empty_file_changes_nothing():
    for content in (b"", b"# nothing\n", b"{}", b"---\n...\n", b"\xef\xbb\xbf{}"):
        assert sync.load(content) == []


@given(content=st.one_of(st.binary(max_size=300), st.text(max_size=300).map(str.encode)))
def test_no_bytes_are_met_with_a_traceback(content):
    with contextlib.suppress(Mistakes):
        sync.diff(content)


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
visible = words.map(lambda text: f"{text}x")
keys = st.from_regex(r"\A[a-z0-9][a-z0-9_-]{0,10}\Z")
severities = st.lists(
    st.fixed_dictionaries(
        {
            "key": keys,
            "name": visible,
            "aliases": st.lists(visible, max_size=3),
            "emoji": st.sampled_from(["", "🔥", ":fire:", ":our-own:"]),
            "colour": st.sampled_from(Colour.values),
            "description": words,
        },
        optional={"rank": st.integers(0, 50), "retired": st.booleans()},
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda row: row["key"],
).map(lambda rows: [{**rows[0], "retired": False}, *rows[1:]])


@example(rows=[{"key": "0", "name": "x", "description": "0\x1f\x850"}], default=0)
@example(rows=[{"key": "0", "name": "x", "description": "0\u20280"}], default=0)
@given(rows=severities, default=st.integers(0, 10))
def test_what_is_dumped_loads_to_the_same(rows, default):
    if default < len(rows) and not rows[default].get("retired"):
        rows[default]["default"] = True
    sync.load(yaml.safe_dump({"severities": rows}, allow_unicode=True).encode())
    dumped = sync.dump()
    assert sync.diff(dumped.encode()) == []
    before = list(Severity.objects.values())
    Severity.objects.all().delete()
    sync.load(dumped.encode())
    assert sync.dump() == dumped
    assert [{**row, "id": 0} for row in Severity.objects.values()] == [
        {**row, "id": 0} for row in before
    ]


EXAMPLES = re.findall(
    r"^```yaml\n(.*?)^```",
    (Path(__file__).parents[2] / "docs" / "configuration.md").read_text("utf-8"),
    re.DOTALL | re.MULTILINE,
)


def test_the_examples_of_the_documentation_are_loaded_one_after_the_other():
    assert len(EXAMPLES) == 3
    incidents = [IncidentFactory(severity=key) for key in "1234"]
    for number in (0, 1, 0):
        content = EXAMPLES[number].encode()
        sync.load(content)
        assert sync.diff(content) == []
        assert sync.diff(sync.dump().encode()) == []
    assert [incident.severity_text() for incident in incidents] == ["SEV1", "SEV2", "SEV3", "SEV4"]
    assert [name for _key, name in Severity.pairs()] == [f"SEV{n}" for n in range(5)]
    assert incidents[0].status_text() == "Investigating"
    assert not Severity.objects.filter(key="p5").exists(), "nothing has used it"
    rules = EXAMPLES[2].encode()
    sync.load(rules)
    assert sync.diff(rules) == []
