"""gluon-alexnet convert: files for other frameworks, proved before they are kept."""

import pickle
import subprocess
import sys

import numpy as np
import pytest

from gluon_alexnet import cli, interop, models, prepare, run
from gluon_alexnet import convert as converting
from gluon_alexnet.convert import convert
from gluon_alexnet.errors import UserError
from gluon_alexnet.interop import files
from gluon_alexnet.machine import runtime
from gluon_alexnet.models import Conv, Dense, LocalResponseNorm, Spec

mx = runtime.load_mxnet()
NEEDS = {"torch": "torch", "keras": "keras", "onnx": "onnxruntime", "gluon": "mxnet", "npz": "numpy"}


def drawn(spec):
    """A Gluon net with random weights."""
    net = models.build(spec)
    prepare.prepare(net, mx.np.zeros((1, *spec.input_shape)), [mx.cpu()])
    return net


@pytest.mark.parametrize("to", files.FORMATS)
def test_a_run_is_carried_there_and_back(to, lenet_run, tmp_path, capsys):
    pytest.importorskip(NEEDS[to])
    path = tmp_path / f"net{files.FORMATS[to]}"
    assert cli.main(["convert", str(lenet_run), "--to", to, "--out", str(path)]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith(f"{path}: the same answers to")
    assert told[1:] == ["It takes grey images of 28x28, light on dark: pixels / 255."]
    expected = interop.read_weights(run.load(lenet_run)[0])
    back, difference = convert(path, "npz", tmp_path / "back.npz", model="lenet")
    assert difference < 1e-6
    found = files.read(back, models.spec("lenet"))
    assert list(found) == list(expected)
    for name, array in expected.items():
        np.testing.assert_array_equal(found[name], array, err_msg=name)
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted([path.name, "back.npz"])


@pytest.mark.parametrize("ending", [".safetensors", ".npz", ".keras", ".onnx"])
def test_a_file_says_which_net_it_is_of(ending, tmp_path):
    pytest.importorskip("torch")
    spec = models.lenet_spec(activation="relu", dropout=0.3)
    net = drawn(spec)
    files.write(tmp_path / f"net{ending}", net, spec)
    assert files.spec_in(tmp_path / f"net{ending}") == spec
    back, difference = convert(tmp_path / f"net{ending}", "gluon", tmp_path / "net.params")
    again = models.build(spec)
    again.load_parameters(str(back))
    images = mx.np.array(np.random.default_rng(0).normal(size=(4, 1, 28, 28)).astype("float32"))
    np.testing.assert_allclose(again(images).asnumpy(), net(images).asnumpy(), rtol=1e-6)
    # And of Gluon's own form, which has no room for that, when told.
    assert convert(back, "npz", tmp_path / "back.npz", model="lenet", activation="relu", dropout=0.3)[1] < 1e-6


@pytest.mark.parametrize("ending", [".keras", ".onnx"])
def test_a_file_of_other_layers_is_not_taken_for_the_net_that_is_named(ending, tmp_path, monkeypatch):
    pytest.importorskip("torch")
    spec = models.lenet_spec(activation="relu")
    files.write(tmp_path / f"net{ending}", drawn(spec), spec)
    # As another program writes it.
    monkeypatch.setattr(files, "spec_in", lambda path: None)
    assert convert(tmp_path / f"net{ending}", "npz", tmp_path / "net.npz", model="lenet", activation="relu")[1] < 1e-6
    with pytest.raises(UserError, match=f"net{ending} has other layers than lenet: name its net by --model"):
        convert(tmp_path / f"net{ending}", "npz", tmp_path / "net.npz", model="lenet")


@pytest.mark.parametrize("ending", [".keras", ".onnx"])
@pytest.mark.parametrize("change", ["groups", "alpha"])
def test_a_file_of_other_groups_or_another_normalisation_is_not_taken_for_the_net(ending, change, tmp_path):
    pytest.importorskip("torch")

    def spec(groups, alpha):
        return Spec("net", (Conv(4, 3), LocalResponseNorm(3, alpha=alpha), Conv(4, 3, groups=groups), Dense(2)), (2, 9, 9))

    written = spec(2, 0.5)
    files.write(tmp_path / f"net{ending}", drawn(written), written)
    assert len(files.read(tmp_path / f"net{ending}", written)) == 6
    with pytest.raises(UserError, match="other layers than net"):
        files.read(tmp_path / f"net{ending}", spec(1, 0.5) if change == "groups" else spec(2, 0.1))


def test_what_a_file_says_of_its_net_may_be_damaged(tmp_path):
    np.savez(tmp_path / "net.npz", **{files.SPEC: '{"name": "net", "layers": [{"layer": "Loop"}], "input_shape": [1, 2, 3]}'})
    with pytest.raises(UserError, match=r"net.npz cannot be read as a net's weights \('Loop'\)"):
        convert(tmp_path / "net.npz", "gluon", tmp_path / "net.params")


def test_tensorflow_tells_nothing_of_its_libraries(lenet_run, tmp_path):
    pytest.importorskip("keras")
    words = ["convert", str(lenet_run), "--to", "keras", "--out", str(tmp_path / "net.keras")]
    done = subprocess.run([sys.executable, "-m", "gluon_alexnet", *words], capture_output=True, text=True, check=True)
    assert done.stderr == ""


def test_pytorch_reads_what_is_written_for_it(lenet_run, tmp_path):
    torch = pytest.importorskip("torch")
    from safetensors.torch import load_file

    path, _ = convert(lenet_run, "torch", tmp_path / "lenet.safetensors")
    state = load_file(path)
    assert state["conv1.weight"].shape == (6, 1, 5, 5) and state["dense3.bias"].shape == (10,)
    # And what PyTorch writes is read, without unpickling anything but tensors.
    torch.save(state, tmp_path / "lenet.pt")
    assert convert(tmp_path / "lenet.pt", "gluon", tmp_path / "lenet.params", model="lenet")[1] < 1e-6


def test_batch_norms_keep_their_statistics(tmp_path):
    pytest.importorskip("torch")
    spec = models.compact_spec(width=16)
    net = drawn(spec)
    weights = interop.read_weights(net)
    weights["batchnorm1.running_mean"] += np.arange(8)
    interop.load_weights(net, weights)
    for ending in (".safetensors", ".npz", ".params"):
        files.write(tmp_path / f"net{ending}", net, spec)
        again = files.read(tmp_path / f"net{ending}", spec)
        np.testing.assert_array_equal(again["batchnorm1.running_mean"], np.arange(8), err_msg=ending)


def test_a_pickle_that_does_something_is_not_executed(tmp_path):
    pytest.importorskip("torch")
    done = tmp_path / "done"

    class Evil:
        def __reduce__(self):
            return (open, (str(done), "w"))

    for name in ("evil.pt", "evil.npz"):
        (tmp_path / name).write_bytes(pickle.dumps({"conv1.weight": Evil()}))
        with pytest.raises(UserError, match=f"{name} (cannot be read as a net's weights|has other things in it than tensors)"):
            convert(tmp_path / name, "npz", tmp_path / "out.npz", model="lenet")
    assert not done.exists() and not (tmp_path / "out.npz").exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("{tmp}/none.npz --to onnx --model lenet", "there is no file"),
        ("{tmp}/none.txt --to onnx --model lenet", "is not a file of weights"),
        ("{tmp}/other.params --to onnx", "name it with --model, one of alexnet"),
        ("{tmp}/other.npz --to onnx --model lenet --activation relu", "says itself that it is of lenet: leave out --model"),
        ("{tmp}/other.npz --to npz --model alexnet", "says itself that it is of lenet: leave out --model"),
        ("{run} --to onnx --model lenet", "a run knows its net"),
        ("{run} --to onnx --activation relu", "a run knows its net"),
        ("{tmp}/other.params --to npz --model lenet --dropout 0.5", "cannot be read as a net's weights"),
        ("{run} --to npz --out {tmp}/other.npz/x.npz", "other.npz/x.npz: File exists; free space there or"),
        ("{run} --to npz --out {tmp}/folder.npz", "folder.npz: Is a directory"),
        ("{run} --to keras --out /proc/x.keras", "cannot write /proc/x.keras"),
        ("{run} --to gluon --out {tmp}/" + 260 * "x" + ".params", "File name too long"),
        (300 * "x" + ".npz --to gluon", "there is no file"),
        ("{tmp}/empty.params --to npz --model lenet", "empty.params cannot be read as a net's weights ("),
        ("{run} --to onnx --out {tmp}/net.pt", "must end in .onnx"),
        ("{tmp}/foreign.npz --to npz --model alexnet --out {tmp}/x.npz", "missing; take the weights of the same net"),
    ],
)
def test_what_does_not_fit_is_told_in_one_sentence(words, sentence, lenet_run, tmp_path, capsys):
    net = run.load(lenet_run)[0]
    for name in ("other.npz", "other.params"):
        files.write(tmp_path / name, net, models.spec("lenet"))
    np.savez(tmp_path / "foreign.npz", **interop.read_weights(net))
    (tmp_path / "empty.params").touch()
    (tmp_path / "folder.npz").mkdir()
    before = {each.name for each in tmp_path.iterdir()}
    assert cli.main(["convert", *words.format(tmp=tmp_path, run=lenet_run).split()]) == 1
    told = capsys.readouterr().err.strip().splitlines()
    assert len(told) == 1 and sentence in told[0] and "Traceback" not in told[0]
    assert {each.name for each in tmp_path.iterdir()} == before


def test_a_file_that_answers_differently_is_not_kept(lenet_run, tmp_path, monkeypatch):
    kept = files.to_framework
    monkeypatch.setattr(files, "to_framework", lambda array, *rest: kept(array, *rest) * 1.01)
    pytest.importorskip("torch")
    (tmp_path / "lenet.safetensors").write_text("an earlier one")
    with pytest.raises(UserError, match="in torch the net answers differently"):
        converting.convert(lenet_run, "torch", tmp_path / "lenet.safetensors")
    assert [each.read_text() for each in tmp_path.iterdir()] == ["an earlier one"]


@pytest.mark.parametrize(
    ("module", "to"), [("torch", "torch"), ("onnx", "onnx"), ("keras", "keras"), ("safetensors.numpy", "torch")]
)
def test_without_the_framework_the_command_that_installs_it_is_told(module, to, lenet_run, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(UserError, match="pip install"):
        convert(lenet_run, to, tmp_path / f"net{files.FORMATS[to]}")
    assert not list(tmp_path.iterdir())
