"""gluon_alexnet.authoring.marks: one code cell in two languages."""

import pytest

from gluon_alexnet.authoring.marks import in_language
from gluon_alexnet.errors import UserError


def both(source):
    return tuple(in_language("x.py, cell 'one'", source, language) for language in ("en", "vi"))


@pytest.mark.parametrize(
    ("source", "english", "vietnamese"),
    [
        ('print(say("more", "thêm"))', 'print("more")', 'print("thêm")'),
        ("say('a', 'b').upper()", "'a'.upper()", "'b'.upper()"),
        (
            'print(f"á {n}", say(f"{n:.2f} of {m}", f"{n:.2f} trên {m}"), n)',
            'print(f"á {n}", f"{n:.2f} of {m}", n)',
            'print(f"á {n}", f"{n:.2f} trên {m}", n)',
        ),
        ('{say("a", "á"): say("b", r"\\b")}', '{"a": "b"}', '{"á": r"\\b"}'),
        ('say("one" "two", "một" "hai")', '"one" "two"', '"một" "hai"'),
        ('x = say(\n    "a"\n    f"{b}",\n    "c"\n    "d",\n)', 'x = ("a"\n     f"{b}")', 'x = ("c"\n     "d")'),
        ('f(\n    say(\n        "a"\n        "b",\n        "c",\n    )\n)', 'f(\n    "a"\n    "b"\n)', 'f(\n    "c"\n)'),
        ('say("""a\n  b""", "c")', '"""a\n  b"""', '"c"'),
        ('f(say("a, b", "c"), say("d", "e)"))', 'f("a, b", "d")', 'f("c", "e)")'),
        (
            'x = "say(1)"  # say("a", "b") is no call\nsay("a", "b")',
            'x = "say(1)"  # say("a", "b") is no call\n"a"',
            'x = "say(1)"  # say("a", "b") is no call\n"b"',
        ),
    ],
)
def test_a_call_of_say_becomes_the_literal_of_the_language(source, english, vietnamese):
    assert both(source) == (english, vietnamese)


@pytest.mark.parametrize(
    ("source", "english", "vietnamese"),
    [
        ("# One.\n# vi: Một.\nx = 1", "# One.\nx = 1", "# Một.\nx = 1"),
        ("# a\n# b\n# vi: c\nx", "# a\n# b\nx", "# c\nx"),
        ("# a\n# vi: b\n# vi: c\n# d\n# vi: e", "# a\n# d", "# b\n# c\n# e"),
        ("# kept\n\n# a\n# vi: b\nx", "# kept\n\n# a\nx", "# kept\n\n# b\nx"),
        ("if x:\n    # á\n    # vi: b\n    y()\n# c", "if x:\n    # á\n    y()\n# c", "if x:\n    # b\n    y()\n# c"),
        ("x = 1  # a  # vi: b # c", "x = 1  # a", "x = 1  # b # c"),
        ("# a  # vi: b\nx", "# a\nx", "# b\nx"),
        (
            "def f():\n    ### BEGIN SOLUTION\n    # a\n    # vi: b\n    return 1\n    ### END SOLUTION",
            "def f():\n    ### BEGIN SOLUTION\n    # a\n    return 1\n    ### END SOLUTION",
            "def f():\n    ### BEGIN SOLUTION\n    # b\n    return 1\n    ### END SOLUTION",
        ),
        ('x = "# vi: no"\n# a\n# vi: b', 'x = "# vi: no"\n# a', 'x = "# vi: no"\n# b'),
    ],
)
def test_a_comment_becomes_that_of_the_language(source, english, vietnamese):
    assert both(source) == (english, vietnamese)


def test_a_docstring_becomes_that_of_the_language():
    source = 'def f(x):\n    """The height.\n\n    x: one.\n    """\n    """vi: Chiều cao.\n\n    x: một.\n    """\n    return x'
    assert both(source) == (
        'def f(x):\n    """The height.\n\n    x: one.\n    """\n    return x',
        'def f(x):\n    """Chiều cao.\n\n    x: một.\n    """\n    return x',
    )
    nested = 'class A:\n    r"""A \\d."""\n\n    r"""vi: Lớp \\d."""\n\n    def f(self):\n        "f"\n        "vi: hàm"'
    assert both(nested) == (
        'class A:\n    r"""A \\d."""\n\n    def f(self):\n        "f"',
        'class A:\n    r"""Lớp \\d."""\n\n    def f(self):\n        "hàm"',
    )


def test_code_without_marks_is_left_alone_even_where_it_is_no_python():
    for source in ("%matplotlib inline\n!ls", 'print("say")\nessay(1)', "x = 1  # việc"):
        assert both(source) == (source, source)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("x = 1\nsay('a')", "line 2: say.* takes two literals"),
        ("say('a', name)", "takes two literals"),
        ("say('a', 'b', 'c')", "takes two literals"),
        ("say('a', b'b')", "takes two literals"),
        ("say('a', vi='b')", "takes two literals"),
        ("say('a', '{}'.format(1))", "takes two literals"),
        ("f\"{say('a', 'b')}\"", "stands inside a literal"),
        ("x = 1\n# vi: một", "line 2: `# vi: ...` stands right below"),
        ("# one\n\n# vi: một", "stands right below"),
        ("x = 1  # vi: một", "behind the comment"),
        ('def f():\n    """vi: Một."""', "stands right below the docstring"),
        ('def f():\n    """One."""\n    # a\n    """vi: Một."""', "something stands between"),
        ('x = 1\n"""vi: Một."""', "line 2: a text"),
        ("!ls\nsay('a', 'b')", "is not Python"),
    ],
)
def test_a_mark_that_is_not_right_names_the_cell(source, message):
    for language in ("en", "vi"):
        with pytest.raises(UserError, match=f"^x.py, cell 'one'.*{message}") as told:
            in_language("x.py, cell 'one'", source, language)
        assert "\n" not in str(told.value)
