"""gluon_alexnet.fast.frozen: the answers of a net at one moment."""

import numpy as np
import pytest
from fresh_python import python

from gluon_alexnet import models, prepare
from gluon_alexnet.fast import precision
from gluon_alexnet.fast.frozen import Frozen
from gluon_alexnet.machine import runtime
from gluon_alexnet.models import Activation, BatchNorm, Conv, Dense, Pool, Spec
from gluon_alexnet.train.engine_mxnet import Stepper

mx = runtime.load_mxnet()
CPU = [mx.cpu()]
LAYERS = (Conv(16, 3, activation="relu"), Conv(32, 3, bias=False), BatchNorm(), Activation("relu"), Pool("max", 2), Dense(10))


def made(contexts):
    net = models.build(Spec("net", LAYERS, (1, 12, 12)))
    mx.random.seed(3)
    prepare.prepare(net, mx.np.zeros((2, 1, 12, 12)), contexts)
    return net


@pytest.fixture
def net():
    return made(CPU)


def images(count=4, seed=1):
    return mx.np.array(np.random.RandomState(seed).rand(count, 1, 12, 12), dtype="float32")


def test_answers_are_those_of_the_block_to_the_bit_without_a_cast_of_a_parameter(net):
    block = precision.in_precision(net, "bfloat16")
    frozen = Frozen(block)
    convolutions = {name for name, p in net.collect_params().items() if name.endswith("weight") and len(p.shape) == 4}
    assert convolutions <= set(frozen.constants.list_inputs())
    assert not convolutions & set(frozen.names)
    for count in (4, 1, 4):
        np.testing.assert_array_equal(frozen(images(count)).asnumpy(), block(images(count)).asnumpy())


def test_what_is_made_of_a_parameter_and_cast_is_made_once_too():
    net = models.build(Spec("dense", (Dense(1024, activation="relu"), Dense(1024), Dense(10)), (1, 32, 32)))
    data = mx.np.array(np.random.RandomState(1).rand(3, 1, 32, 32), dtype="float32")
    prepare.prepare(net, data, CPU)
    block = precision.in_precision(net, "bfloat16")
    frozen = Frozen(block)
    parameters = net.collect_params()
    assert sorted(parameters[name].shape for name in frozen.names if name in parameters) == [(10,), (10, 1024)]
    np.testing.assert_array_equal(frozen(data).asnumpy(), block(data).asnumpy())


def test_a_net_may_have_a_single_weight_to_cast():
    net = models.build(Spec("one", (Conv(16, 3, bias=False), Dense(10)), (1, 12, 12)))
    prepare.prepare(net, images(), CPU)
    block = precision.in_precision(net, "bfloat16")
    frozen = Frozen(block)
    assert len(frozen.constants.list_outputs()) == 1
    np.testing.assert_array_equal(frozen(images()).asnumpy(), block(images()).asnumpy())


def test_it_answers_as_the_net_was_until_it_takes_the_parameters_again(net):
    block = precision.in_precision(net, "bfloat16")
    frozen = Frozen(block)
    before = frozen(images()).asnumpy()
    weights = [p for name, p in net.collect_params().items() if name.endswith("weight") and len(p.shape) == 4]
    for parameter in weights:
        parameter.set_data(parameter.data() * 2)
    np.testing.assert_array_equal(frozen(images()).asnumpy(), before)
    frozen.take()
    np.testing.assert_array_equal(frozen(images()).asnumpy(), block(images()).asnumpy())
    assert np.abs(frozen(images()).asnumpy() - before).max() > 0.01


def test_an_evaluation_between_steps_sees_what_was_learnt(net):
    stepper = Stepper(net, CPU, precision="bfloat16")
    labels = mx.np.array([1, 2, 3, 4], dtype="int32")
    for _ in range(3):
        seen = stepper.evaluate([(images(), labels)])
        answers = precision.in_precision(net, "bfloat16")(images()).asnumpy()
        expected = -np.log(np.exp(answers)[range(4), [1, 2, 3, 4]] / np.exp(answers).sum(axis=1)).mean()
        assert seen.loss == pytest.approx(expected, rel=1e-5)
        stepper.step(images(), labels, lr=0.1)


def test_two_devices_answer_each_with_its_own_parameters():
    net = made([mx.cpu(0), mx.cpu(1)])
    frozen = Frozen(precision.in_precision(net, "bfloat16"))
    first, second = (frozen(images().as_in_ctx(context)) for context in (mx.cpu(0), mx.cpu(1)))
    assert second.ctx == mx.cpu(1)
    np.testing.assert_array_equal(first.asnumpy(), second.asnumpy())


def test_in_float32_it_is_the_net_itself(net):
    stepper = Stepper(net, CPU)
    assert stepper.frozen() is stepper.forward


def test_bfloat16_needs_no_package_that_teaches_numpy_its_name():
    # onnx, which MXNet imports where it is installed, brings ml_dtypes, and that does.
    answers = python("""
        import sys
        sys.modules |= {"onnx": None, "ml_dtypes": None}
        from gluon_alexnet import models, precision, prepare, runtime
        from gluon_alexnet.fast.frozen import Frozen
        mx = runtime.load_mxnet()
        net, images = models.get_model("alexnet_small"), mx.np.ones((2, 1, 224, 224))
        prepare.prepare(net, images, [mx.cpu()])
        print(Frozen(precision.in_precision(net, "bfloat16"))(images).shape)
    """)
    assert answers.strip() == "(2, 10)"
