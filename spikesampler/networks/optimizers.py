"""Optimisers by name, every setting explicit, and synaptic noise to put behind them, for optax.

    settings("adadelta_keras_2017")  ->  {"learning_rate": 1.0, "rho": 0.95, "eps": 1e-07}

The names of noise arms are those of the spiking part; here a weight's "weight" is its own size:

    none              w moves by the optimiser's update
    constant          + sigma xi
    weight            + sigma |w| / r xi,   r the root mean square of the network's weights at first
    exp_weight        + sigma sqrt(e^(|w|/r) / c) xi,   c = 2.771 its mean over normal weights: the
                      form of Fang et al. (2018), which has a floor where w is 0; e^(|w|/r) is at
                      most 5 e^2, as the authors' code bounds alpha e^w at 5
    weight_following  + sigma r_now / r xi: the mean power of `weight` at any time, alike for all

constant_matched is not among them: |w|/r has mean square 1 at the start, so `constant` has the same
power there.

xi ~ N(0, 1) anew for every weight and step; sigma = sqrt(2 eta T), eta the learning rate (over 1 -
momentum m), so that T is the temperature of the Langevin equation that small steps approach.
Schedules multiply sigma by sqrt of a share: constant 1, linear 1 - t, exponential e^(-5 t), with t
the part done of the time with noise.

It is the synapses' noise, which the optimiser's memory does not see: on k x^2/2 the variance is T/k
times 1 + (1/2 + m/(1 - m)) eta k. Narrow valleys are hotter than T says: with `momentum` ten times
at a curvature k of 100, 160 times at the largest of W_f, 1715.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from spikesampler.checks import real_number
from spikesampler.errors import InputError
from spikesampler.optional import require


@dataclass(frozen=True)
class Optimizer:
    """An optimiser of optax with the values of all its settings and where they are from."""

    name: str
    settings: dict[str, float]
    source: str

    def factory(self, **settings: Any) -> Any:
        """The optax transformation with these settings."""
        return getattr(require("training", "landscape", "optax"), self.name)(**settings)


OPTIMIZERS = {
    "momentum": Optimizer(
        "sgd",
        {"learning_rate": 1e-3, "momentum": 0.9},
        "our choice: the paper gives no values; at 1e-3 gradient descent can rest at W_f",
    ),
    "momentum_keras": Optimizer(
        "sgd",
        {"learning_rate": 1e-2, "momentum": 0.9},
        "learning rate of Keras' SGD, 2017 and now; momentum is our choice",
    ),
    "sgd_keras": Optimizer(
        "sgd", {"learning_rate": 1e-2, "momentum": 0.0}, "Keras' SGD, 2017 and now"
    ),
    "adadelta_keras_2017": Optimizer(
        "adadelta", {"learning_rate": 1.0, "rho": 0.95, "eps": 1e-7}, "Keras 2, 2017"
    ),
    "adadelta_keras_3": Optimizer(
        "adadelta", {"learning_rate": 1e-3, "rho": 0.95, "eps": 1e-7}, "Keras 3"
    ),
    "adam_keras": Optimizer(
        "adam", {"learning_rate": 1e-3, "b1": 0.9, "b2": 0.999, "eps": 1e-7}, "Keras' Adam"
    ),
    "adagrad_keras": Optimizer(
        "adagrad",
        {"learning_rate": 1e-3, "initial_accumulator_value": 0.1, "eps": 1e-7},
        "Keras' Adagrad in TensorFlow 2, 2021, and in Keras 3",
    ),
    "adagrad_keras_2017": Optimizer(
        "adagrad",
        {"learning_rate": 1e-2, "initial_accumulator_value": 0.0, "eps": 1e-7},
        "Keras 2, 2017",
    ),
    "adadelta_optax": Optimizer(
        "adadelta",
        {"learning_rate": 1.0, "rho": 0.9, "eps": 1e-6},
        "optax 0.2: rho and eps; it has no default learning rate",
    ),
}
STUDIED = ("momentum", "momentum_keras", "adadelta_keras_2017")  #: those of the reproduction
BELOW_ONE = ("momentum", "rho", "b1", "b2")
ZERO = (*BELOW_ONE, "initial_accumulator_value")
TINY = 1e-30
ARMS = ("none", "constant", "weight", "exp_weight", "weight_following")
LARGEST = 3.609438  #: |w|/r from which on `exp_weight` grows no more: log(5 e^2)
MEAN_EXP = 2.770671  #: of e^min(|z|, LARGEST) over normal z
SCHEDULES: dict[str, Callable[[Any, Any], Any]] = {  #: of jax.numpy and t -> share
    "constant": lambda jnp, t: jnp.ones_like(t),
    "linear": lambda jnp, t: 1 - t,
    "exponential": lambda jnp, t: jnp.exp(-5 * t),
}


def settings(name: str, **changes: float) -> dict[str, float]:
    """All settings of an optimiser, {name: value}, with changes.

    Raises InputError for unknown names and values out of range.
    """
    if name not in OPTIMIZERS:
        raise InputError(f"optimizer={name}: expected one of {', '.join(OPTIMIZERS)}")
    known = OPTIMIZERS[name].settings
    for key, value in changes.items():
        if key not in known:
            raise InputError(f"unknown setting '{key}' of {name}; it has {', '.join(known)}")
        if real_number(key, value, zero=key in ZERO) >= 1 and key in BELOW_ONE:
            raise InputError(
                f"{key}={value}: expected a number from 0 to below 1; give such a {key}"
            )
    return known | {key: float(value) for key, value in changes.items()}


def make_optimizer(name: str, **changes: float) -> Any:
    """The optax transformation of an optimiser's name, with changed settings."""
    values = settings(name, **changes)  # which knows the names
    return OPTIMIZERS[name].factory(**values)


def langevin_rate(name: str, **changes: float) -> float:
    """eta in sigma = sqrt(2 eta T): the learning rate, over 1 - momentum where there is one."""
    values = settings(name, **changes)
    return values["learning_rate"] / (1 - values.get("momentum", 0.0))


class NoiseState(NamedTuple):
    """keys (n, 2) uint32, one per network; count of steps; rms (n, 1) of the weights at first."""

    keys: Any
    count: Any
    rms: Any


def synaptic_noise(arm: str, sigma: float, steps: int, schedule: str = "constant") -> Any:
    """Noise on the updates of networks (n, num_parameters), for the first `steps` steps; then none.

    A network's noise depends on its own key only. Keys are part of the state, so that one compiled
    program serves all networks: put them there (`_replace(keys=…)`), the initial ones are all 0.
    """
    for what, value, known in (("noise", arm, ARMS), ("schedule", schedule, SCHEDULES)):
        if value not in known:
            raise InputError(f"{what}={value}: expected one of {', '.join(known)}")
    jax, jnp, optax = require("training", "landscape", "jax", "jax.numpy", "optax")
    if arm == "none" or real_number("sigma", sigma, zero=True) == 0:
        return optax.identity()

    def init(params: Any) -> NoiseState:
        keys = jnp.zeros((len(params), 2), jnp.uint32)
        rms = jnp.sqrt((params**2).mean(axis=-1, keepdims=True))
        return NoiseState(keys, jnp.zeros((), jnp.int32), jnp.maximum(rms, TINY))

    def update(updates: Any, state: NoiseState, params: Any) -> tuple[Any, NoiseState]:
        def draw(key: Any) -> Any:
            of_step = jax.random.fold_in(jax.random.wrap_key_data(key), state.count)
            return jax.random.normal(of_step, params.shape[1:], params.dtype)

        share = SCHEDULES[schedule](jnp, jnp.minimum(state.count / steps, 1.0))
        size = sigma * jnp.sqrt(share) * (state.count < steps)
        scale = size * _shape(arm, params, state.rms)
        noisy = updates + (scale * jax.vmap(draw)(state.keys)).astype(params.dtype)
        return noisy, state._replace(count=state.count + 1)

    return optax.GradientTransformation(init, update)


def _shape(arm: str, params: Any, rms: Any) -> Any:
    """How strong the noise of an arm is at weights (n, num_parameters), in sigma."""
    jnp = require("training", "landscape", "jax.numpy")
    if arm == "weight":
        return jnp.abs(params) / rms
    if arm == "exp_weight":
        return jnp.sqrt(jnp.exp(jnp.minimum(jnp.abs(params) / rms, LARGEST)) / MEAN_EXP)
    if arm == "weight_following":
        return jnp.sqrt((params**2).mean(axis=-1, keepdims=True)) / rms
    return 1.0
