"""A teacher's remarks, as tables have them."""

import pytest

from gluon_alexnet.classroom import comments
from gluon_alexnet.classroom.comments import Remark
from gluon_alexnet.errors import UserError


def read(tmp_path, text):
    (tmp_path / "comments.csv").write_text(text, encoding="utf-8-sig")
    return comments.read(tmp_path / "comments.csv")


def test_remarks_on_tasks_and_on_notebooks(tmp_path):
    text = 'student,task,points,comment,exercise\nan,cost,-1.5,"No units,\nsee p. 3",02\nbình,,,Well done,\n'
    assert read(tmp_path, text) == [
        Remark("an", "cost", -1.5, "No units,\nsee p. 3", "02", 3),
        Remark("bình", "", None, "Well done", "", 4),
    ]


def test_fractions_with_commas_where_semicolons_part_the_columns(tmp_path):
    assert [one.points for one in read(tmp_path, "Student;Points\nan;0,5\nan;\u22122\n")] == [0.5, -2.0]


@pytest.mark.parametrize("points", ["two", "nan", "1e999", "1,000.5"])
def test_points_that_are_no_number_are_named_with_their_line(tmp_path, points):
    with pytest.raises(UserError, match=r"line 2 of the comments .*comments\.csv has .* for points: write a number"):
        read(tmp_path, f'student,points\nan,"{points}"\n')


def test_a_table_without_students(tmp_path):
    with pytest.raises(UserError, match="has no column called student: its first line is who, comment"):
        read(tmp_path, "who,comment\nan,x\n")
