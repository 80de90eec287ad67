"""Entries of a class, made by hand."""

import copy

PART = {"points": 1, "title": "", "earned": 1, "problem": "", "told": "", "mistake": "", "kind": "", "drawn": []}
ABOUT = {"title": "Deep learning", "done": 4, "total": 4, "began": "2026-11-28T10:00:00+00:00", "seconds": 75.0, "alike": []}
TITLES = {"en": ("Shapes", "Costs", "whole numbers", "arrays"), "vi": ("Hình dạng", "Chi phí", "số nguyên", "mảng")}


def part(title="", earned=1, **more):
    return {**PART, "title": title, "earned": earned, **more}


def task(number, title, parts, status="", **more):
    points, earned = sum(each["points"] for each in parts), sum(each["earned"] for each in parts)
    status = status or ("full" if earned == points else "partial" if earned else "wrong")
    about = {"notes": [], "mistakes": [], "asked": [], "drawn": [], "seconds": 1.5, **more}
    return {"task": f"task{number}", "number": number, "title": title, "points": points, "earned": earned, "status": status} | {
        **about,
        "parts": parts,
    }


def result(tasks, language="en", exercise="02_simplify", source="def f(x):\n    return x", **more):
    points, earned = sum(each["points"] for each in tasks), sum(each["earned"] for each in tasks)
    answers = {each["task"]: {"status": "answered", "source": source} for each in tasks}
    about = {"path": "x.ipynb", "exercise": exercise, "title": f"{exercise} title", "language": language, "seed": 4711}
    about |= {"data": "stand-in", "isolation": "the box", "error": "", "note": "", "possible": points, "points": points}
    return {**about, "tasks": tasks, "answers": answers, "earned": earned, "not_judged": 0, "full": earned == points, **more}


def words(answer, language="en", name="why_zigzag"):
    """What a Result has of a question that is answered in words."""
    head, rest = ("Vì sao?", "Vì sao?") if language == "vi" else ("Why does it zigzag?", "Say why.")
    return {"name": name, "question": f"### {head}\n\n{rest}", "answer": answer}


def graded(earned=(1, 1, 1, 1), language="en", **more):
    """A Result of two tasks with two parts each, a point a part."""
    first, second, whole, arrays = TITLES[language]
    names = (whole, arrays) * 2
    parts = [part(name, points, kind="" if points else "wrong") for name, points in zip(names, earned, strict=True)]
    return result([task(1, first, parts[:2]), task(2, second, parts[2:])], language, **more)


def entry(student="ann", found=None, flag="", **more):
    """The Entry of a Result; without a score where it has a flag."""
    found = copy.deepcopy(found) if found is not None else graded()
    score = None if flag else float(found["earned"])
    about = {"schema": 1, "student": student, "exercise": found.get("exercise", "02_simplify")}
    about |= {"source": f"class.zip!{student}.ipynb"}
    about |= {"timestamp": "2026-11-20T21:14:00+07:00", "attempt": 1, "attempts": 1, "late": False, "notes": [], "result": found}
    about |= {"flag": flag, "made": {}, "finished": "2026-11-28T10:00:00+00:00", "name": student.title(), "first_name": ""}
    about |= {"last_name": "", "email": "", "duedate": "", "raw_score": score, "late_submission_penalty": 0.0, "score": score}
    return {**about, "max_score": 4.0, "comments": [], **more}


def unreadable(student="uwe", language="en"):
    path = f"/srv/teachers/class/{student}.ipynb"
    found = {"path": path, "exercise": "", "title": "", "language": language, "tasks": [], "answers": {}}
    found |= {"error": f"{path} is a PDF, not a notebook: hand in the .ipynb that it was made of", "earned": 0, "full": False}
    return entry(student, found, "unreadable", exercise="02_simplify", source=path)


def missing(student="mia"):
    return entry(student, {}, "missing", source="", timestamp="", exercise="02_simplify")


def many(students=300, exercises=7):
    """A class whose scores can be worked out: student i has i + j modulo 5 points in exercise j."""
    made = []
    for i in range(students):
        for j in range(exercises):
            points = (i + j) % 5
            found = graded([int(place < points) for place in range(4)], exercise=f"{j + 1:02}_exercise")
            made.append(entry(f"s{i:03}", found, name=f"Nguyễn Văn {chr(65 + i % 26)}", late=i % 10 == 0))
    return made
