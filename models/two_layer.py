"""Hidden winner-take-all circuits without a teacher, and a supervised layer that hears them.

The conclusion of Fang, Yu & Chen (ESANN 2018) announces a network of three layers, inputs counted.
Here the hidden layer is circuits of Kappel, Habenschuss, Legenstein & Maass (PLoS Comput. Biol.
11(11):e1004485, 2015), each of which races for itself and learns without labels; the outputs learn
by Eq. (2) of Fang et al. from the spikes of hidden neurons. All synapses are noisy: in `--noise
weight@hidden` those of the hidden layer alone, in `--noise weight@outputs` those of the outputs.

Symbols are those of models/fang_2018.py; hidden neurons have H, circuits, rho_h, nu and tau_beta
of their own.
"""

from math import exp

from spikesampler.language.parameter import from_code, our_choice, stated

title = "Hidden circuits without a teacher under a supervised layer, all synapses noisy"
citation = "after Fang, Yu & Chen (2018), ESANN, and Kappel et al. (2015), PLoS Comput. Biol."
noise = "weight"

_kappel = "Kappel et al. 2015"

# fmt: off
parameters = dict(
    # the network
    I=our_choice(200, "1", "input neurons", low=1),
    H=our_choice(40, "1", "hidden neurons, of all circuits", low=2),
    circuits=our_choice(4, "1", "circuits of hidden neurons", low=1),
    K=stated(10, "1", "output neurons, one per class", "Fang et al. 2018", low=2),
    D=stated(3, "1", "dimensions of the stimulus", "Fang et al. 2018", low=1),
    tau_m=from_code(20.0, "ms", "decay time of the post-synaptic potential", _kappel, above=0),
    tau_s=from_code(2.0, "ms", "rise time of the post-synaptic potential", _kappel,
        above=0, below="tau_m"),
    rho=from_code(200.0, "Hz", "total rate of the output spikes, and of the teacher's events",
        _kappel, low=0),
    rho_h=from_code(200.0, "Hz", "total rate of each hidden circuit", _kappel, low=0),
    nu=our_choice(20.0, "Hz", "rate that adaptation of a hidden neuron aims at, rho_h*circuits/H",
        low=0),
    tau_beta=our_choice(50.0, "second", "time constant of adaptation", above=0),
    # synapses and learning
    theta_0=from_code(3.0, "1", "offset of the synaptic parameter: w = exp(theta - theta_0)",
        _kappel),
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
)
# fmt: on

inputs = """
dx_slow/dt = -x_slow/tau_m : 1
dx_fast/dt = -x_fast/tau_s : 1
x = x_slow - x_fast : 1
"""
synapses = """
w = exp(theta - theta_0)
intensity = alpha*exp(w)
"""
bounds = ("theta_min", "theta_0 + log(log(intensity_max/alpha))")  # alpha e^w <= intensity_max
starts = {
    "prior": "mu + sigma*randn()",
    "plateau": "plateau_mean + plateau_sd*randn()",
}
drift = "b*(mu - theta)/sigma**2"

layers = {
    # without a teacher: a neuron that wins becomes more like what it won with
    "hidden": dict(
        size="H",
        groups="circuits",
        sources=("inputs",),
        firing="race(rho_h)",
        outputs="""
u = sum(w*x) + adaptation : 1
dadaptation/dt = plastic*nu*second/tau_beta : 1  # frozen without plasticity
""",
        learning={"output": "theta += M*b*N*second*w*(x - intensity)"},
        resets={"output": "adaptation -= plastic*second/tau_beta"},
    ),
    # with a teacher: Eq. (2) of Fang et al., of the spikes of hidden neurons
    "outputs": dict(
        sources=("hidden",),
        outputs="u = sum(w*x - intensity) : 1",
        learning={
            "teacher": "theta += M*b*N*second*w*(x - intensity)",
            "output": "theta -= M*b*N*second*w*(x - intensity)",
        },
    ),
}
