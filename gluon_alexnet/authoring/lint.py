"""Tries how good the checks of an exercise are, by its own solution: wrong answers made of it must lose points, it itself none.

A mutant with full marks is a finding unless it does what the solution does, as far as questions can tell that are like the
check's own, or the check says so in a comment, `# equivalent: OLD => NEW`, as the finding writes it. Where many answers are right
(the check trains a net, or says `# open: WHY`), only such mutants are tried as no right answer is like.
"""

from __future__ import annotations

import ast
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gluon_alexnet.authoring import mutants, notebooks
from gluon_alexnet.authoring.source import name_of, read_source
from gluon_alexnet.errors import UserError
from gluon_alexnet.files_io import user_path
from gluon_alexnet.grading import trial

if TYPE_CHECKING:
    from gluon_alexnet.hints import PathLike

SEEDS, MUTANT_SEEDS = 50, 3
# Where the check trains nets, or takes more than so many seconds by itself.
COSTLY_SEEDS, COSTLY_MUTANTS, COSTLY_SECONDS = 2, 3, 2.0
COUNTED = ("mutants", "survivors", "left_out", "seconds")
MARK = re.compile(r"^\s*# (equivalent|open): *(.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Finding:
    """Something weak. task: its name; sentence: what it is; diff: the lines of the solution and of the mutant, if it is one."""

    exercise: str
    task: str
    sentence: str
    diff: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "\n".join([f"{self.exercise}, {self.task}: {self.sentence}", *(f"    {line}" for line in self.diff)])


@dataclass
class Tried:
    """What was done with one task. survivors: how many mutants have full marks; same: the labels of those that answered as the
    solution does, marked: of those that the check says to be equivalent; seeds: the solution's; left_out: how many mutants
    were not tried since they take too long.
    """

    task: str
    mutants: int = 0
    survivors: int = 0
    same: list[str] = field(default_factory=list)
    marked: list[str] = field(default_factory=list)
    seeds: int = 0
    left_out: int = 0
    costly: bool = False
    seconds: float = 0.0
    findings: list[Finding] = field(default_factory=list)


def lint(
    source: PathLike, tasks: Iterable[str] = (), thorough: bool = False, told: Callable[[Tried], None] = lambda tried: None
) -> list[Tried]:
    """Tries the tasks of the source at `source`, all or those named, and returns a Tried for each; told: called with it at once.

    thorough: as many seeds and mutants where checks take seconds, or train nets, as elsewhere.
    Raises UserError, naming the cell, where the source is not as it should be.
    """
    name, cells = name_of(source), read_source(user_path(source))
    content = notebooks.reference(name, cells)
    unknown = [task for task in tasks if task not in content["tasks"]]
    if unknown:
        raise UserError(f"{name} has no task {unknown[0]!r}: there are {', '.join(content['tasks'])}")
    found = []
    with trial.Trial(content) as bench:
        for place, cell in enumerate(cells):
            if cell.kind == "answer" and (not tasks or cell.id in tasks):
                found.append(_Task(name, cell, cells[place + 1], content["tasks"][cell.id], bench, thorough).tried())
                told(found[-1])
    return found


class _Task:
    """One task being tried."""

    def __init__(self, name, cell, check, about, bench, thorough):
        self.cell, self.check, self.points, self.bench, self.thorough = cell, check, about["points"], bench, thorough
        self.exercise, self.right, self.done = name, about["reference"], Tried(cell.id)
        self.marks = MARK.findall(check.check)
        self.limit = 20.0

    def tried(self):
        began = time.perf_counter()
        if not prints(notebooks.code(self.check)):
            self.find("its practice check prints nothing, so that a student has nothing to compare with")
        if self.solution():
            self.stub()
            self.wrong_answers()
        self.done.seconds = time.perf_counter() - began
        return self.done

    def find(self, sentence, diff=()):
        self.done.findings.append(Finding(self.exercise, self.cell.id, sentence, tuple(diff)))

    def solution(self):
        """Grades the solution with every seed; returns whether it always has full marks; else nothing tells much."""
        first = self.bench.ask(self.cell.id, self.right, [0], 600.0, own=True, keep=True)
        self.trains = first[0]["costly"] > 0
        self.done.costly = self.trains or first[0]["seconds"] > COSTLY_SECONDS
        self.limit = 1 + 10 * first[0]["longest"]
        self.done.seeds = COSTLY_SEEDS if self.done.costly and not self.thorough else SEEDS
        rest = self.bench.ask(self.cell.id, self.right, range(1, self.done.seeds), 600.0, own=True, keep=True)
        told = [*first, *rest]
        for seed, one in enumerate(told):
            if one["fault"]:
                self.find(f"the check fails by itself over the solution, with seed {seed}: {one['fault']}")
                return False
            if one["points"] != self.points and not one["problem"]:
                self.find(f"its parts add up to {one['points']:g} points with seed {seed}, not {self.points}")
                return False
        poor = [(seed, one) for seed, one in enumerate(told) if one["earned"] != self.points]
        if poor:
            seed, one = poor[0]
            self.find(
                f"the solution gets less than its {self.points} points with {len(poor)} of {len(told)} seeds, such as {seed}: "
                f"{one['earned']:g}: {one['problem']}"
            )
        self.asked = first[0]["asked"]
        return not poor

    def stub(self):
        """Grades the cell as it is handed out, and names the parts that ask nothing."""
        given = notebooks.stub(self.cell, 1, next(iter(self.cell.texts)))
        one = self.bench.ask(self.cell.id, given, [0], self.limit, real=False)[0]
        if one["earned"]:
            self.find(f"the cell as it is handed out gets {one['earned']:g} of {self.points} points")
        # A part may judge what another has asked for; then it gives nothing here.
        mute = [place for place, asked in enumerate(self.asked) if not asked and (not one["got"] or sum(one["got"][place:][:1]))]
        if mute:
            which = f"part {mute[0] + 1} of its check asks" if sum(self.asked) else "its check asks"
            self.find(f"{which} nothing: its points are given to everybody")

    def wrong_answers(self):
        own = notebooks.own_lines(self.cell)
        if self.trains or any(kind == "open" for kind, _ in self.marks):
            net = re.search(r"ask\.net\(\s*[\"']([^\"']+)", self.check.check)
            made = mutants.must_fail(self.right, own, net[1] if net else None)
        else:
            made = mutants.of(self.right, own)
        room = COSTLY_MUTANTS
        for mutant in made:
            # Where it loses points already though all training succeeds, nothing needs to be trained.
            if self.trains and self.full(mutant, [0], real=False) is None:
                self.done.mutants += 1
                continue
            if self.done.costly and not self.thorough:
                if not room:
                    self.done.left_out += 1
                    continue
                room -= 1
            self.done.mutants += 1
            seeds = range(1 if self.done.costly and not self.thorough else MUTANT_SEEDS)
            full = self.full(mutant, seeds)
            if full:
                self.survived(mutant, full)

    def full(self, mutant, seeds, **how):
        """In words with how many of `seeds` the mutant gets full marks; None where with none."""
        told = self.bench.ask(self.cell.id, mutant.source, seeds, self.limit, **how)
        for one in told:
            if one["fault"]:
                self.find(f"the check itself fails over an answer ({one['fault']}): {mutant.label}", mutant.diff(self.right))
                return None
        count = sum(one["earned"] >= self.points for one in told)
        return f"{count} of {len(told)} seeds" if count else None

    def survived(self, mutant, full):
        self.done.survivors += 1
        if any(kind == "equivalent" and same_text(text, mutant.label) for kind, text in self.marks):
            self.done.marked.append(mutant.label)
            return
        told = self.bench.request("compare", 600.0, task=self.cell.id, source=mutant.source, limit=self.limit)
        if told and told["asked"] and not told["example"]:
            self.done.same.append(mutant.label)
            return
        example = f"; it answers otherwise: {told['example']}" if told and told["example"] else ""
        self.find(f"full marks with {full} though {mutant.kind}: {mutant.label}{example}", mutant.diff(self.right))


def same_text(marked: str, label: str) -> bool:
    """Whether a comment means the mutant of this label; behind it may stand why."""
    return " ".join(marked.split()).startswith(" ".join(label.split()))


def prints(source: str) -> bool:
    """Whether a practice check shows something: it prints, it draws, or ends with an expression, as far as its text tells."""
    tree = ast.parse(source)
    called = {mutants.called(node) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    last = tree.body[-1] if tree.body else None
    return bool(called & {"print", "display", "show"}) or isinstance(last, ast.Expr)


def summary(name: str, tried: Iterable[Tried]) -> str:
    """One line on what was done with an exercise."""
    tried = list(tried)
    total: Mapping[str, Any] = {key: sum(getattr(one, key) for one in tried) for key in COUNTED}
    same, marked = (sum(len(labels) for labels in kind) for kind in ([t.same for t in tried], [t.marked for t in tried]))
    costly = [one for one in tried if one.costly]
    told = [f"{len(tried)} tasks, {total['mutants']} mutants with {MUTANT_SEEDS} seeds each"]
    if total["survivors"]:
        told.append(
            f"{total['survivors']} with full marks, of which {same} answer as the solution does and {marked} are marked as "
            "equivalent"
        )
    told.append(f"solutions with {max(one.seeds for one in tried)} seeds")
    if costly:
        names = ", ".join(one.task for one in costly)
        told.append(
            f"where that takes seconds ({names}) {costly[0].seeds}, and 1 for a mutant, {total['left_out']} mutants left out"
            if costly[0].seeds < SEEDS
            else f"{names} take seconds each"
        )
    return f"{name}: {'; '.join(told)}; {total['seconds']:.0f} s"
