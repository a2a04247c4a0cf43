"""A post-synaptic potential of one exponential, and the rule of Kappel et al. (2015) on it."""

from spikesampler.language.parameter import our_choice

title = "One exponential as post-synaptic potential"
citation = "the rule of Kappel, Habenschuss, Legenstein & Maass (2015), PLoS Comput. Biol."
noise = "constant"

parameters = dict(
    tau_m=our_choice(20.0, "ms", "decay time of the post-synaptic potential", above=0),
    rho=our_choice(200.0, "Hz", "total rate of the outputs", low=0),
    theta_0=our_choice(3.0, "1", "offset of the synaptic parameter"),
    mu=our_choice(0.5, "1", "mean of the prior"),
    sigma=our_choice(1.0, "1", "standard deviation of the prior", above=0),
    b=our_choice(1e-4, "1/second", "learning rate", low=0),
    N=our_choice(100.0, "1", "how often each sample counts", low=0),
)

inputs = "dx/dt = -x/tau_m"
outputs = "u = sum(w*x)"
synapses = "w = exp(theta - theta_0)"
bounds = ("-5", "5")
starts = {"prior": "mu + sigma*randn()"}
drift = "b*(mu - theta)/sigma**2"
learning = {"output": "theta += b*N*second*w*(x - exp(w))"}
