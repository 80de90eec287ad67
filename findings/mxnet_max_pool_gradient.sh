#!/usr/bin/env bash
# MXNet's max pooling and its gradient while nothing learns.
# Versions: mxnet 1.9.1, numpy 1.23.5, Python 3.10 or 3.11 (seen with 3.11.7 on Linux x86-64, 2026-11-29).
# One would guess: the gradient of a max pooling, which has nothing to learn, is the same under autograd.record(train_mode=False).
# What happens: it is wrong, without a word: what the pooling took is noted in training alone, and the gradient goes elsewhere. So
#   are saliency maps and Grad-CAM of every net with max pooling that is asked as it answers, and the net's own with train_mode=False
#   in backward. And autograd.grad has train_mode=True of its own: batch norms then go back by the statistics of the batch.
# Output seen: of the gradient reaches the largest of each window: 1.0 in training, 0.0 while nothing learns, 1.0 with the pooling
#   alone in training
# What to do: compute the max poolings alone under autograd.train_mode(), and say train_mode=False to record and to grad.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet mxnet==1.9.1 numpy==1.23.5 "setuptools<81"
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import sys

import mxnet as mx

mx.npx.set_np()
# The largest of each window of two is its last.
values = mx.np.arange(16).reshape(1, 1, 4, 4)


def share_that_reaches_the_largest(record, inside):
    values.attach_grad()
    with mx.autograd.record(train_mode=record):
        with mx.autograd.train_mode() if inside else mx.autograd.predict_mode():
            pooled = mx.npx.pooling(values, kernel=(2, 2), stride=(2, 2), pool_type="max")
        total = pooled.sum()
    total.backward(train_mode=record)
    return float(values.grad.asnumpy()[0, 0, 1::2, 1::2].sum() / 4)


training = share_that_reaches_the_largest(True, True)
answering = share_that_reaches_the_largest(False, False)
mended = share_that_reaches_the_largest(False, True)
print(f"of the gradient reaches the largest of each window: {training} in training, {answering} while nothing learns,", end=" ")
print(f"{mended} with the pooling alone in training")
sys.exit("changed" if (training, mended) != (1.0, 1.0) or answering == 1.0 else 0)
PYTHON
