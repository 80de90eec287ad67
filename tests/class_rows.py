"""Rows of a journal made by hand: what grading two small exercises would bring."""

from gluon_alexnet.classroom.rows import SCHEMA

POINTS = {"02_simplify": {"gates": 2.0, "cost": 4.0}, "04_own": {"own": 6.0}}


def task(name, earned, points, status=""):
    status = status or ("full" if earned == points else "partial" if earned else "wrong")
    return {
        "task": name,
        "number": 1,
        "title": name,
        "points": points,
        "earned": earned,
        "status": status,
        "notes": [],
        "parts": [],
        "mistakes": [],
        "asked": [],
        "seconds": 1.0,
    }


def row(student, exercise="02_simplify", flag="", error="", **more):
    """A Row; `more` has the earned points by the name of a task, and what else differs."""
    points = POINTS[exercise]
    tasks = [] if error else [task(name, more.pop(name, 0.0), most) for name, most in points.items()]
    source = more.pop("source", f"class/{student}/{exercise}.ipynb")
    result = {
        "path": source,
        "exercise": exercise,
        "title": exercise,
        "language": "en",
        "tasks": tasks,
        "answers": {},
        "error": error,
        "note": "",
        "possible": 0 if error else sum(points.values()),
        "earned": sum(each["earned"] for each in tasks),
    }
    made = {"schema": SCHEMA, "student": student, "exercise": exercise, "source": source, "timestamp": "", "attempt": 1}
    rest = {"attempts": 1, "late": False, "notes": [], "result": result, "flag": flag, "made": {}, "finished": "2026-11-28T23:00"}
    return {**made, **rest, **more}
