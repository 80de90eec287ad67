"""gluon_alexnet.zoo: gluoncv's nets in NumPy mode, with the answers that they give in the mode that they were written for."""

import numpy as np
import pytest
from pictures_of_all_kinds import folder_of_classes

from gluon_alexnet import cli, runs, zoo
from gluon_alexnet.errors import UserError
from gluon_alexnet.machine import runtime
from gluon_alexnet.train.history import History


@pytest.mark.parametrize("name", ["cifar_resnet20_v1", "mobilenet0.25"])
def test_a_net_answers_as_gluoncvs_own_does(name):
    mx = runtime.load_mxnet()
    net = zoo.build(f"gluoncv:{name}", 3)
    net.initialize(mx.init.Xavier())
    images = np.random.default_rng(0).random((2, *net.input_shape)).astype("float32")
    ours = net(mx.np.array(images))
    assert isinstance(ours, mx.np.ndarray)
    weights = {key: each.data().asnumpy() for key, each in net.collect_params().items()}
    from gluoncv import model_zoo

    with mx.util.np_array(False), mx.util.np_shape(False), mx.name.NameManager():
        own = model_zoo.get_model(name, classes=3, pretrained=False)
        own.initialize()
        own(mx.np.array(images).as_nd_ndarray())
        assert own.collect_params().keys() == weights.keys()
        for key, each in own.collect_params().items():
            each.set_data(mx.np.array(weights[key]).as_nd_ndarray())
        theirs = own(mx.np.array(images).as_nd_ndarray()).asnumpy()
    np.testing.assert_allclose(ours.asnumpy(), theirs, rtol=1e-4, atol=1e-6)


def test_its_weights_have_the_same_names_each_time():
    first, second = (list(zoo.build("gluoncv:resnet18_v1", 3).collect_params()) for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        ("gluoncv:resnet18v1", "gluoncv has no net 'resnet18v1': did you mean gluoncv:resnet18_v1"),
        ("gluoncv:ssd_512_resnet50_v1_voc", "is made for another task"),
        ("gluoncv:hrnet_w18_small_v1_c", r"gives \(1, 1000\) for an image"),
    ],
)
def test_nets_that_are_none_are_told(model, sentence):
    with pytest.raises(UserError, match=sentence):
        zoo.build(model, 3)


def test_a_run_on_pictures_is_begun_evaluated_and_shown(tmp_path, capsys):
    folder, run = folder_of_classes(tmp_path / "photos", (4, 4, 4)), tmp_path / "run"
    words = f"train --model gluoncv:cifar_resnet20_v1 --data records:{folder} --epochs 1 --batch-size 4 --lr 0.01 --device cpu"
    assert cli.main([*words.split(), "--out", str(run)]) == 0
    history = History.load(run / "history.json")
    # resnet20_v1 for CIFAR-10 has 272,474 parameters that learn (He et al. 2016, .27 M), 650 of them in its last layer for ten
    # classes, and 195 for three.
    assert history.model == "gluoncv:cifar_resnet20_v1" and history.params == 272_474 - 650 + 195
    capsys.readouterr()
    assert cli.main(["evaluate", str(run)]) == 0
    assert f"accuracy {history.epochs[-1].test_accuracy:.4f}" in capsys.readouterr().out
    assert cli.main(["predict", str(folder / "red" / "000.jpg"), "--run", str(run)]) == 0
    assert "green" in capsys.readouterr().out
    with pytest.raises(UserError, match="there is no table of its layers"):
        runs.read_spec(run)
    assert cli.main(["convert", str(run), "--to", "torch"]) == 1


def test_a_net_that_gluoncv_has_not_leaves_no_folder(tmp_path, capsys):
    folder, run = folder_of_classes(tmp_path / "photos", (2, 2, 2)), tmp_path / "run"
    assert cli.main(["train", "--model", "gluoncv:alexnt", "--data", f"records:{folder}", "--out", str(run)]) == 1
    assert "did you mean gluoncv:alexnet" in capsys.readouterr().err and not run.exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("--data records:photos --recipe fast", "leave out --recipe"),
        ("--data records:photos --width 32", "leave out --width"),
    ],
)
def test_what_does_not_go_together_is_told_at_once(capsys, words, sentence):
    assert cli.main(["train", "--model", "gluoncv:resnet18_v1b", *words.split()]) == 1
    assert sentence in capsys.readouterr().err
