"""From a page's text to a rule, and what a wrong page is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secloop.model.enums import Severity
from secloop.model.errors import UsageError
from secloop.rules.pages import decode_page, parse_page

if TYPE_CHECKING:
    from rules.conftest import MakePage

SOURCE = "rules/acme-token.md"


def fails(text: str, source: str = SOURCE) -> str:
    with pytest.raises(UsageError) as caught:
        parse_page(text, source)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(f"{source}:")
    return message.removeprefix(f"{source}:")


def test_a_page_becomes_a_rule_with_prose_and_cases(page: MakePage) -> None:
    rule = parse_page(page(), SOURCE)
    assert (rule.id, rule.severity, rule.cwe, rule.source) == ("acme-token", Severity.HIGH, (798,), SOURCE)
    assert (rule.find, rule.why, rule.how) == ("A token.", "It opens doors.", "Revoke it.")
    assert [(case.bad, case.matcher, case.lines) for case in rule.cases] == [
        (True, "plain", (1,)),
        (True, "plain", (2,)),
        (False, "plain", ()),
        (False, "", ()),
    ]
    assert rule.rule_ids() == ("acme-token",)


def test_marks_leave_the_case_and_generators_stay_in_it(page: MakePage) -> None:
    case = parse_page(page(), SOURCE).cases[0]
    assert case.text == 'A = "acme_{{lower:8}}"\n'


def test_the_line_of_a_case_is_that_of_its_fence(page: MakePage) -> None:
    text = page()
    case = parse_page(text, SOURCE).cases[0]
    assert text.splitlines()[case.line - 1] == "```python bad=plain"


def test_a_page_may_come_from_windows(page: MakePage) -> None:
    rule = parse_page("\ufeff" + page().replace("\n", "\r\n"), SOURCE)
    assert rule.cases == parse_page(page(), SOURCE).cases


def test_what_the_page_says_of_matchers_holds_for_each_without_its_own(page: MakePage) -> None:
    text = page(cwe="cwe: [1]\ncheck: crc32-base62\nsame_as: [X]").replace(
        "id: plain\n", "id: plain\n    same_as: [Y]\n"
    )
    matcher = parse_page(text, SOURCE).matchers[0]
    assert (matcher.check, matcher.same_as) == ("crc32-base62", ("Y",))


@pytest.mark.parametrize(
    ("key", "line", "says"),
    [
        ("title", "titel: x", "3: titel is no key of a page. Did you mean title"),
        ("title", "title: 2024-01-01", "3: YAML reads this value as a date. Quote it"),
        ("title", "title: ''", "3: title is not one line of text"),
        ("title", "title: " + "x" * 101, "3: title has over 100 characters"),
        ("stage", "stage: cod", "4: stage cod is unknown. Use one of plan, code"),
        ("severity", "severity: hihg", "9: severity hihg is unknown. Use one of critical"),
        ("engine", "engine: Secret!", "6: engine Secret! is no name"),
        ("since", "since: 0.1", "7: since: expected str, got float. Quote text"),
        ("since", "since: soon", "7: since soon is no version"),
        ("cwe", "cwe: [CWE-798]", "11: cwe[0]: expected int, got str"),
        ("cwe", "cwe: [0]", "11: cwe holds a number below 1"),
        ("cwe", "cwe: [1]\naliases: ['a b']", "12: an alias is no rule id (a b)"),
        ("cwe", "cwe: [1]\nreferences: [example.org]", "12: a reference is no URL (example.org)"),
        ("cwe", "cwe: [1]\ncontrols: {nist: IA-5}", "12: controls[...]: expected array, got str"),
        ("state", "# none", "2: the page has no state"),
        ("id", "id: other", "2: id other differs from the file's name acme-token"),
        ("id", "id: Acme_Token", "2: id Acme_Token is not kebab-case"),
    ],
)
def test_a_wrong_key_or_value_is_told_with_its_line(page: MakePage, key: str, line: str, says: str) -> None:
    assert fails(page(**{key: line})).startswith(says)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("id: plain", "id: Plain", "13: matcher id Plain is not kebab-case"),
        ("id: plain", "id: plain\n    severty: high", "14: severty is no key of a matcher. Did you mean severity"),
        ("    match:", "    mtch:", "14: mtch is no key of a matcher. Did you mean match"),
        ("  - id: plain\n    match", "  - match", "13: a matcher has no id"),
        ("matchers:\n", "matchers:\n  - 3\n", "13: a matcher is no mapping"),
        ("## Why it matters", "## Why", "21: the heading 'Why' is not expected here"),
        ("## Why it matters", "# Why it matters", "21: the heading 'Why it matters' is not expected here"),
        ("## Examples", "### Examples", "31: a case stands outside Examples"),
        ("## Examples", "## Example", "29: the heading 'Example' is not expected here"),
        ("Revoke it.", "", "25: the section How to fix is empty"),
        ("A token.", "```python bad=plain\n```", "19: a case stands outside Examples"),
        ("\n## What", "\nHello\n\n## What", "16: there is text before ## What it finds"),
        ("python good\n", "python\n", "44: an example is neither bad nor good"),
        ("python good\n", "python good bad=plain\n", "44: an example is both bad and good"),
        ("python good\n", "python good=\n", ""),
        ("python good\n", "python bad\n", "44: the fence's bad= is empty"),
        ("python good\n", "python good fil=x\n", "44: fil is no key of a fence. Did you mean file"),
        ("python good\n", "python good good\n", "44: the fence gives good twice"),
        ("python good\n", "python good file='x\n", "44: the fence's info string has an open quote"),
        ("python good\n", "cobol good\n", "44: no file name is known for cobol. Add file="),
        ("python good\n", "python good=other\n", "44: the case names the matcher other"),
        ("python good\n", "python good lines=1\n", "44: a good case has lines to be found"),
        ("python good\n", "python bad=plain lines=1-3\n", "44: lines=1-3 is no list of lines"),
        ("python good\n", "python bad=plain lines=2,9\n", "44: lines=2,9 lies beyond the example's end"),
        ("{{lower:4}}", "{{lowr:4}}", "40: {{lowr:4}} is no generator. Write e.g. {{lower:4}}"),
    ],
)
def test_a_wrong_part_of_a_page_is_told_with_its_line(page: MakePage, old: str, new: str, says: str) -> None:
    text = page()
    assert old in text
    if not says:
        parse_page(text.replace(old, new, 1), SOURCE)
        return
    assert says in fails(text.replace(old, new, 1))


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a/../../x", "C:/x", "a\\b", "a//b", ".git/hooks/x", "./x"])
def test_a_case_file_cannot_leave_its_folder(page: MakePage, name: str) -> None:
    text = page().replace("python good\n", f"python good 'file={name}'\n")
    assert "leaves the case's folder" in fails(text)


def test_fences_of_one_group_are_one_case(page: MakePage) -> None:
    group = (
        "\n```python bad=plain group=g\nimport b  # <- here\n```\n"
        "\n```python file=b.py group=g\nx = 1\n```\n"
        "\n```text good=plain group=h\nx\n```\n"
    )
    cases = parse_page(page() + group, SOURCE).cases[-3:]
    assert [(case.group, case.bad, case.file, case.lines) for case in cases] == [
        ("g", True, "case.py", (1,)),
        ("g", True, "b.py", ()),
        ("h", False, "case.txt", ()),
    ]


@pytest.mark.parametrize(
    ("fences", "says"),
    [
        ("```python bad=plain group=g\n```\n```text good group=g\n```\n", "the group g is bad and good at once"),
        ("```python bad=plain group=g\n```\n```python group=g\n```\n", "the group g holds case.py twice"),
    ],
)
def test_a_group_that_disagrees_is_refused(page: MakePage, fences: str, says: str) -> None:
    assert says in fails(page() + "\n" + fences)


@pytest.mark.parametrize(
    "mark", ["# <- here", "// <- here", "-- <- here", "; <- here", "<!-- <- here -->", "/* <- here */", "#<-here  "]
)
def test_a_mark_may_be_a_comment_of_many_languages(page: MakePage, mark: str) -> None:
    text = page().replace("B = 1\n", f"B = 1 {mark}\n")
    case = parse_page(text, SOURCE).cases[1]
    assert case.lines == (1, 2)
    assert case.text.startswith("B = 1\n")


def test_a_mark_behind_a_pem_block_means_its_first_line(page: MakePage) -> None:
    text = page().replace("B = 1\n", "{{pem:EC PRIVATE KEY}}  # <- here\n")
    first, second = parse_page(text, SOURCE).cases[1].lines
    assert first == 1
    assert second > 4


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "1: the page has no front matter"),
        ("# Title\n", "1: the page has no front matter"),
        ("---\nid: x\n", "1: the front matter has no end"),
        ("---\n---\n", "2: the front matter is no mapping"),
        ("---\n- a\n---\n", "2: the front matter is no mapping"),
        ("---\na: 1\n---\n", "2: a is no key of a page"),
        ("---\na: &x 1\nb: *x\n---\n", "2: YAML anchors and aliases are not allowed"),
        ("---\na: !!python/object/apply:os.system ['true']\n---\n", "2: the YAML tag"),
        ("---\na: !x 1\n---\n", "2: the YAML tag !x is not allowed"),
        ("---\nid: a\nid: b\n---\n", "3: the key id is given twice"),
        ("---\nid: {a: {b: 1, b: 2}}\n---\n", "2: the key b is given twice"),
        ("---\nid: a: b\n---\n", "2: the YAML is broken (mapping values are not allowed"),
        ("---\nid: a\x00\n---\n", "2: the page holds the control character '\\x00'"),
        ("---\nid: a\n---\n\x1b[31m", "4: the page holds the control character '\\x1b'"),
        ("---\nid: a\ufffe\n---\n", "1: the YAML is broken"),
        ("---\nid: 0b_\n---\n", "1: the YAML is broken"),
        (f"---\nid: {'9' * 5000}\n---\n", "1: the YAML is broken"),
        (f"---\nid: {'9' * 50}\n---\n", "2: YAML reads this value as a int"),
        ("---\nid: .inf\n---\n", "2: YAML reads this value as a float"),
        ("---\n1: a\n---\n", "2: the key 1 is no text"),
        ("---\n[1]: a\n---\n", "2: the YAML is broken"),
        ("---\n<<: {a: 1}\n---\n", "2: a is no key of a page"),
        ("---\nid: " + "[" * 40 + "]" * 40 + "\n---\n", "2: the YAML is nested over 32 levels"),
        ("---\nid: " + "[" * 60000 + "\n---\n", "2: the YAML is nested over 32 levels"),
        ("---\nid: " + "x" * 70000 + "\n---\n", "1: the front matter has over 64 KiB"),
        ("---\nid: x\n---\n" + "x" * (10 << 20), "1: the page has over 256 KiB"),
        ("---\nid: x\n---\n" + "\n" * 3000, "3000: the page has over 3000 lines"),
        ("---\nid: x\n...\n---\n", "2: the page has no title"),
    ],
)
def test_hostile_front_matter_is_refused_in_one_line(text: str, says: str) -> None:
    assert fails(text).startswith(says)


def test_an_anchor_bomb_is_refused_before_it_goes_off() -> None:
    levels = [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 30)]
    assert "anchors" in fails("---\na0: &a0 [x]\n" + "\n".join(levels) + "\n---\n")


def test_a_page_of_many_hostile_fences_is_refused(page: MakePage) -> None:
    assert "over 500 cases" in fails(page() + "\n```python good\n```\n" * 600)


def test_a_page_without_cases_is_refused_at_the_missing_section(page: MakePage) -> None:
    assert fails(page().partition("## Examples")[0]).startswith("16: the section Examples is missing")


@pytest.mark.parametrize("mark", ["- ", "1. "])
def test_deeply_nested_markdown_is_refused(page: MakePage, mark: str) -> None:
    assert "the section Why it matters is missing" in fails(page().replace("A token.", mark * 5000 + "x"))


def test_inline_text_that_is_slow_to_parse_is_never_parsed(page: MakePage) -> None:
    text = "[" * 20000 + "![" * 20000 + "*_" * 20000
    assert parse_page(page().replace("A token.", text), SOURCE).find == text


def test_bytes_that_are_no_utf8_are_told_with_their_line(page: MakePage) -> None:
    data = page().encode().replace(b"Acme", b"\xff")
    with pytest.raises(UsageError, match=r"acme-token.md:3: the page is not UTF-8"):
        decode_page(data, SOURCE)
    with pytest.raises(UsageError, match="over 256 KiB"):
        decode_page(b"\xff" * (10 << 20), SOURCE)


@settings(deadline=None)
@given(st.text(alphabet="-{}[]:&*!'\"\n #ab01<.,|>?%@=~", max_size=120))
def test_any_scrap_of_front_matter_is_refused_in_one_line(text: str) -> None:
    fails(f"---\n{text}\n---\n")


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_refused_in_one_line(data: bytes) -> None:
    with pytest.raises(UsageError, match=SOURCE):
        decode_page(b"---\n" + data, SOURCE)


def test_a_case_of_blanks_takes_no_quadratic_time(page: MakePage) -> None:
    blanks = f"{' ' * 100_000}x\n# <- here{' ' * 100_000}x\n"
    rule = parse_page(f"{page()}\n```text good\n{blanks}```\n", SOURCE)
    assert rule.cases[-1].text == blanks
