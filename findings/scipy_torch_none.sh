#!/usr/bin/env bash
# SciPy and a package that cannot be imported.
# Versions: scipy 1.17.1, numpy 2.3.5, Python 3.11 to 3.14 (seen with 3.11.7 on Linux, 2026-11-28).
# One would guess: `sys.modules["torch"] = None` makes `import torch` an ImportError and is otherwise like no PyTorch, as the
#   import system's documentation has it.
# What happens: SciPy asks sys.modules whether PyTorch is loaded, finds the key, and looks up `Tensor` in its value.
# Output seen: AttributeError: 'NoneType' object has no attribute 'Tensor'
# What to do: hide a package by a finder in sys.meta_path that raises ModuleNotFoundError, or import SciPy first.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.3.5 scipy==1.17.1
"$folder/venv/bin/python" - <<'PYTHON'
import sys

sys.modules["torch"] = None
try:
    import scipy.stats

    scipy.stats.norm.cdf(0.0)
except AttributeError as error:
    print("AttributeError:", error)
    sys.exit("Tensor" not in str(error))
sys.exit("changed: SciPy takes None for a package that is not there")
PYTHON
