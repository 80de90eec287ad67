"""A class that hands the demo exercise in, and what stands for the processes that grade it."""

import json
from pathlib import Path

import grading_demo as demo

from gluon_alexnet.grading import notebook
from gluon_alexnet.grading.grade import Result, TaskResult


def exercises(folder):
    """A folder as `gluon-alexnet exercise build` makes one, with the demo in it."""
    (folder / "checks").mkdir(parents=True)
    (folder / "checks/00_demo.json").write_text(json.dumps(demo.REFERENCE), encoding="utf-8")
    return folder


def hand_in(folder, **answers):
    """Notebooks below `folder`; answers: student -> the answers of theirs, a dict, or the text of a file that is none."""
    for student, given in answers.items():
        (folder / student).mkdir(parents=True, exist_ok=True)
        path = folder / student / "00_demo.ipynb"
        if isinstance(given, str):
            path.write_text(given)
        else:
            demo.save(demo.notebook(**given), path)
    return folder


class Pool:
    """What jobs.Pool is to a class, without processes: an answer is right where it says so. asked: the files, in order."""

    asked: list[str] = []
    replies: dict[str, dict] = {}

    def __init__(self, jobs, told):
        self.told = told

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def judged(self, found, stopped=lambda: False):
        for number, one in enumerate(found):
            if stopped():
                return
            self.asked.append(one.path.parent.name)
            yield number, self.replies.get(one.path.parent.name) or self.judge(one)

    def judge(self, one):
        from gluon_alexnet.classroom import judge
        from gluon_alexnet.errors import UserError

        try:
            submission = notebook.read(one)
        except UserError as error:
            return judge.unreadable(one, str(error))
        tasks = []
        for task in submission.exercise.tasks:
            answer = submission.answers[task.name]
            earned = 0 if "wrong" in answer.source else task.points
            status = "full" if earned else "wrong"
            tasks.append(TaskResult(task.name, task.number, task.title.en, task.points, earned, status, seconds=0.25))
        answers = {name: {"status": each.status, "source": each.source} for name, each in submission.answers.items()}
        result = Result(str(one.path), "00_demo", "Demo", "en", tasks, answers, self.told["seed"], possible=6)
        return {"result": json.loads(json.dumps(result.to_dict())), "flag": ""}


def tables(folder):
    """Name -> bytes of the tables in `folder`."""
    return {name: (Path(folder) / name).read_bytes() for name in ("grades.csv", "tasks.csv", "course.csv", "grades.json")}
