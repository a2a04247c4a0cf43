"""Gaussian clusters: their density is known, and with it the best accuracy anyone can reach."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spikesampler.checks import whole_in
from spikesampler.errors import InputError, shown
from spikesampler.stimuli.seeds import generator
from spikesampler.stimuli.source import (
    SHUFFLED,
    SPLITS,
    Samples,
    SourceKind,
    check_draw,
    refuse_label,
)

__all__ = ["KIND", "GaussianClusters"]

Array = NDArray[np.float64]


PREFIX = "clusters:"  #: before the seed of another layout of the Gaussian clusters
PARAMETERS = (
    "cluster_mean",
    "cluster_mean_sd",
    "cluster_spread",
    "cluster_jitter",
    "cluster_matrix",
)
MATRIX_READINGS = ("root", "covariance")
MAX_TRIES = 1000
MOST_NUMBERS = 10**8  #: in the covariances of all clusters
LARGEST_SEED = 2**63 - 1


class GaussianClusters:
    r"""K Gaussian classes in D dimensions, drawn with equal probability.

    .. math:: m_{kd} \sim N(cluster\_mean, cluster\_mean\_sd^2),\quad
              M_k = cluster\_spread \cdot 1 + cluster\_jitter \cdot \xi'_k

    with :math:`\xi'` a D×D standard normal matrix. ``cluster_matrix="root"`` shows m + Mξ
    (covariance M Mᵀ); ``"covariance"`` takes the symmetric part of M as the covariance itself, so
    the spread is about √cluster_spread, and draws M again, at most `MAX_TRIES` times per cluster,
    until it is positive definite. That conditions the law of M on being a covariance. With
    jitter·√(2D) well above cluster_spread (D > 8 at the defaults) hardly any M is one: InputError.

    Points are not clipped: some lie outside the unit cube. Numbers are from Kappel et al. (2015),
    their code; which reading of M is meant is ambiguous there.

    Parameters
    ----------
    K, D : number of classes (>= 2) and dimensions (>= 1).
    seed : decides means and matrices.

    Attributes
    ----------
    means : (K, D). covariances : (K, D, D). roots : (K, D, D) with covariance = root rootᵀ.
    """

    name = "clusters"
    coding = "tuning"
    notes: tuple[str, ...] = ()

    def __init__(
        self,
        K: int,
        D: int,
        seed: int,
        cluster_mean: float = 0.5,
        cluster_mean_sd: float = 0.2,
        cluster_spread: float = 0.04,
        cluster_jitter: float = 0.01,
        cluster_matrix: str = "root",
    ) -> None:
        self._parameters = {
            "cluster_mean": cluster_mean,
            "cluster_mean_sd": cluster_mean_sd,
            "cluster_spread": cluster_spread,
            "cluster_jitter": cluster_jitter,
            "cluster_matrix": cluster_matrix,
        }
        _check(K, D, self._parameters)
        self.num_classes, self.num_features, self._seed = int(K), int(D), int(seed)
        self.class_names = [str(k) for k in range(self.num_classes)]
        rng = generator(seed, "stimuli", "layout")
        shape = self.num_classes, self.num_features
        self.means = rng.normal(cluster_mean, cluster_mean_sd, size=shape)
        draw_root = _matrix_root if cluster_matrix == "root" else _covariance_root
        self.roots = np.stack(
            [draw_root(rng, self.num_features, cluster_spread, cluster_jitter) for _ in self.means]
        )
        self.covariances = self.roots @ self.roots.transpose(0, 2, 1)

    def draw(self, split: str, num_samples: int, seed: int) -> Samples:
        """Samples of one split, independent between splits; fewer are the beginning of more."""
        check_draw(split, num_samples)
        of_labels, of_points = (generator(seed, "stimuli", split, w) for w in ("labels", "points"))
        labels = of_labels.integers(self.num_classes, size=num_samples)
        xi = of_points.standard_normal((num_samples, self.num_features))
        points = self.means[labels]
        # not a matrix product: its rounding depends on the number of samples
        for d in range(self.num_features):
            points += self.roots[labels, :, d] * xi[:, d, np.newaxis]
        return Samples(points, np.arange(num_samples), labels)

    def log_densities(self, points: ArrayLike) -> Array:
        """Natural log of each class' density at `points` ``(n, D)``: ``(n, K)``.

        log p_k(s) = −½|R⁻¹(s − m)|² − log|det R| − D/2 log 2π with the covariance R Rᵀ.
        """
        columns = []
        for mean, root in zip(self.means, self.roots, strict=True):
            xi = np.linalg.solve(root, (np.asarray(points, dtype=float) - mean).T)
            columns.append(-0.5 * (xi**2).sum(axis=0) - np.linalg.slogdet(root)[1])
        return np.stack(columns, axis=1) - 0.5 * self.num_features * np.log(2 * np.pi)

    def bayes_accuracy(self, points: ArrayLike, labels: NDArray[np.integer]) -> float:
        """Share of `points` that the most probable class gets right; equals share the credit."""
        densities = self.log_densities(points)
        best = densities == densities.max(axis=1, keepdims=True)
        return float((best[np.arange(len(labels)), labels] / best.sum(axis=1)).mean())

    def description(self) -> dict[str, Any]:
        """JSON-able facts for the manifest."""
        return {
            "name": self.name,
            "coding": self.coding,
            "num_features": self.num_features,
            "num_classes": self.num_classes,
            "class_names": self.class_names,
            "layout_seed": self._seed,
            **self._parameters,
            "cluster_means": self.means.tolist(),
            "cluster_covariances": self.covariances.tolist(),
            "rows": dict.fromkeys(SPLITS, "unlimited"),
        }


def _check(K: Any, D: Any, parameters: Mapping[str, Any]) -> None:
    for name, value, least in (("K", K, 2), ("D", D, 1)):
        why = ", as every output has a cluster of its own" if name == "K" else ""
        if not np.isfinite(value) or value != int(value) or value < least:
            raise InputError(
                f"{name} is {value}: expected a whole number of at least {least}{why}; do: --set"
                f" {name}=…"
            )
    for name, value in parameters.items():
        if name == "cluster_matrix":
            if value not in MATRIX_READINGS:
                raise InputError(
                    f"cluster_matrix is {value!r}: expected {' or '.join(MATRIX_READINGS)}"
                )
        elif not np.isfinite(value) or (value < 0 and name != "cluster_mean"):
            bound = "" if name == "cluster_mean" else " >= 0"
            raise InputError(
                f"{name} is {value}: expected a finite number{bound}; do: --set {name}=…"
            )

    if K * D**2 > MOST_NUMBERS:
        raise InputError(
            f"K={K}, D={D}: the covariances of {K} clusters are {K * D**2:,} numbers; expected at"
            f" most {MOST_NUMBERS:,}, lower D"
        )


def _matrix(rng: np.random.Generator, D: int, spread: float, jitter: float) -> Array:
    return spread * np.eye(D) + jitter * rng.standard_normal((D, D))


def _matrix_root(rng: np.random.Generator, D: int, spread: float, jitter: float) -> Array:
    root = _matrix(rng, D, spread, jitter)
    if np.linalg.matrix_rank(root) < D:
        raise InputError(
            f"cluster_spread={spread} and cluster_jitter={jitter} make a flat cluster, which has no"
            " density; do: --set cluster_spread=0.04"
        )
    return root


def _covariance_root(rng: np.random.Generator, D: int, spread: float, jitter: float) -> NDArray:
    for _ in range(MAX_TRIES):
        matrix = _matrix(rng, D, spread, jitter)
        try:
            return np.linalg.cholesky((matrix + matrix.T) / 2)
        except np.linalg.LinAlgError:
            continue
    smaller = f"cluster_jitter={spread / (2 * np.sqrt(2 * D)):.2g}"
    raise InputError(
        f"cluster_spread={spread}, cluster_jitter={jitter}: no covariance among {MAX_TRIES}"
        f" matrices in D={D} dimensions; do: --set"
        f" {smaller if spread > 0 else 'cluster_spread=0.04'} or --set cluster_matrix=root"
    )


def _load(
    data: str | None,
    *,
    seed: int,
    parameters: Mapping[str, Any],
    fixed_K: bool,
    label: str | None = None,
    order: str = SHUFFLED,
) -> GaussianClusters:
    """The clusters of this seed, or of the one that `data` names."""
    refuse_label(data, label)
    if order != SHUFFLED:
        raise InputError(
            f"order={order}: Gaussian clusters are drawn sample by sample and have no order of"
            " their own; do: leave the order out, or give data that have one"
        )
    chosen = {name: parameters[name] for name in PARAMETERS if name in parameters}
    layout = seed if data is None else _layout_seed(str(data))
    return GaussianClusters(parameters["K"], parameters["D"], layout, **chosen)


def _layout_seed(data: str) -> int:
    seed = whole_in(data.removeprefix(PREFIX))
    if seed is None or not 0 <= seed <= LARGEST_SEED:
        raise InputError(
            f"data {shown(data)}: expected {PREFIX}SEED with a whole number from 0 to"
            f" {LARGEST_SEED}; do: --data {PREFIX}7"
        )
    return seed


KIND = SourceKind(
    answers=lambda data: data is None or str(data).startswith(PREFIX),
    load=_load,
    expected="clusters:SEED",
    synthetic=True,
)
