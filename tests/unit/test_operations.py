"""The operators' page has a few lines on every alarm that can ring, and on none that cannot."""

import re

import pytest

from local.stages import ROOT

PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
ALARM = r"AlarmName: !Sub guichet-\$\{Stage\}-"


def names(template, pattern):
    return re.findall(pattern, (ROOT / "infra" / template).read_text(encoding="utf-8"))


def headings(section):
    (text,) = re.findall(rf"^## {section}\n(.*?)^## ", PAGE, re.MULTILINE | re.DOTALL)
    return re.findall(r"^### (.*)$", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("section", "template", "pattern"),
    [
        ("Alarms of a unit", "units.yaml", ALARM + r"\$\{Unit\}-(.*)"),
        ("Alarms of the application", "app.yaml", ALARM + "(.*)"),
    ],
)
def test_every_alarm_has_its_lines(section, template, pattern):
    alarms = names(template, pattern)
    assert len(alarms) == len(set(alarms)) > 3
    assert sorted(headings(section)) == sorted(alarms)


def test_every_alarm_is_found_from_the_top():
    table = PAGE[: PAGE.index("\n## ")]
    for alarm in (*headings("Alarms of a unit"), *headings("Alarms of the application")):
        assert f"[`{alarm}`](#{alarm})" in table


def test_what_operators_are_told_to_look_for_in_the_log_is_what_is_logged():
    said = set(re.findall(r'"message": "([^"]+)"', PAGE)) | {"AWS was slow or throttled"}
    source = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "chalicelib").rglob("*.py"))
    assert {message for message in said if f'"{message}"' not in source} == set()
