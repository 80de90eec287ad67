"""Packaging. `make venv` installs the same extras with the versions of constraints.txt."""

import re
from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).resolve().parent


def version():
    """`__version__` of the package, read as text: importing it would need what is about to be installed."""
    text = (ROOT / "gluon_alexnet" / "__init__.py").read_text(encoding="utf-8")
    return re.search(r'^__version__ = "([^"]+)"', text, re.MULTILINE).group(1)


def long_description():
    readme = ROOT / "README.md"
    return readme.read_text(encoding="utf-8") if readme.exists() else ""


# NumPy below 2, which MXNet's wheel asks for although it runs with later ones here, has no wheel for Python 3.13.
WHERE_PIP_RESOLVES = "; python_version < '3.13'"
# GluonCV asks for the OpenCV that needs a screen. This one has the same files, so that only one of them may be installed.
HEADLESS_OPENCV = "opencv-python-headless>=4.8"
# What MXNet and GluonCV need, so that `pip install --no-deps mxnet==1.9.1 gluoncv==0.10.5.post0` does for themselves.
MXNET_NEEDS = ["requests>=2.20,<3", "graphviz>=0.8.1,<0.9"]
GLUONCV_NEEDS = ["tqdm", "requests", "portalocker", "scipy", "yacs", "pandas", "pyyaml", "autocfg", HEADLESS_OPENCV]

FEATURES = ["scikit-image>=0.21", "scikit-learn>=1.3", HEADLESS_OPENCV]

EXTRAS = {
    # cpu and cu112 exclude one another: both wheels own the folder mxnet/.
    "cpu": ["mxnet==1.9.1" + WHERE_PIP_RESOLVES, *MXNET_NEEDS, *GLUONCV_NEEDS],
    "cu112": [
        "mxnet-cu112==1.9.1" + WHERE_PIP_RESOLVES,
        *MXNET_NEEDS,
        *GLUONCV_NEEDS,
        "nvidia-cuda-runtime-cu11==11.8.89",
        "nvidia-cuda-nvrtc-cu11==11.8.89",
        "nvidia-nvtx-cu11==11.8.86",
        "nvidia-cublas-cu11==11.11.3.6",
        "nvidia-cusolver-cu11==11.4.1.48",
        "nvidia-cufft-cu11==10.9.0.58",
        "nvidia-curand-cu11==10.3.0.86",
        "nvidia-cudnn-cu11==8.9.6.50",
        "nvidia-nccl-cu11==2.21.5",
    ],
    "exercises": ["jupyter", "nbval>=0.11", "psutil", "pytest>=8", *FEATURES],
    # A whole class: answers that are alike, several machines; and a teacher's own exercises.
    "class": ["copydetect>=0.5", "distributed>=2024.1", "jupytext>=1.16", "nbclient", "nbformat"],
    "features": FEATURES,
    # A look inside a net: in notebooks, and as a page that this machine serves.
    "explore": ["anywidget>=0.9", "starlette>=0.40", "uvicorn>=0.30"],
    # The site, made by `make site`: formulas as MathML, which browsers show by themselves.
    "site": ["sphinx>=8.1", "myst-nb>=1.2", "furo>=2024.8.6", "latex2mathml>=3.77"],
    "torch": ["torch>=2.2", "safetensors>=0.4"],
    "keras": ["keras>=3.5", "tensorflow>=2.18"],
    "onnx": ["onnx>=1.16", "onnxruntime>=1.18"],
    "test": [
        "pytest>=8",
        "pytest-cov>=5",
        "pytest-xdist>=3.5",
        "nbval>=0.11",
        "nbformat",
        "nbclient",
        "jupytext>=1.16",
        HEADLESS_OPENCV,
    ],
    "dev": ["mypy>=2", "ruff", "pre-commit"],
}

setup(
    name="gluon_alexnet",
    version=version(),
    description="The AlexNet chapter's nets and data in MXNet Gluon, trained, measured, tested and graded.",
    long_description=long_description(),
    long_description_content_type="text/markdown",
    author="gluon_alexnet contributors",
    license="MIT",
    license_files=["LICENSE"],
    packages=find_packages(include=["gluon_alexnet", "gluon_alexnet.*"]),
    py_modules=["gluon_alexnet_nbval"],
    package_data={
        "gluon_alexnet": ["py.typed", "pictures/templates/*", "explore/front/*", "grading/exercises/*.json", "study/recorded/*"]
        + ["study/found/*"]
    },
    python_requires=">=3.10",
    # MXNet imports distutils, which from Python 3.12 on only setuptools has.
    install_requires=[
        "numpy>=1.23",
        "matplotlib>=3.7",
        "rich>=13",
        "pillow>=9.4",
        "jinja2>=3.1",
        "pygments>=2.13",
        "shtab>=1.7",
        "setuptools>=65",
    ],
    extras_require=EXTRAS,
    entry_points={
        "console_scripts": ["gluon-alexnet = gluon_alexnet.cli:main"],
        "pytest11": ["gluon_alexnet = gluon_alexnet_nbval"],
    },
    classifiers=[
        "Intended Audience :: Education",
        "Programming Language :: Python :: 3 :: Only",
        "Programming Language :: Python :: 3.10",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Topic :: Scientific/Engineering :: Artificial Intelligence",
    ],
)
