"""When exercises are due, for whom later, and what being late costs."""

import datetime as dt

import pytest

from gluon_alexnet.classroom import deadlines, times
from gluon_alexnet.errors import UserError


@pytest.fixture(autouse=True)
def two_exercises(monkeypatch):
    monkeypatch.setattr(deadlines.submissions.exercises, "list_exercises", lambda: ["02_simplify", "04_cost"])


def table(tmp_path, text):
    path = tmp_path / "due.csv"
    path.write_text(text, encoding="utf-8")
    return deadlines.read(path)


def costs(due, timestamp, student="a", exercise="02_simplify", of=20.0):
    return due.penalty(student, exercise, timestamp, of)


def test_a_date_for_everything():
    due = deadlines.read("2026-11-20T23:59+07:00")
    assert due.of("a", "02_simplify") == "2026-11-20T23:59:00+07:00"
    # Without a rule being late costs nothing.
    assert costs(due, "2026-12-24T00:00:00Z") == 0.0


def test_a_day_ends_at_midnight_of_this_machine():
    due = deadlines.read("2026-11-20, 1 point/hour")
    here = dt.datetime(2026, 11, 20, 23, 59, 59).astimezone()
    assert due.of("a", "04_cost") == here.isoformat()
    assert costs(due, (here + dt.timedelta(minutes=1)).isoformat()) == 1.0


@pytest.mark.parametrize(
    ("rule", "late", "points"),
    [
        # 20 points: 10 % are 2, for each day that has begun.
        ("10%/day", dt.timedelta(0), 0.0),
        ("10%/day", dt.timedelta(seconds=1), 2.0),
        ("10%/day", dt.timedelta(days=1), 2.0),
        ("10%/day", dt.timedelta(days=1, seconds=1), 4.0),
        ("10 % per day up to 50 %", dt.timedelta(days=30), 10.0),
        ("10%/day", dt.timedelta(days=30), 20.0),
        ("1.5 points/hour", dt.timedelta(hours=2, minutes=1), 4.5),
        ("1 point/hour, up to 3 points", dt.timedelta(days=2), 3.0),
        ("1 point/hour up to 25%", dt.timedelta(days=2), 5.0),
    ],
)
def test_what_being_late_costs(rule, late, points):
    due = deadlines.read(f"2026-11-20 23:59 UTC, {rule}")
    when = dt.datetime(2026, 11, 20, 23, 59, tzinfo=dt.timezone.utc) + late
    assert costs(due, when.isoformat()) == points


def test_a_time_without_a_zone_is_of_the_deadlines_own():
    due = deadlines.read("2026-11-20T23:59+07:00, 1 point/hour")
    assert costs(due, "2026-11-20T23:58:59") == 0.0
    assert costs(due, "2026-11-21T00:30:00") == 1.0
    # 17:30 in UTC is half past midnight there.
    assert costs(due, "2026-11-20T17:30:00+00:00") == 1.0


def test_a_time_that_nobody_knows_costs_nothing_and_is_told_apart():
    assert costs(deadlines.read("2026-11-20, 10%/day"), "") is None
    assert deadlines.Deadlines({}).penalty("a", "02_simplify", "", 20) == 0.0


def test_a_table_with_extensions_and_rules(tmp_path):
    due = table(
        tmp_path,
        "Exercise;Due date;Student;Late\n02_simplify;2026-11-20 12:00 UTC;;10%/day\n02;2026-11-27 12:00 UTC;An.Nguyen;\n"
        "cost;2026-11-21 12:00 Asia/Ho_Chi_Minh;;\n;2027-01-01T00:00Z;ill;0%/day\n",
    )
    assert due.of("x", "02_simplify") == "2026-11-20T12:00:00+00:00"
    assert due.of(("B1", "an.nguyen"), "02_simplify") == "2026-11-27T12:00:00+00:00"
    # The extension has the rule of its exercise.
    assert costs(due, "2026-11-27T12:00:01Z", "an.nguyen") == 2.0
    assert due.of("x", "04_cost") == "2026-11-21T12:00:00+07:00"
    assert due.of("ill", "04_cost") == due.of("ill", "02_simplify") == "2027-01-01T00:00:00+00:00"
    assert (due.exercises, due.students) == (["02_simplify", "04_cost"], ["an.nguyen", "ill"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tomorrow", "the deadline 'tomorrow' is neither a date nor a file: give a date, such as 2026-11-20T23:59"),
        ("2026-11-31", "is neither a date nor a file"),
        ("2026-11-20, ten points", "says 'ten points', which is no rule for being late: write it such as '10%/day up to 50%'"),
    ],
)
def test_what_is_no_deadline_is_one_sentence(text, said):
    with pytest.raises(UserError, match=said):
        deadlines.read(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("exercise,when\n02,2026\n", "has no column called due"),
        ("exercise,due\n02,soon\n", "line 2 of the deadlines .* says 'soon', which is no date"),
        ("exercise,due\n99,2026-11-20\n", "line 2 .* says '99', which is no exercise: there are 02_simplify, 04_cost"),
        ("exercise,due\n02,2026-11-20\nsimplify,2026-11-21\n", "line 3 .* says once more when 02_simplify is due for everybody"),
        ("due,late\n2026-11-20,-5%/day\n", "is no rule for being late"),
    ],
)
def test_what_is_wrong_in_a_table_is_named_with_its_line(tmp_path, text, said):
    with pytest.raises(UserError, match=said):
        table(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2026-11-20-23-59-01", "2026-11-20T23:59:01"),
        ("2026-11-20 15:58:23.948203 UTC", "2026-11-20T15:58:23.948203+00:00"),
        ("2026-11-20 16:59:01.109082000 -07:00", "2026-11-20T16:59:01.109082-07:00"),
        ("2026-11-20T23:59Z", "2026-11-20T23:59:00+00:00"),
        ("2026-11-20T23:59+0700", "2026-11-20T23:59:00+07:00"),
        ("2026-11-20", "2026-11-20T23:59:59"),
        ("2026-02-30", ""),
        ("2026-11-20T25:00", ""),
        ("2026-11-20T10:00 Mars/Olympus", ""),
        ("2026-11-20T10:00+99:00", ""),
        ("20/11/2026", ""),
        ("", ""),
    ],
)
def test_moments_as_lmss_write_them(text, iso):
    assert times.iso(times.moment(text)) == iso


def test_nbgraders_tables_have_utc_without_saying_so():
    assert times.in_utc("2026-11-20T23:59:00+07:00") == "2026-11-20 16:59:00"
    assert times.in_utc("2026-11-20T23:59:01") == "2026-11-20 23:59:01"
    assert times.in_utc("") == ""
