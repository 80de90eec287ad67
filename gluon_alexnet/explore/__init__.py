"""A look inside any net that is a Gluon Sequential: what each layer makes of one picture, and of what.

layers: the layers in order, nested ones laid flat, with names and shapes. maps: one picture's feature maps at every layer, kept.
number: one number of a map taken apart, its window, filter, products and sum. fields: the part of the picture that it sees.
words: what layers are called, in both languages.

Nothing here changes a net: its weights, gradients and running statistics stay as they are.
"""

from typing import TYPE_CHECKING

from gluon_alexnet.doors import hand_out

HOMES = {
    "Box": "fields",
    "Field": "fields",
    "Layer": "layers",
    "Number": "number",
    "Seen": "maps",
    "describe": "words",
    "explain": "number",
    "layers_of": "layers",
    "look": "maps",
    "receptive_field": "fields",
}
__all__ = list(HOMES)
if TYPE_CHECKING:
    from gluon_alexnet.explore.fields import Box as Box
    from gluon_alexnet.explore.fields import Field as Field
    from gluon_alexnet.explore.fields import receptive_field as receptive_field
    from gluon_alexnet.explore.layers import Layer as Layer
    from gluon_alexnet.explore.layers import layers_of as layers_of
    from gluon_alexnet.explore.maps import Seen as Seen
    from gluon_alexnet.explore.maps import look as look
    from gluon_alexnet.explore.number import Number as Number
    from gluon_alexnet.explore.number import explain as explain
    from gluon_alexnet.explore.words import describe as describe
else:
    __getattr__, __dir__ = hand_out(__name__, HOMES)
