"""Gluon blocks that Gluon itself does not have. Importing it loads MXNet: `models.build` does, for nets that have one."""

from __future__ import annotations

from typing import Any

from gluon_alexnet.machine import runtime

mx = runtime.load_mxnet()


class LocalResponseNorm(mx.gluon.HybridBlock):  # type: ignore[name-defined]
    """Local response normalisation over channels (Krizhevsky et al. 2012, section 3.3): float32 images (N, C, H, W) in and out.

    b[i] = a[i] / (k + alpha * sum of a[j]^2)^beta, the sum over `size` channels around i, and fewer at both ends. Alpha is not
    divided by the size, as in the paper.
    """

    def __init__(self, size: int = 5, alpha: float = 1e-4, beta: float = 0.75, k: float = 2.0) -> None:
        super().__init__()
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def hybrid_forward(self, F: Any, images: Any) -> Any:
        """What Gluon calls: F is mxnet.nd or mxnet.sym."""
        # NumPy mode has no such operator; the older one divides alpha by the size.
        normed = F.LRN(images.as_nd_ndarray(), alpha=self.alpha * self.size, beta=self.beta, knorm=self.k, nsize=self.size)
        return normed.as_np_ndarray()

    def __repr__(self) -> str:
        """As a program has it."""
        return f"LocalResponseNorm(size={self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k})"
