"""A look inside any net that is a Gluon Sequential: what each layer makes of pictures, of what, and what speaks for a class.

layers: the layers in order, nested ones laid flat, with names and shapes. maps: one picture's feature maps at every layer, kept.
number: one number of a map taken apart, its window, filter, products and sum. fields: the part of the picture that it sees.
exciting: what many pictures excite, dead units, zeros. evidence: gradients, Grad-CAM, occlusion.
photo: a photo made what the net has learned from, step by step. words: what layers and steps are called, in both languages.

answers: what a page asks, answered, however it travels. opening: what is needed for that, of a run or of a net and pictures
(taking: how photos become what the net takes; gathering: many pictures looked through, a batch at a time). widget: in a notebook;
server: as a page that this machine serves; recording: as one file (wire: questions and answers as bytes; front_end: the
JavaScript and CSS of front/ as one module, the same for all three).

Nothing here changes a net: its weights, gradients and running statistics stay as they are.
"""

from typing import TYPE_CHECKING

from gluon_alexnet.doors import hand_out

HOMES = {
    "Box": "fields",
    "Excited": "exciting",
    "Field": "fields",
    "Gradients": "evidence",
    "Layer": "layers",
    "LayerSurvey": "exciting",
    "Number": "number",
    "Occlusion": "evidence",
    "Response": "number",
    "Seen": "maps",
    "Step": "photo",
    "Survey": "exciting",
    "describe": "words",
    "explain": "number",
    "explore": "widget",
    "grad_cam": "evidence",
    "gradients": "evidence",
    "layers_of": "layers",
    "look": "maps",
    "occlusion": "evidence",
    "photo_steps": "photo",
    "receptive_field": "fields",
    "saliency": "evidence",
    "survey": "exciting",
}
__all__ = list(HOMES)
__all__ += ["opening", "recording", "server"]
if TYPE_CHECKING:
    from gluon_alexnet.explore.evidence import Gradients as Gradients
    from gluon_alexnet.explore.evidence import Occlusion as Occlusion
    from gluon_alexnet.explore.evidence import grad_cam as grad_cam
    from gluon_alexnet.explore.evidence import gradients as gradients
    from gluon_alexnet.explore.evidence import occlusion as occlusion
    from gluon_alexnet.explore.evidence import saliency as saliency
    from gluon_alexnet.explore.exciting import Excited as Excited
    from gluon_alexnet.explore.exciting import LayerSurvey as LayerSurvey
    from gluon_alexnet.explore.exciting import Survey as Survey
    from gluon_alexnet.explore.exciting import survey as survey
    from gluon_alexnet.explore.fields import Box as Box
    from gluon_alexnet.explore.fields import Field as Field
    from gluon_alexnet.explore.fields import receptive_field as receptive_field
    from gluon_alexnet.explore.layers import Layer as Layer
    from gluon_alexnet.explore.layers import layers_of as layers_of
    from gluon_alexnet.explore.maps import Seen as Seen
    from gluon_alexnet.explore.maps import look as look
    from gluon_alexnet.explore.number import Number as Number
    from gluon_alexnet.explore.number import Response as Response
    from gluon_alexnet.explore.number import explain as explain
    from gluon_alexnet.explore.photo import Step as Step
    from gluon_alexnet.explore.photo import photo_steps as photo_steps
    from gluon_alexnet.explore.widget import explore as explore
    from gluon_alexnet.explore.words import describe as describe
else:
    __getattr__, __dir__ = hand_out(__name__, HOMES)
