#!/usr/bin/env bash
# MXNet's ImageRecordIter and the number of padded rows.
# Versions: mxnet 1.9.1, numpy 1.23.5, Pillow 10.4.0, Python 3.10 or 3.11 (seen with 3.11.7 on Linux x86-64, 2026-11-28).
# One would guess: with round_batch=False the last batch of 10 pictures in batches of 4 says by its `pad` that 2 of its rows are none.
# What happens: it says 0, and the two rows hold what an earlier batch left in the buffer, with labels to match: 12 pictures.
# Output seen: rows that `pad` lets count: [12, 12, 12, 12, 12] in 5 passes over 10 pictures; the last batch had the labels
#   [8, 9, 0, 0], then [8, 9, 2, 3] (which two follow 8 and 9 varies)
# What to do: never read `pad`; count pictures by the index of the record file.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet mxnet==1.9.1 numpy==1.23.5 pillow==10.4.0 "setuptools<81"
cd "$folder"
venv/bin/python -W ignore - <<'PYTHON'
import io
import sys

import mxnet as mx
import numpy as np
from PIL import Image

record = mx.recordio.MXIndexedRecordIO("ten.idx", "ten.rec", "w")
for number in range(10):
    picture = io.BytesIO()
    Image.fromarray(np.full((8, 8, 3), 25 * number, "uint8")).save(picture, "JPEG")
    record.write_idx(number, mx.recordio.pack(mx.recordio.IRHeader(0, number, number, 0), picture.getvalue()))
record.close()

batches = mx.io.ImageRecordIter(
    path_imgrec="ten.rec", path_imgidx="ten.idx", data_shape=(3, 8, 8), batch_size=4, round_batch=False
)
counts, last = [], []
for turn in range(5):
    if turn:
        batches.reset()
    rows = [(4 - batch.pad, batch.label[0].asnumpy().astype(int).tolist()) for batch in batches]
    counts.append(sum(count for count, labels in rows))
    last.append(rows[-1][1])
print(f"rows that `pad` lets count: {counts} in 5 passes over 10 pictures; the last batch had the labels {last[0]}, then {last[-1]}")
sys.exit("changed" if counts != [12] * 5 else 0)
PYTHON
