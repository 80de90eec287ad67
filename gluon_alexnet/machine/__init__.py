"""The process set up before MXNet loads, and the processors that it computes on.

runtime: threads, AMX and NumPy mode, and `load_mxnet`, by which everybody has MXNet. mxnet_import: what the first `import mxnet`
or `gluoncv` needs done, and why it failed (numpy_names: the names that NumPy dropped). cuda_libraries: those of mxnet-cu112.
cpu: cores, quotas, instruction sets. threads: how many of them compute, which follows what else the machine does. devices: CPU
or GPUs, by name. boxes: what a process that is not trusted can be kept apart with.
"""

__all__ = ["boxes", "cpu", "cuda_libraries", "devices", "mxnet_import", "runtime", "threads"]
