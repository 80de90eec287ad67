"""A page as a test reads it."""

import html.parser
import re


class Page(html.parser.HTMLParser):
    """The text, table rows and attributes of a page; every tag that is opened must be closed."""

    VOID = {"meta", "img", "source", "br"}

    def __init__(self, content):
        super().__init__()
        self.open, self.tags, self.attributes, self.words, self.rows = [], set(), [], [], []
        self.feed(content)
        assert not self.open
        self.text = re.sub(r"\s+", " ", "".join(self.words))

    def handle_starttag(self, tag, attributes):
        self.attributes += [(tag, *pair) for pair in attributes]
        self.tags.add(tag)
        if tag not in self.VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1:] != ["style"]:
            self.words.append(data)
        if self.open[-1:] in (["td"], ["th"]):
            self.rows[-1][-1] += data

    def row(self, first):
        return next(row for row in self.rows if row[0] == first)

    def pictures(self):
        return [value for tag, key, value in self.attributes if (tag, key) == ("img", "src")]
