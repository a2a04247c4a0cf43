"""Network plasticity as Bayesian inference.

David Kappel, Stefan Habenschuss, Robert Legenstein, Wolfgang Maass. PLoS Comput. Biol.
11(11):e1004485 (2015). Unsupervised synaptic sampling in a winner-take-all circuit: an output spike
potentiates its neuron's synapses towards the input that caused it, a prior pulls theta back, and
constant noise makes theta sample the posterior.

Nobody tells the network a class. Its performance is the normalised conditional entropy H(class |
winner) / H(class), and the accuracy after each output has been given the class for which it wins
most, on other samples than those scored.

Symbols as in fang_2018; adaptation is the homeostatic current beta of an output, which keeps its
long-run rate at nu.
"""

from math import exp

from spikesampler.language.parameter import from_code, our_choice, stated

title = "Unsupervised synaptic sampling in a winner-take-all circuit"
citation = "Kappel, Habenschuss, Legenstein & Maass (2015), PLoS Comput. Biol. 11(11):e1004485"
noise = "constant"

# fmt: off
parameters = dict(
    # the network
    I=stated(1000, "1", "input neurons", "as in Fang et al. 2018", low=1),
    K=our_choice(10, "1", "output neurons", low=2),
    D=stated(3, "1", "dimensions of the stimulus", "as in Fang et al. 2018", low=1),
    tau_m=from_code(20.0, "ms", "decay time of the post-synaptic potential", above=0),
    tau_s=from_code(2.0, "ms", "rise time of the post-synaptic potential", above=0,
        below="tau_m"),
    rho=from_code(200.0, "Hz", "total rate of the output spikes", "100 Hz elsewhere in it", low=0),
    nu=our_choice(20.0, "Hz", "rate that adaptation aims at, rho/K: every output takes part",
        low=0),
    tau_beta=our_choice(50.0, "second", "time constant of adaptation", above=0),
    # the stimulus
    num_clusters=our_choice(10, "1", "clusters of the stimulus", low=2),
    sample_length=stated(200.0, "ms", "time for which one stimulus is shown, without gaps",
        "as in Fang et al. 2018", above=0),
    cluster_mean=from_code(0.5, "1", "mean of the cluster centres, per axis"),
    cluster_mean_sd=from_code(0.2, "1", "standard deviation of the cluster centres, per axis",
        low=0),
    cluster_spread=from_code(0.04, "1", "diagonal of the cluster matrix", above=0),
    cluster_jitter=from_code(0.01, "1",
        "standard deviation added to each entry of the cluster matrix", low=0),
    r_min=from_code(2.0, "Hz", "background rate of an input", low=0),
    r_max=from_code(80.0, "Hz", "rate that the best stimulus adds to it", low=0),
    tuning_width=from_code(0.3, "1", "width of a tuning curve", above=0),
    tuning_factor=from_code(1.0, "1",
        "factor at the squared width: exp(-d^2/(factor width^2)), 1 or 2", above=0),
    # synapses and learning
    theta_0=from_code(3.0, "1", "offset of the synaptic parameter: w = exp(theta - theta_0)"),
    retraction=from_code("clip", "1",
        "what a weak synapse transmits: w, max(0, w - exp(-theta_0)), or 0 below theta = 0",
        choices=("none", "clip", "jump")),
    mu=from_code(0.5, "1", "mean of the prior on theta"),
    sigma=from_code(1.0, "1", "standard deviation of the prior on theta", above=0),
    b=from_code(1e-4, "1/second", "learning rate", low=0),
    N=from_code(100.0, "1", "sample amplification: how often each sample counts", low=0),
    alpha=from_code(exp(-2), "1", "constant of the Poisson intensity alpha e^w", above=0),
    intensity_max=from_code(5.0, "1", "upper bound of alpha e^w", above=0),
    theta_min=from_code(-5.0, "1", "lower bound of theta"),
    # starts, noise and integration; all else is as in every model
    plateau_mean=our_choice(-4.0, "1", "mean of theta in the start `plateau`"),
    plateau_sd=our_choice(0.2, "1", "standard deviation of theta in the start `plateau`", low=0),
    noise_scale=stated(1.0, "1", "temperature: factor at the variance of the noise", low=0),
    grid=our_choice(200.0, "ms", "time step of prior and noise",
        "results converge as it shrinks; SPORE uses 100 ms", above=0),
)
# fmt: on

inputs = """
dx_slow/dt = -x_slow/tau_m : 1
dx_fast/dt = -x_fast/tau_s : 1
x = x_slow - x_fast : 1
"""

outputs = """
u = sum(passed*x) + adaptation : 1
dadaptation/dt = plastic*nu*second/tau_beta : 1  # frozen without plasticity
"""

synapses = """
w = exp(theta - theta_0) * int(theta >= 0) if retraction == 'jump' else exp(theta - theta_0)
intensity = alpha*exp(w)
passed = clip(w - exp(-theta_0), 0, inf) if retraction == 'clip' else w  # what it transmits
"""
weight = "passed"

bounds = ("theta_min", "theta_0 + log(log(intensity_max/alpha))")  # alpha e^w <= intensity_max
starts = {
    "prior": "mu + sigma*randn()",
    "plateau": "plateau_mean + plateau_sd*randn()",
}

drift = "b*(mu - theta)/sigma**2"
learning = {"output": "theta += M*b*N*second*w*(x - intensity)"}
resets = {"output": "adaptation -= plastic*second/tau_beta"}
