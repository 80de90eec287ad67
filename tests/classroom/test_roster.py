"""Rosters as LMSs and people write them, and whose a notebook is by them."""

import pytest

from gluon_alexnet.classroom import roster
from gluon_alexnet.errors import UserError

# Canvas: Grades, Export, Entire Gradebook; with its line of points and the student that teachers test with.
CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,Homework 1 (55),Current Score
,,,,,Manual Posting,
    Points Possible,,,,,10,(read only)
"Nguyễn, Văn An",4711,B2001,an.nguyen,DL-1,9,90
"O'Brien, Mary Ann",4712,B2002,m.obrien,DL-1,,
"Student, Test",4799,,f00d,DL-1,,
"""
# Moodle: the grading worksheet of an assignment.
WORKSHEET = """\
Identifier,"Full name","Email address",Status,Grade,"Maximum Grade"
"Participant 123","Nguyễn Văn An",an@uni.edu,"Submitted for grading",,20.00
"Participant 124","Lê Bình",binh@uni.edu,"No submission",,20.00
"""
PARTICIPANTS = "First name;Surname;ID number;Email address;Groups\nVăn An;Nguyễn;B2001;an@uni.edu;A\n"
BLACKBOARD = (
    '"Last Name"\t"First Name"\t"Username"\t"Student ID"\t"Last Access"\n"Doe"\t"Jane"\t"jdoe"\t"S17"\t"2026-11-20 10:00:00"\n'
)


def read(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "roster.csv"
    path.write_bytes(text.encode(encoding))
    return roster.read(path)


def whose(people, student, name=""):
    found, doubt = roster.Matcher(people).of(student, name)
    assert (found is None) == bool(doubt)
    return found.student if found else doubt


def test_canvas_gradebook(tmp_path):
    first, second = read(tmp_path, CANVAS, "utf-8-sig")
    assert (first.student, first.last_name, first.first_name, first.name, first.section) == (
        "B2001",
        "Nguyễn",
        "Văn An",
        "Văn An Nguyễn",
        "DL-1",
    )
    people = [first, second]
    # As Canvas names files: the sortable name in small letters, the number of the user.
    assert whose(people, "nguyễnvănan_4711", "nguyễnvănan") == "B2001"
    assert whose(people, "obrienmaryann_4712") == "B2002"
    assert whose(people, "anon_ab12Z") == "anon_ab12Z is not on the roster"


def test_moodles_grading_worksheet(tmp_path):
    people = read(tmp_path, WORKSHEET)
    assert [one.student for one in people] == ["Participant 123", "Participant 124"]
    assert whose(people, "Nguyễn Văn An_123") == "Participant 123"
    assert whose(people, "Participant_124") == "Participant 124"
    assert whose(people, "binh@uni.edu") == whose(people, "binh") == whose(people, "Le Binh") == "Participant 124"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_semicolons_and_every_encoding_that_says_its_name(tmp_path, encoding):
    (one,) = read(tmp_path, PARTICIPANTS, encoding)
    assert (one.student, one.name, one.email, one.section) == ("B2001", "Văn An Nguyễn", "an@uni.edu", "A")
    assert whose([one], "Nguyễn Văn An_55") == "B2001"


def test_blackboards_gradebook(tmp_path):
    (one,) = read(tmp_path, BLACKBOARD, "utf-16")
    assert (one.student, one.last_name, one.first_name) == ("S17", "Doe", "Jane")
    assert whose([one], "jdoe") == whose([one], "JDOE") == "S17"


def test_vietnamese_headers_and_blank_lines(tmp_path):
    (one,) = read(tmp_path, "\n\nMSSV\tHọ và tên\tLớp\n\nB2001\tTrần Đình Đức\tK65\n\t\t\n")
    assert (one.student, one.name, one.section) == ("B2001", "Trần Đình Đức", "K65")
    assert whose([one], "tran dinh duc") == whose([one], "TRẦN ĐÌNH ĐỨC") == "B2001"


def test_accents_decide_where_there_are_any_and_doubt_is_said(tmp_path):
    people = read(tmp_path, "id,name\n1,Trần Văn An\n2,Trần Vân Ân\n3,Lê Hà\n4,Lê Hà\n")
    assert whose(people, "Trần Vân Ân") == "2"
    assert whose(people, "tran van an") == (
        "tran van an may be any of Trần Vân Ân (2), Trần Văn An (1) on the roster, and was taken for none of them"
    )
    assert "Lê Hà (3), Lê Hà (4)" in whose(people, "Lê Hà_77")


def test_a_number_of_one_kind_is_not_taken_for_another_against_the_name(tmp_path):
    people = read(tmp_path, "Student,ID,SIS User ID\n\"Doe, Jane\",12,99\n\"Kim, Lee\",99,12\n")
    assert whose(people, "doejane_12") == "99"
    assert whose(people, "kimlee_99") == "12"


def test_who_stands_in_two_sections_is_one(tmp_path):
    assert len(read(tmp_path, "id,name,section\n1,A,x\n1,A,y\n")) == 1
    with pytest.raises(UserError, match=r"has A twice, as A and as A \(line 3\): give each student an id"):
        read(tmp_path, "name,section\nA,x\nA,y\n")
    with pytest.raises(UserError, match=r"has 1 twice, as A and as B \(line 3\): give each student an id"):
        read(tmp_path, "id,name\n1,A\n1,B\n")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"a,b\n1,2\n", "has no column called student or login or id or name .*: its first line is a, b"),
        (b"id,name\n", "names no student"),
        (b"PK\x03\x04rest", "is a spreadsheet, not a CSV: save it as CSV in UTF-8"),
        ("id,name\n1,Nguyễn\n".encode("cp1258", "replace") + b"\xff", "is no text in UTF-8"),
    ],
)
def test_what_is_no_roster_is_one_sentence(tmp_path, content, said):
    (tmp_path / "r.csv").write_bytes(content)
    with pytest.raises(UserError, match=f"the roster .*r.csv {said}"):
        roster.read(tmp_path / "r.csv")


def test_a_roster_that_is_not_there(tmp_path):
    with pytest.raises(UserError, match="cannot read the roster .*none.csv: No such file"):
        roster.read(tmp_path / "none.csv")


def test_a_short_number_in_a_folders_name_is_nobodys(tmp_path):
    people = read(tmp_path, "id,name\n12,Jane Doe\n4711,Lee Kim\n")
    assert whose(people, "team_12") == "team_12 is not on the roster"
    assert whose(people, "Jane Doe_12") == "12"
    # A name that was changed since, and Canvas's number.
    assert whose(people, "leesmith_4711") == "4711"


def test_blanks_after_commas_and_columns_that_say_the_same(tmp_path):
    (one,) = read(tmp_path, 'SIS User ID, Student ID, Name\n, "B1", "Doe, Jane"\n')
    assert (one.student, one.first_name, one.last_name) == ("B1", "Jane", "Doe")
    (one,) = read(tmp_path, "Student ID,SIS User ID,Name\nB1,other,Jane\n")
    assert one.student == "B1"
