"""Noise helps optimization escape from saddle points in the neural dynamics.

Ying Fang, Zhaofei Yu, Feng Chen. European Symposium on Artificial Neural Networks (ESANN), 2018.
The supervised rule, Eq. (2), on the winner-take-all circuit and stimuli of Kappel, Habenschuss,
Legenstein & Maass, PLoS Comput. Biol. 11(11):e1004485 (2015).

Symbols: theta (synaptic parameter), w (weight), intensity = alpha e^w (Poisson intensity of an
input, given the output), x (post-synaptic potential of an input), u (membrane potential of an
output), M (mobility: 1, except in the noise arm `weight_posterior`). b is a rate and a spike is an
instant, so b*N*second is the step that one event makes.
"""

from math import exp

from spikesampler.language.parameter import from_code, our_choice, stated

title = "Supervised synaptic sampling with weight-dependent noise"
citation = "Fang, Yu & Chen (2018), ESANN; journal version Front. Neurosci. 14:343 (2020)"
noise = "weight"

_kappel = "Kappel et al. 2015"

# fmt: off
parameters = dict(
    # the network
    I=stated(1000, "1", "input neurons", low=1),
    K=stated(10, "1", "output neurons, one per class", low=2),
    D=stated(3, "1", "dimensions of the stimulus", low=1),
    tau_m=from_code(20.0, "ms", "decay time of the post-synaptic potential", _kappel, above=0),
    tau_s=from_code(2.0, "ms", "rise time of the post-synaptic potential", _kappel,
        above=0, below="tau_m"),
    rho=from_code(200.0, "Hz", "total rate of the output spikes, and of the teacher's events",
        _kappel, low=0),
    # the stimulus
    sample_length=stated(200.0, "ms", "time for which one stimulus is shown, without gaps",
        above=0),
    cluster_mean=from_code(0.5, "1", "mean of the cluster centres, per axis", _kappel),
    cluster_mean_sd=from_code(0.2, "1", "standard deviation of the cluster centres, per axis",
        _kappel, low=0),
    cluster_spread=from_code(0.04, "1", "diagonal of the cluster matrix", _kappel, above=0),
    cluster_jitter=from_code(0.01, "1",
        "standard deviation added to each entry of the cluster matrix", _kappel, low=0),
    r_min=from_code(2.0, "Hz", "background rate of an input", _kappel, low=0),
    r_max=from_code(80.0, "Hz", "rate that the best stimulus adds to it", _kappel, low=0),
    tuning_width=from_code(0.3, "1", "width of a tuning curve", _kappel, above=0),
    tuning_factor=from_code(1.0, "1",
        "factor at the squared width: exp(-d^2/(factor width^2)), 1 or 2", _kappel, above=0),
    # synapses and learning
    theta_0=from_code(3.0, "1", "offset of the synaptic parameter: w = exp(theta - theta_0)",
        _kappel),
    retraction=stated("none", "1",
        "what a weak synapse transmits: w, max(0, w - exp(-theta_0)), or 0 below theta = 0",
        "Table 1 has none; clip is Kappel's code, jump is SPORE", choices=("none", "clip", "jump")),
    mu=from_code(0.5, "1", "mean of the prior on theta", _kappel),
    sigma=from_code(1.0, "1", "standard deviation of the prior on theta", _kappel, above=0),
    b=from_code(1e-4, "1/second", "learning rate", _kappel, low=0),
    N=from_code(100.0, "1", "sample amplification: how often each sample counts", _kappel, low=0),
    alpha=from_code(exp(-2), "1", "constant of the Poisson intensity alpha e^w", _kappel, above=0),
    intensity_max=from_code(5.0, "1", "upper bound of alpha e^w", _kappel, above=0),
    theta_min=from_code(-5.0, "1", "lower bound of theta", _kappel),
    # starts and integration; all else is as in every model
    plateau_mean=our_choice(-4.0, "1", "mean of theta in the start `plateau`"),
    plateau_sd=our_choice(0.2, "1", "standard deviation of theta in the start `plateau`", low=0),
    grid=our_choice(200.0, "ms", "time step of prior and noise",
        "results converge as it shrinks; SPORE uses 100 ms", above=0),
)
# fmt: on

inputs = """
dx_slow/dt = -x_slow/tau_m : 1
dx_fast/dt = -x_fast/tau_s : 1
x = x_slow - x_fast : 1
"""

# the likelihood of Poisson inputs of the intensity alpha e^w; passed is what a weak synapse
# transmits, and felt the intensity that this leaves
outputs = "u = sum(passed*x - felt) : 1"

synapses = """
w = exp(theta - theta_0) * int(theta >= 0) if retraction == 'jump' else exp(theta - theta_0)
intensity = alpha*exp(w)
passed = clip(w - exp(-theta_0), 0, inf) if retraction == 'clip' else w
felt = clip(intensity*exp(-exp(-theta_0)), alpha, inf) if retraction == 'clip' else intensity
"""
weight = "passed"

bounds = ("theta_min", "theta_0 + log(log(intensity_max/alpha))")  # alpha e^w <= intensity_max
starts = {
    "prior": "mu + sigma*randn()",
    "plateau": "plateau_mean + plateau_sd*randn()",
}

# Eq. (2): the prior between events, and what each event does to every synapse of its neuron
drift = "b*(mu - theta)/sigma**2"
learning = {
    "teacher": "theta += M*b*N*second*w*(x - intensity)",
    "output": "theta -= M*b*N*second*w*(x - intensity)",
}
