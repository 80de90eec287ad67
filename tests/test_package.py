import pytest
from fresh_python import python

import gluon_alexnet

NETS = {"alexnet", "alexnet_2012", "lenet", "get_model", "list_models"}
PUBLIC = NETS | {"FashionMNISTLoader", "fit", "evaluate", "History", "check"}


def test_all_matches_what_is_exported():
    assert set(gluon_alexnet.__all__) == PUBLIC
    assert all(callable(getattr(gluon_alexnet, name)) for name in gluon_alexnet.__all__)


def test_public_names_are_those_of_their_modules():
    from gluon_alexnet import models

    assert gluon_alexnet.alexnet is models.alexnet


def test_dir_lists_names_before_they_are_loaded():
    assert python("import gluon_alexnet; print({*gluon_alexnet.__all__} <= {*dir(gluon_alexnet)})").split() == ["True"]


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="gluon_alexnet.*resnet"):
        _ = gluon_alexnet.resnet


def test_star_import_gives_the_public_names():
    names = {}
    exec("from gluon_alexnet import *", names)
    assert names.keys() >= PUBLIC


def test_version():
    assert gluon_alexnet.__version__ == "0.1.0"


def test_importing_the_package_imports_neither_numpy_nor_mxnet():
    assert python("import gluon_alexnet, sys; print(*{'numpy', 'mxnet'} & {*sys.modules})").split() == []
