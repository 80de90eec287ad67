"""PrairieLearn: what an external grader hands over, as its documentation says it (docs/externalGrading.md there).

`gluon-alexnet grade /grade/student --report /grade/results/results.json --format prairielearn` is a question's whole entrypoint.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gluon_alexnet.grading import report
from gluon_alexnet.grading.grade import STATUS

if TYPE_CHECKING:
    from gluon_alexnet.classroom.upload import Upload


def results(upload: Upload) -> dict[str, Any]:
    """The content of results.json.

    A submission that nobody can judge, or that this machine did not judge to the end, is not gradable: PrairieLearn then takes no
    attempt and no points.
    """
    judged = upload.attempts and not upload.not_judged
    if not judged:
        sentences = upload.sentences + [text for result in upload.graded for text in report.reservations(result)]
        return {"gradable": False, "format_errors": sentences, "message": "\n".join(sentences), "tests": _tests(upload)}
    return {
        "gradable": True,
        "score": upload.earned / upload.possible,
        "message": "\n".join(upload.sentences),
        "output": "",
        "tests": _tests(upload),
    }


def _tests(upload):
    several = len(upload.graded) > 1
    return [_test(task, result, several) for result in upload.graded for task in result["tasks"]]


def _test(task, result, several):
    where = f"{result['title']}, " if several else ""
    return {
        "name": f"{where}{task['number']}. {task['title']}",
        "description": STATUS[task["status"]].to(result["language"]),
        "points": task["earned"],
        "max_points": task["points"],
        "message": "\n".join(report.problems(task)),
        "output": "",
    }
