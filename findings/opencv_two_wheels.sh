#!/usr/bin/env bash
# Two wheels of OpenCV in one environment.
# Versions: opencv-python and opencv-python-headless 4.11.0.86, numpy 2.2.6, pip 24.2 (seen with Python 3.11.7 on Linux, 2026-11-28).
# One would guess: pip refuses, or warns of, a second package that overwrites the first one's files; removing one leaves the other.
# What happens: both are installed into the folder cv2 without a word, `pip check` is content, and after one is removed pip
#   lists the other while its files are gone.
# Output seen: No broken requirements found. / ModuleNotFoundError: No module named 'cv2' (or, where a folder is left, an empty cv2)
# What to do: ask for one of them everywhere; install what requires the other with `--no-deps`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
cd "$folder/venv/bin"
./pip install --quiet pip==24.2
./pip install --quiet numpy==2.2.6 opencv-python-headless==4.11.0.86
./pip install opencv-python==4.11.0.86 2>&1 | grep -iE "warning: .*(overwrit|conflict)|error" && { echo "changed: pip warns"; exit 1; }
./pip check
./pip uninstall --quiet --yes opencv-python
./pip list 2>/dev/null | grep opencv
if ./python -c 'import cv2; cv2.imread' 2>error; then echo "changed: cv2 is whole"; exit 1; fi
tail -n 1 error
