#!/usr/bin/env bash
# MXNet's NumPy mode and Gluon's layers.
# Versions: mxnet 1.9.1, numpy 1.23.5, Python 3.10 or 3.11 (seen with 3.11.7 on Linux x86-64, 2026-11-28).
# One would guess: npx.set_np() switches all of Gluon's layers, whenever they were made.
# What happens: a convolution chooses its operator when it is made, so that one made before npx.set_np() keeps the legacy one,
#   which refuses NumPy arrays; a dense layer chooses at each call. And GroupNorm, InstanceNorm and ReflectionPad2D have nothing
#   but legacy operators: in NumPy mode they raise for every input.
# Output seen: made before: {'Conv2D': 'ValueError', 'Dense': 'works'}
#   made after: {'Conv2D': 'works', 'GroupNorm': 'TypeError', 'InstanceNorm': 'ValueError', 'ReflectionPad2D': 'TypeError',
#   'BatchNorm': 'works', 'LayerNorm': 'works'}
# What to do: call npx.set_np() before the first layer is made; normalise with BatchNorm or LayerNorm, pad with mx.np.pad.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet mxnet==1.9.1 numpy==1.23.5 "setuptools<81"
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import sys

import mxnet as mx
from mxnet.gluon import nn


def outcome(layer, shape):
    try:
        layer.initialize()
        layer(mx.np.ones(shape)).asnumpy()
    except Exception as error:
        return type(error).__name__
    return "works"


pictures = (2, 4, 8, 8)
before = {"Conv2D": nn.Conv2D(6, 3), "Dense": nn.Dense(3)}
mx.npx.set_np()
after = {
    "Conv2D": nn.Conv2D(6, 3),
    "GroupNorm": nn.GroupNorm(2),
    "InstanceNorm": nn.InstanceNorm(),
    "ReflectionPad2D": nn.ReflectionPad2D(1),
    "BatchNorm": nn.BatchNorm(),
    "LayerNorm": nn.LayerNorm(),
}
told = [{name: outcome(layer, pictures) for name, layer in layers.items()} for layers in (before, after)]
print("made before:", told[0], "\nmade after:", told[1])
seen = [{"Conv2D": False, "Dense": True}, {name: name in ("Conv2D", "BatchNorm", "LayerNorm") for name in after}]
sys.exit("changed" if [{name: text == "works" for name, text in each.items()} for each in told] != seen else 0)
PYTHON
