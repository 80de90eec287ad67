"""What of a grading goes back to a student: sentences without the inputs that were drawn, and their own code with its colours."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Any

from gluon_alexnet.grading.texts import visible

GONE = "…"
# Shorter pieces of an input stand in a sentence by chance.
PIECE = 8
# Of two digits at least, in Python's notation or a language's: 3 may be anything.
NUMBER = re.compile(r"(?<![\w.])-?(?:\d+[.,]\d+(?:e[+-]?\d+)?(?![\d.,]*\d)|\d[\d.,]*\d)(?!\w)")
ANY_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:[.,]\d+)*(?:e[+-]?\d+)?(?!\w)")
SEVERAL = re.compile(f"{GONE}(?:[ ,.]*{GONE}|[.]{{3}})+")
# What says where something is, and not with what it was asked.
PLACE = re.compile(r"\b(?:line|dòng|cell|ô) \d+")
QUOTED = re.compile('"[^"]*"')
CALL = re.compile(r"(?<=\w)\([^()]*(?:\([^()]*\)[^()]*)*\)")

# Pygments' names for kinds of tokens, the longest first -> the class of the page's style.
KINDS = {
    "Token.Comment": "c",
    "Token.Keyword": "k",
    "Token.Operator.Word": "k",
    "Token.Literal.String": "s",
    "Token.Literal.Number": "n",
    "Token.Name.Function": "f",
    "Token.Name.Class": "f",
    "Token.Name.Builtin": "f",
    "Token.Name.Decorator": "f",
}


def sentence(text: str, drawn: Iterable[str] = (), kind: str = "") -> str:
    """`text` without what the answer was asked with, each such piece as '…'.

    drawn: the inputs in words, as in grading.checks.Part; kind: the Part's. An error's message is the answer's own, which may
    put any input into it: of its numbers none is left.
    """
    drawn = [each for each in drawn if each]
    for each in sorted(drawn, key=len, reverse=True):
        if re.search(r"\W", each):
            text = text.replace(each, GONE)
        text = _without_pieces(text, each)
    if drawn:
        text = CALL.sub(lambda call: call.group() if call.group() == "()" else f"({GONE})", text)
    if kind == "error":
        text = QUOTED.sub(lambda quoted: ANY_NUMBER.sub(GONE, quoted.group()), text)
    numbers = {reading for each in drawn for found in NUMBER.findall(each) for reading in _readings(found)}
    kept = {found.span() for found in PLACE.finditer(text)}

    def without(found):
        inside = any(start <= found.start() and found.end() <= end for start, end in kept)
        return GONE if _readings(found.group()) & numbers and not inside else found.group()

    text = NUMBER.sub(without, text)
    return visible(SEVERAL.sub(GONE, text), 2_000)


def _readings(number):
    """What a number may be, as Python writes it: '1.024' is one and a bit in English, and in Vietnamese a thousand."""
    return {number.replace(",", ""), number.replace(".", "").replace(",", ".")}


def _without_pieces(text, words):
    """`text` without the pieces of `words` in it that are long enough to be no accident."""
    while True:
        match = difflib.SequenceMatcher(None, text, words, autojunk=False).find_longest_match()
        piece = words[match.b : match.b + match.size].strip(" ,")
        if len(piece) < PIECE or not re.search(r"\d", piece):
            return text
        text = text.replace(piece, GONE)


def part_sentence(part: Mapping[str, Any]) -> str:
    """What was wrong with a grading.checks.Part, a dict, as its student reads it; '' for nothing."""
    return sentence(part.get("told") or part["problem"], part.get("drawn", ()), part["kind"])


def notes(task: Mapping[str, Any]) -> list[str]:
    """The notes of a grading.grade.TaskResult, a dict, as its student reads them. A fault of a check's own is none of them."""
    if task["status"] == "our fault":
        return []
    return [sentence(note, task.get("drawn", ()), task["status"]) for note in task["notes"]]


def code(source: str) -> list[list[tuple[str, str]]]:
    """The lines of a program, each as [(class, text)]; what cannot be seen stands as its escape."""
    from pygments.lexers.python import PythonLexer

    text = "\n".join(visible(line.expandtabs(4), 2_000) for line in source.rstrip().split("\n"))
    lines: list[list[tuple[str, str]]] = [[]]
    for token, value in PythonLexer(stripnl=False, ensurenl=False).get_tokens(text):
        kind = _kind(str(token))
        for number, piece in enumerate(value.split("\n")):
            if number:
                lines.append([])
            if piece and lines[-1] and lines[-1][-1][0] == kind:
                lines[-1][-1] = (kind, lines[-1][-1][1] + piece)
            elif piece:
                lines[-1].append((kind, piece))
    return lines


def _kind(token):
    return next((kind for name, kind in KINDS.items() if token.startswith(name)), "")
