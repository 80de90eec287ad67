#!/usr/bin/env bash
# MXNet's im2rec.py with a NumPy that has no ndarray.tostring.
# Versions: mxnet 1.9.1, numpy 2.3.5, opencv-python-headless 4.12.0.88, Python 3.11 to 3.13 (seen with 3.11.7 on Linux, 2026-11-28).
#   MXNet asks for NumPy below 2 and for names that NumPy has dropped; the script gives it those that it looks up.
# One would guess: a packer that cannot pack one of its pictures ends with an error.
# What happens: `mx.recordio.pack_img` calls tostring, which NumPy 2.3 has dropped, and im2rec.py with several threads prints that twice for
#   each picture, writes files of no bytes, and exits with 0.
# Output seen: exit code 0, 12 errors, ten.rec has 0 bytes
# What to do: pack by `recordio.pack(header, cv2.imencode(".jpg", picture)[1].tobytes())`, and count the records.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.3.5 opencv-python-headless==4.12.0.88 requests "graphviz<0.9" "setuptools<81" --no-deps
"$folder/venv/bin/pip" install --quiet mxnet==1.9.1 --no-deps
"$folder/venv/bin/pip" install --quiet requests
cd "$folder"
cat > names.py <<'PYTHON'
"""Runs the script named first with what MXNet 1.9.1 copies out of NumPy put back."""

import runpy
import sys

import numpy

old = "bool PZERO NZERO PINF NINF Inf NaN NAN alltrue in1d msort product round_ sometrue trapz mirr npv pmt ppmt pv rate compat"
for name in old.split():
    if name not in vars(numpy):
        vars(numpy)[name] = bool
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
PYTHON
mkdir pictures
venv/bin/python - <<'PYTHON'
import cv2
import numpy as np

with open("ten.lst", "w") as listed:
    for number in range(6):
        cv2.imwrite(f"pictures/{number}.png", np.full((8, 8, 3), 25 * number, "uint8"))
        listed.write(f"{number}\t0\t{number}.png\n")
PYTHON
tool=$(find venv -path '*mxnet/tools/im2rec.py')
status=0
venv/bin/python -W ignore names.py "$tool" --num-thread 2 ten.lst pictures > said 2>&1 || status=$?
errors=$(grep -c "no attribute 'tostring'" said || true)
echo "exit code $status, $errors errors, ten.rec has $(stat -c %s ten.rec) bytes"
[ "$status" = 0 ] && [ "$errors" -gt 0 ] && [ "$(stat -c %s ten.rec)" = 0 ] || { echo changed; tail -n 20 said; exit 1; }
