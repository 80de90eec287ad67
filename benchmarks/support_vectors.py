"""Support vector machines over tens of thousands of pictures: the same minima as LIBLINEAR's and LIBSVM's, by matrix products.

Both libraries take hours for 60,000 pictures of thousands of features, since they look at one pair of pictures or one feature
after the other. Here matrix products in float32 do nearly all of it: tests/test_benchmarks.py compares the machines with
scikit-learn's LinearSVC and SVC.
"""

from concurrent.futures import ThreadPoolExecutor
from itertools import combinations

import numpy as np

BLOCK = 2_000
IN_HINGE = 0.1


class Scaling:
    """Takes the mean of some features away and divides by one number, so that rows have a mean square length of 1."""

    def __init__(self, features):
        self.mean = features.mean(axis=0)
        squares = sum(float(((block - self.mean) ** 2).sum()) for block in _blocks(features))
        self.length = np.float32(np.sqrt(squares / len(features)))

    def __call__(self, features):
        """Changes `features`, float32 (N, D), in place and returns them."""
        features -= self.mean
        features /= self.length
        return features


class Linear:
    """A linear machine for each class against all others, squared hinge loss, as LIBLINEAR's by default.

    features: float32 (N, D); labels: int (N,). The minimum of |w|^2 / 2 + C * sum of squared hinges, offsets in |w| included, by
    L-BFGS over all classes at once. steps, converged: how the search ended.
    """

    def __init__(self, features, labels, C, most=300):
        from scipy.linalg import cholesky, solve_triangular
        from scipy.optimize import minimize

        self.classes = np.unique(labels)
        signs = np.where(labels[:, None] == self.classes, 1, -1).astype("float32")
        shape = (features.shape[1] + 1, len(self.classes))
        # The curvature where a tenth of the rows has a hinge: seen through its root, all directions are about as steep.
        root = cholesky(2 * C * IN_HINGE * products(features) + np.eye(shape[0], dtype="float32"), lower=True)

        def weights_of(flat):
            return solve_triangular(root, flat.reshape(shape).astype("float32"), lower=True, trans="T")

        def loss(flat):
            weights = weights_of(flat)
            hinges = np.maximum(0, 1 - signs * (features @ weights[:-1] + weights[-1]))
            slopes = -2 * C * signs * hinges
            gradient = np.vstack([features.T @ slopes, slopes.sum(axis=0)]) + weights
            value = C * float((hinges.astype("float64") ** 2).sum()) + float((weights.astype("float64") ** 2).sum()) / 2
            return value / len(labels), solve_triangular(root, gradient, lower=True).astype("float64").ravel() / len(labels)

        # In float32 the loss has about seven digits, and a search beyond them finds noise.
        options = {"maxiter": most, "ftol": 1e-6, "maxcor": 20}
        found = minimize(loss, np.zeros(shape).ravel(), jac=True, method="L-BFGS-B", options=options)
        self.weights, self.steps, self.converged = weights_of(found.x), int(found.nit), bool(found.success)

    def scores(self, features):
        return features @ self.weights[:-1] + self.weights[-1]

    def predict(self, features):
        return self.classes[self.scores(features).argmax(axis=1)]


class Gaussian:
    """LIBSVM's machine with the kernel exp(-gamma |x - y|^2): one for each two classes, which vote; the lower of equals wins.

    features: float32 (N, D); labels: int (N,). A pair's kernel is two matrix products, and LIBSVM finds its minimum. Nothing is
    left out or approximated but the kernel's own rounding. support: numbers of the rows that are a support vector of some pair.
    """

    def __init__(self, features, labels, C, gamma, threads=2):
        self.classes, self.gamma = np.unique(labels), gamma
        self.pairs = list(combinations(range(len(self.classes)), 2))
        self.rows = [np.flatnonzero(labels == each) for each in self.classes]
        parts = [np.ascontiguousarray(features[rows]) for rows in self.rows]
        own = [kernel(part, part, gamma) for part in parts]
        coefficients = np.zeros((len(features), len(self.pairs)), "float32")
        self.offsets = np.zeros(len(self.pairs), "float32")

        def solve(number):
            first, second = self.pairs[number]
            machine = _solved(own[first], own[second], kernel(parts[first], parts[second], gamma), C)
            rows = np.concatenate([self.rows[first], self.rows[second]])
            # LIBSVM's decision is positive for the first of two classes; scikit-learn turns it round for two.
            coefficients[rows[machine.support_], number] = -machine.dual_coef_[0]
            self.offsets[number] = -machine.intercept_[0]

        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(solve, range(len(self.pairs))))
        self.support = np.flatnonzero(np.any(coefficients != 0, axis=1))
        self.features, self.coefficients = features[self.support], coefficients[self.support]

    def decisions(self, features):
        """float32 (N, pairs): above 0 for the first class of each of self.pairs."""
        parts = [kernel(block, self.features, self.gamma) @ self.coefficients for block in _blocks(features)]
        return np.concatenate(parts) + self.offsets

    def predict(self, features):
        votes = np.zeros((len(features), len(self.classes)), "int32")
        for column, (first, second) in zip(self.decisions(features).T, self.pairs, strict=True):
            votes[:, first] += column > 0
            votes[:, second] += column <= 0
        return self.classes[votes.argmax(axis=1)]


def kernel(first, second, gamma):
    """exp(-gamma |x - y|^2) of all rows of `first`, (N, D), and `second`, (M, D): float32 (N, M)."""
    found = first @ second.T
    found *= 2
    found -= np.einsum("ij,ij->i", first, first)[:, None]
    found -= np.einsum("ij,ij->i", second, second)
    np.minimum(found, 0, out=found)
    found *= np.float32(gamma)
    return np.exp(found, out=found)


def _solved(first, second, between, C):
    """LIBSVM's machine of two classes, with its kernel's blocks."""
    from sklearn.svm import SVC

    whole = np.empty((len(first) + len(second),) * 2)
    whole[: len(first), : len(first)], whole[len(first) :, len(first) :] = first, second
    whole[: len(first), len(first) :], whole[len(first) :, : len(first)] = between, between.T
    labels = np.repeat([0, 1], [len(first), len(second)])
    return SVC(kernel="precomputed", C=C, cache_size=600).fit(whole, labels)


def products(features):
    """The scalar products of all columns of `features`, and of one column of ones behind them: float32 (D + 1, D + 1)."""
    products = np.empty((features.shape[1] + 1,) * 2, "float32")
    products[:-1, :-1] = features.T @ features
    products[-1, :-1] = products[:-1, -1] = features.sum(axis=0)
    products[-1, -1] = len(features)
    return products


def _blocks(features):
    return (features[start : start + BLOCK] for start in range(0, len(features), BLOCK))
