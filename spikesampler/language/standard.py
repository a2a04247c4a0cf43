"""Parameters that every spiking model has: their defaults where its file leaves them out.

The stimulus is that of Kappel et al. (2015), whose code has most of these values; as defaults of
other models they are our choice.
"""

from spikesampler.language.parameter import Parameter, our_choice

__all__ = ["STANDARD"]

_EVERY = "default of every model"

# fmt: off
STANDARD: dict[str, Parameter] = dict(
    # sizes
    I=our_choice(1000, "1", "input neurons", _EVERY, low=1),
    K=our_choice(10, "1", "output neurons", _EVERY, low=2),
    D=our_choice(3, "1", "dimensions of the stimulus", _EVERY, low=1),
    # the stimulus
    sample_length=our_choice(200.0, "ms", "time for which one stimulus is shown", _EVERY, above=0),
    gap=our_choice(0.0, "ms", "time without input between two samples", _EVERY, low=0),
    cluster_mean=our_choice(0.5, "1", "mean of the cluster centres, per axis", _EVERY),
    cluster_mean_sd=our_choice(0.2, "1", "standard deviation of the cluster centres, per axis",
        _EVERY, low=0),
    cluster_spread=our_choice(0.04, "1", "diagonal of the cluster matrix", _EVERY, above=0),
    cluster_jitter=our_choice(0.01, "1",
        "standard deviation added to each entry of the cluster matrix", _EVERY, low=0),
    cluster_matrix=our_choice("root", "1",
        "the cluster matrix is a square root of the covariance, or the covariance",
        f"{_EVERY}; ambiguous in the code of Kappel et al. 2015",
        choices=("root", "covariance")),
    r_min=our_choice(2.0, "Hz", "background rate of an input", _EVERY, low=0),
    r_max=our_choice(80.0, "Hz", "rate that the best stimulus adds to it", _EVERY, low=0),
    tuning_width=our_choice(0.3, "1", "width of a tuning curve", _EVERY, above=0),
    tuning_factor=our_choice(1.0, "1",
        "factor at the squared width: exp(-d^2/(factor width^2)), 1 or 2", _EVERY, above=0),
    # noise and integration
    noise_scale=our_choice(1.0, "1", "temperature: factor at the variance of the noise", _EVERY,
        low=0),
    schedule=our_choice("constant", "1", "course of the temperature over learning", _EVERY,
        choices=("constant", "linear", "exponential")),
    anneal_rate=our_choice(5.0, "1",
        "exponential schedule: exp(-anneal_rate * fraction of learning done)", _EVERY, low=0),
    dt=our_choice(1.0, "ms", "time step", _EVERY, above=0),
    grid=our_choice(200.0, "ms", "time step of drift and noise",
        f"{_EVERY}; results converge as it shrinks", above=0),
)
# fmt: on
