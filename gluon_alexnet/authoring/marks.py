"""Code written once for two languages: the marks by which a code cell of a source becomes that of either notebook.

print(say("more epochs", "thêm epoch"))   `say` gives its place to the literal of the language
# The slope decides.                      lines of comment, replaced by those right below them
# vi: Độ dốc quyết định.
rate = 0.1  # a guess  # vi: phỏng đoán   the same behind a line
'''The height.'''                         a docstring, replaced by the text right below it
'''vi: Chiều cao.'''
"""

import ast
import io
import re
import tokenize

from gluon_alexnet.errors import UserError

MARKED = re.compile(r"\bsay\s*\(|#\s*vi:|[\"']vi: ")
AGAIN = re.compile(r"\s*# ?vi:(?: |$)")
PARTS = re.compile(r"#+ *(BEGIN|END) ")


def in_language(where, source, language):
    """`source`, a code cell with marks, as it stands in the notebook of `language` ("en" or "vi"): the same code, other texts.

    where: the cell, as a person is told. Raises UserError where a mark is not as it should be.
    """
    if not MARKED.search(source):
        return source
    try:
        tree, tokens = ast.parse(source), list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (SyntaxError, ValueError, tokenize.TokenError) as error:
        line = f"line {error.lineno}: " if getattr(error, "lineno", None) else ""
        raise UserError(
            f"{where}: it has marks of two languages, but is not Python ({line}{getattr(error, 'msg', error)})"
        ) from None
    text = Text(where, source)
    edits = [*said(text, tree, tokens, language), *described(text, tree, language)]
    taken = [(start, end) for start, end, _ in edits]
    comments = commented(text, [token for token in tokens if token.type == tokenize.COMMENT], language)
    edits += [edit for edit in comments if not any(start <= edit[0] < end for start, end in taken)]
    for start, end, new in sorted(edits, reverse=True):
        source = source[:start] + new + source[end:]
    return source.rstrip("\n")


def said(text, tree, tokens, language):
    """The edits (start, end, new text) that put the literal of `language` in the place of each `say`."""
    in_literals = {id(inner) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for inner in ast.walk(node)}
    edits = []
    for call in ast.walk(tree):
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "say"):
            continue
        if id(call) in in_literals:
            text.refuse(call, 'say(...) stands inside a literal f"...": let it say two whole ones')
        if len(call.args) != 2 or call.keywords or not all(is_literal(each) for each in call.args):
            text.refuse(call, 'say("English", "Tiếng Việt") takes two literals, f"..." too, and nothing else')
        start, end = text.span(call)
        first, last = text.span(call.args[language == "vi"])
        new = text.source[first:last]
        if "\n" in new and '"""' not in new and "'''" not in new:
            # Literals below each other stay below each other, and one text outside of brackets too.
            opening, closing = ("", "") if in_brackets(text, tokens, start) else ("(", ")")
            new = opening + re.sub(r"\n *", "\n" + " " * (text.column(start) + len(opening)), new) + closing
        edits.append((start, end, new))
    return edits


def is_literal(node):
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def in_brackets(text, tokens, place):
    before = [token.string for token in tokens if token.type == tokenize.OP and text.at(*token.start) < place]
    return sum(each in "([{" for each in before) > sum(each in ")]}" for each in before)


def described(text, tree, language):
    """The edits that leave of two docstrings that of `language`."""
    edits, right = [], set()
    for node in ast.walk(tree):
        body = node.body if isinstance(node, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) else []
        if len(body) < 2 or not is_text(body[0]) or not is_vietnamese(body[1]):
            continue
        (first, after), (start, end) = text.span(body[0]), text.span(body[1])
        if text.source[after:start].strip():
            text.refuse(body[1], 'something stands between a docstring and its """vi: ..."""')
        right.add(id(body[1]))
        edits.append((first, end, text.source[start:end].replace("vi: ", "", 1)) if language == "vi" else (after, end, ""))
    for node in ast.walk(tree):
        if is_vietnamese(node) and id(node) not in right:
            text.refuse(node, 'a text """vi: ...""" stands right below the docstring that it replaces in Vietnamese')
    return edits


def is_text(node):
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def is_vietnamese(node):
    return is_text(node) and node.value.value.startswith("vi: ")


def commented(text, comments, language):
    """The edits that leave of comments (tokens) in two languages those of `language`."""
    edits, runs = [], []
    for token in comments:
        start, again = text.at(*token.start), AGAIN.search(token.string)
        alone = not text.source[text.line(token)[0] : start].strip()
        if again and again.start():
            new = f"# {token.string[again.end() :]}" if language == "vi" else token.string[: again.start()]
            edits.append((start, start + len(token.string), new))
        elif again and not alone:
            text.refuse(token, "behind a line, `# vi: ...` stands behind the comment that it replaces in Vietnamese")
        elif alone and not PARTS.match(token.string):
            last = runs[-1][-1].start if runs else (0, -1)
            if last == (token.start[0] - 1, token.start[1]):
                runs[-1].append(token)
            else:
                runs.append([token])
    for run in runs:
        edits += replaced(text, run, language)
    return edits


def replaced(text, run, language):
    """The edits of lines of comment right below each other."""
    edits, english, begun = [], [], True
    for token in run:
        again = AGAIN.match(token.string)
        if not again:
            english, begun = [*([] if not begun else english), token], True
            continue
        if not english:
            text.refuse(token, "`# vi: ...` stands right below the lines of comment that it replaces in Vietnamese")
        if language == "vi":
            edits += [(*text.line(each), "") for each in english if begun]
            start = text.at(*token.start)
            edits.append((start, start + len(token.string), f"# {token.string[again.end() :]}".rstrip()))
        else:
            edits.append((*text.line(token), ""))
        begun = False
    return edits


class Text:
    """The source of a cell, whose places Python's own readers tell by line and column."""

    def __init__(self, where, source):
        self.where, self.source = where, source
        self.lines = [f"{line}\n" for line in source.split("\n")]
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line))

    def at(self, line, column):
        return self.starts[line - 1] + column

    def line(self, token):
        """From where to where the line of `token` goes."""
        return self.starts[token.start[0] - 1], self.starts[token.start[0]]

    def span(self, node):
        """From where to where `node` goes, whose columns count bytes."""
        ends = ((node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset))
        start, end = (self.at(line, len(self.lines[line - 1].encode()[:column].decode())) for line, column in ends)
        return start, end

    def column(self, place):
        return place - self.source.rfind("\n", 0, place) - 1

    def refuse(self, node, why):
        """Raises UserError for a node or a token."""
        raise UserError(f"{self.where}, line {getattr(node, 'lineno', None) or node.start[0]}: {why}")
