import io
import json
import subprocess
import sys
from datetime import date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.foundation import log

SECRET = "Marie Tremblay, 275 rue Notre-Dame"


@pytest.fixture
def written(monkeypatch):
    buffer = io.StringIO()
    monkeypatch.setattr(log._logger().handlers[0], "stream", buffer)

    def lines():
        return [json.loads(line) for line in buffer.getvalue().splitlines()]

    lines.text = buffer.getvalue
    return lines


def fail(message):
    raise ValueError(message)


def test_a_line_tells_what_and_how_long_and_what_the_block_found(written):
    with log.line("http", method="GET") as fields:
        fields["status"] = 200
    [line] = written()
    assert (line["message"], line["method"], line["status"]) == ("http", "GET", 200)
    assert line["ms"] >= 0
    assert line["level"] == "INFO"


def test_a_line_is_written_though_the_block_fails(written):
    with pytest.raises(ValueError, match=SECRET), log.line("relay", records=3):
        fail(SECRET)
    [line] = written()
    assert line["records"] == 3
    assert SECRET not in written.text()


def test_a_failure_says_its_type_and_where_never_its_message(written):
    try:
        fail(SECRET)
    except ValueError as error:
        log.failure(error, route="/v1/x")
    [line] = written()
    assert (line["level"], line["error"], line["route"]) == ("ERROR", "ValueError", "/v1/x")
    assert any(place.endswith(" fail") for place in line["places"])
    assert SECRET not in written.text()
    assert "Traceback" not in written.text()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(codec="ascii", categories=["L"]), min_size=30))
def test_nothing_of_a_failure_or_its_causes_is_quoted(written, secret):
    try:
        try:
            fail(secret)
        except ValueError as cause:
            raise KeyError(secret) from cause
    except KeyError as error:
        log.failure(error)
    assert secret not in written.text()


def test_a_failure_never_raised_has_no_place(written):
    log.failure(RuntimeError(SECRET))
    [line] = written()
    assert line["places"] == []


def test_a_warning_is_a_warning(written):
    log.warning("slow", error="ReadTimeoutError")
    [line] = written()
    assert (line["level"], line["message"], line["error"]) == ("WARNING", "slow", "ReadTimeoutError")


def test_a_count_is_a_metric_that_cloudwatch_reads(capsys):
    log.count("Undelivered", 3, stage="pilot")
    metric = json.loads(capsys.readouterr().out)
    assert metric["Undelivered"] == [3]
    (described,) = metric["_aws"]["CloudWatchMetrics"]
    assert described["Namespace"] == "Guichet"
    # Alarms name exactly these (infra/app.yaml).
    assert sorted(described["Dimensions"][0]) == ["service", "stage"]
    assert (metric["service"], metric["stage"]) == ("guichet", "pilot")


def test_nothing_to_count_writes_nothing(capsys):
    log.count("Undelivered", 0, stage="pilot")
    assert capsys.readouterr().out == ""


def test_a_line_is_one_line_that_lambda_and_cloudwatch_read(written):
    log.warning("späte\nZeile", unit="VM", dates=[date(2026, 1, 5)])
    assert written.text().count("\n") == 1
    [line] = written()
    assert list(line) == ["level", "message", "timestamp", "service", "unit", "dates"]
    assert (line["message"], line["service"], line["dates"]) == ("späte\nZeile", "guichet", ["2026-01-05"])
    assert datetime.fromisoformat(line["timestamp"]).tzinfo


def test_a_line_names_the_trace_that_the_callers_answer_names(written, monkeypatch):
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-69245e7b-0123456789abcdef;Parent=0123456789abcdef;Sampled=0")
    log.warning("slow")
    assert written()[0]["xray_trace_id"] == "1-69245e7b-0123456789abcdef"


def test_lambdas_own_handler_does_not_repeat_a_line():
    code = "import logging; logging.basicConfig(); from chalicelib.foundation import log; log.warning('once')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.count("once") == 1
    assert done.stderr == ""
