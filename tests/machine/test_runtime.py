import logging
import os
import platform
import sys
import threading

import pytest
from fresh_python import python

from gluon_alexnet.errors import UserError
from gluon_alexnet.machine import cuda_libraries, runtime

AMX_CPU = "vendor_id\t: GenuineIntel\nflags\t\t: fpu avx avx2 avx512dq avx512_bf16 amx_bf16 amx_tile\n"
FOUR = 4, "counted"


@pytest.fixture(autouse=True)
def linux(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")


def granted(*arguments):
    return 0


def refused(*arguments):
    return -1


def test_threads_are_set_where_the_user_set_none():
    environ = {}
    assert runtime.set_up(environ, "", FOUR).threads == 4
    assert environ == {"OMP_NUM_THREADS": "4", "GLUON_ALEXNET_THREADS": "4", "MXNET_CPU_TEMP_COPY": "1"}


def test_what_a_program_inherits_from_us_is_not_what_its_user_chose():
    environ = {}
    assert not runtime.set_up(environ, "", FOUR).threads_chosen
    inherited = runtime.set_up(environ, "", (2, "fewer in the child"))
    assert not inherited.threads_chosen and inherited.threads == 2 and environ["OMP_NUM_THREADS"] == "2"
    environ["OMP_NUM_THREADS"] = "1"
    assert runtime.set_up(environ, "", FOUR).threads_chosen


@pytest.mark.parametrize(("chosen", "threads"), [("1", 1), ("3,2", 3), ("many", 4)])
def test_the_users_threads_win(chosen, threads):
    environ = {"OMP_NUM_THREADS": chosen}
    assert runtime.set_up(environ, "", FOUR).threads == threads
    assert environ == {"OMP_NUM_THREADS": chosen, "MXNET_CPU_TEMP_COPY": "1"}


def test_amx_granted_is_turned_on_in_onednn():
    environ = {}
    setup = runtime.set_up(environ, AMX_CPU, FOUR, syscall=granted)
    assert (setup.amx, setup.native_bfloat16, setup.isa) == (True, True, "AVX512_CORE_AMX")
    assert environ["DNNL_MAX_CPU_ISA"] == "AVX512_CORE_AMX"


def test_amx_refused_leaves_onednn_alone():
    environ = {}
    setup = runtime.set_up(environ, AMX_CPU, FOUR, syscall=refused)
    assert (setup.amx, setup.native_bfloat16, setup.isa) == (False, False, "AVX512_CORE_BF16")
    assert "DNNL_MAX_CPU_ISA" not in environ


def test_the_users_cap_on_instructions_wins():
    environ = {"DNNL_MAX_CPU_ISA": "avx2"}
    setup = runtime.set_up(environ, AMX_CPU, FOUR, syscall=granted)
    assert (setup.amx, setup.isa) == (False, "AVX2")
    assert "DNNL_MAX_CPU_ISA=AVX2" in setup.amx_reason
    assert environ["DNNL_MAX_CPU_ISA"] == "avx2"


def test_an_inherited_amx_setting_still_gets_the_permission():
    calls = []
    environ = {"DNNL_MAX_CPU_ISA": "AVX512_CORE_AMX"}
    assert runtime.set_up(environ, AMX_CPU, FOUR, syscall=lambda *arguments: calls.append(arguments) or 0).amx
    assert len(calls) == 1


def test_coming_after_mxnet_costs_threads_and_amx():
    environ = {}
    setup = runtime.set_up(environ, AMX_CPU, FOUR, late=True, syscall=granted)
    assert setup.threads == 2
    assert setup.lost == ("it computes on 2 of 4 CPUs", "AMX stays off")
    assert environ == {}


def test_coming_after_mxnet_costs_nothing_on_one_cpu():
    assert runtime.set_up({}, "", (1, ""), late=True).lost == ()


def test_a_machine_without_proc_works():
    setup = runtime.set_up({}, "", FOUR)
    assert (setup.isa, setup.amx, setup.native_bfloat16) == (None, False, False)


def test_prepare_does_its_work_once():
    assert runtime.prepare() is runtime.prepare() is runtime.setup()


def test_being_late_is_said_once_and_stays_known():
    print(
        python("""
        import warnings
        warnings.simplefilter("ignore")
        import os, sys, types
        os.sched_getaffinity = lambda pid: {0, 1}
        sys.modules["mxnet"] = types.ModuleType("mxnet")
        warnings.simplefilter("always")
        with warnings.catch_warnings(record=True) as caught:
            import gluon_alexnet
            gluon_alexnet.machine.runtime.prepare()
        assert [warning.category for warning in caught] == [RuntimeWarning], caught
        assert "import gluon_alexnet first" in str(caught[0].message)
        assert caught[0].filename == "<string>", caught[0].filename
        assert gluon_alexnet.machine.runtime.setup().lost
    """)
    )


def test_load_mxnet_gives_the_module_in_numpy_mode_and_leaves_logging_alone():
    handlers = list(logging.getLogger().handlers)
    mx = runtime.load_mxnet()
    assert mx.__name__ == "mxnet"
    assert mx.npx.is_np_array()
    assert mx.np.ones((2, 0)).shape == (2, 0)
    assert runtime.load_mxnet() is mx
    assert logging.getLogger().handlers == handlers


def test_load_mxnet_sets_numpy_mode_in_every_thread():
    modes = []
    threads = [threading.Thread(target=lambda: modes.append(runtime.load_mxnet().npx.is_np_array())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert modes == [True] * 4


def test_our_instruction_setting_is_taken_back_after_the_first_convolution(monkeypatch):
    monkeypatch.setenv("DNNL_MAX_CPU_ISA", "AVX512_CORE_AMX")
    monkeypatch.setattr(runtime, "isa_is_ours", True)
    runtime.settle_isa(runtime.load_mxnet())
    assert "DNNL_MAX_CPU_ISA" not in os.environ
    assert not runtime.isa_is_ours


def test_the_users_instruction_setting_is_never_taken_back(monkeypatch):
    monkeypatch.setenv("DNNL_MAX_CPU_ISA", "AVX2")
    monkeypatch.setattr(runtime, "isa_is_ours", False)
    runtime.settle_isa(runtime.load_mxnet())
    assert os.environ["DNNL_MAX_CPU_ISA"] == "AVX2"


def test_a_program_started_after_loading_inherits_no_instruction_setting():
    assert python("""
        import os, platform, subprocess, sys
        from gluon_alexnet import cpu, runtime
        # As if it had not been imported yet, which sets the variable where the CPU has AMX.
        runtime.prepared = None
        os.environ.pop("DNNL_MAX_CPU_ISA", None)
        cpu.read_cpuinfo = lambda: "flags : amx_bf16 amx_tile"
        cpu.request_amx = lambda syscall: True
        assert runtime.prepare().amx
        assert os.environ["DNNL_MAX_CPU_ISA"] == "AVX512_CORE_AMX"
        runtime.load_mxnet()
        look = "import os; print('DNNL_MAX_CPU_ISA' in os.environ)"
        print(subprocess.check_output([sys.executable, "-c", look], text=True))
    """).split() == ["False"]


def test_mxnet_that_does_not_import_is_one_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "mxnet", None)
    monkeypatch.setattr(runtime, "ready", threading.local())
    with pytest.raises(UserError, match="not installed in this Python.*pip install"):
        runtime.load_mxnet()


def test_two_wheels_are_reported_at_the_first_import(monkeypatch):
    monkeypatch.setattr(cuda_libraries, "installed_wheels", lambda: {"mxnet": "1.9.1", "mxnet-cu112": "1.9.1"})
    mx = runtime.load_mxnet()
    monkeypatch.delitem(sys.modules, "mxnet")
    monkeypatch.setattr("builtins.__import__", fake_import(mx))
    with pytest.warns(RuntimeWarning, match="overwrite each other"):
        runtime.import_mxnet()


def fake_import(mx):
    real = __import__

    def fake(name, *arguments):
        return mx if name == "mxnet" else real(name, *arguments)

    return fake


@pytest.mark.parametrize("turn", range(3))
def test_a_program_ends_well_right_after_a_step(turn):
    # Without `give_back` every second one was aborted.
    python("""
        import numpy as np
        from gluon_alexnet import models, prepare, runtime
        from gluon_alexnet.data.loader import to_input
        from gluon_alexnet.train.engine_mxnet import Stepper
        mx = runtime.load_mxnet()
        net, pixels = models.get_model("compact"), np.ones((128, 28, 28), "uint8")
        prepare.prepare(net, to_input(pixels, (28, 28)), [mx.cpu()])
        stepper = Stepper(net, [mx.cpu()])
        def step():
            stepper.step(to_input(pixels, (28, 28)), mx.nd.from_numpy(np.ones(128, "int32")).as_np_ndarray(), lr=0.01)
        step()
        step()
    """)
