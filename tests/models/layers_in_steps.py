"""Layers, for tests: sums that cannot be kept, inputs heard twice, hidden neurons that hear
themselves.
"""

from spikesampler.language.parameter import our_choice

title = "Layers whose sums are taken in every step"
citation = "unpublished"
parameters = dict(
    I=our_choice(15, "1", "input neurons", low=2),
    K=our_choice(3, "1", "output neurons", low=2),
    H=our_choice(8, "1", "hidden neurons", low=2),
    tau=our_choice(20.0, "ms", "decay time of a post-synaptic potential", above=0),
    tau_e=our_choice(100.0, "ms", "decay time of facilitation", above=0),
    rho=our_choice(200.0, "Hz", "total rate of the outputs", low=0),
    lag=our_choice(3.0, "ms", "delay of synapses between hidden neurons", above=0),
    skip=our_choice(7.0, "ms", "delay of inputs to the outputs", above=0),
    b=our_choice(1e-4, "1/second", "learning rate", low=0),
    mu=our_choice(0.0, "1", "mean of the prior on theta"),
)
inputs = "dx/dt = -x/tau : 1"
synapses = "w = exp(theta - 3)\nde/dt = -e/tau_e : 1"
bounds = ("-5", "5")
starts = {"prior": "mu + randn()"}
drift = "b*(mu - theta)"
noise = "none"
layers = {
    "outputs": dict(
        sources={"inputs": dict(delay="skip"), "hidden": {}},
        outputs="u = sum(w*x*(1 + e)) : 1",
        learning={"output": "e += 0.1*x; theta += 0.01*x*(1 - 0.1*u)", "step": "theta -= 1e-5*u"},
    ),
    "hidden": dict(
        size="H",
        sources={"inputs": {}, "hidden": dict(delay="lag", synapses="w = 0.1*theta")},
        outputs="u = sum(w*x, inputs) - 0.2*sum(w*x*x, hidden) : 1",
        firing="poisson(rho/H*exp(clip(u, -3, 2)))",
        learning={"output": "theta += 0.001*(x - u)", "input": "theta -= 0.0005*w"},
    ),
}
