"""English found in texts that should be Vietnamese."""

import re

# Words that no Vietnamese sentence has, so that two of them in a row are English. Not here: words that are Vietnamese too, or
# that its speakers use (to, no, me, do, so, long, epoch, dropout, gradient, pixel, byte).
ENGLISH = frozenset(
    """
    a after all along an and are array as at average axis be because been before below better between both but by can chance
    class classes color colors column columns compared computed could cut different does drawn each either element elements
    every examples faster features few filter filters first for from gives given had has have hidden how image images in
    integer into is it its kernel label labels larger largest last layer layers learn learned learning left less like logged
    many mean measured memory more most multiplied must net nets never not number numbers of on once one only or other others
    our out over own parameter parameters per picture pictures pixels point points printed raw returns right row rows same
    second seconds seen several shape shown size slope small smaller smallest some speed step steps takes test text than that
    the their them then there these they this those through time times together tested trained training two under units
    until up use used value values was weight weights were what when where whether which while who width with within without
    would wrong you your accuracy after spread share guess guessed activation activations batch loss
    """.split()
)
# Keys that students type, as the tasks name them.
NAMES = "training memory"
WORD = r"[^\W\d_]+(?:['’-][^\W\d_]+)*"


def english_in(text, least=2):
    """The first run of at least `least` English words in `text`, between which nothing but blanks stands; None without one.

    What stands in `...` is code, and a word with a dot, a bracket or an equals sign behind it a name.
    """
    text = re.sub(rf"{NAMES}|`[^`]*`|\b[\w.]+\(|\b\w+ ?=(?!=)|\b\w+(?:[._]\w+)+", " ; ", text)
    for run in re.findall(rf"{WORD}(?:[ \n]+{WORD})*", text):
        words = run.split()
        english = [word.lower() in ENGLISH for word in words]
        for start in range(len(words) - least + 1):
            if all(english[start : start + least]):
                return " ".join(words[start : start + 8])
    return None
