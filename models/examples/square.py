"""Weights that are the square of theta: they have a sign to lose, and learn slowly near 0."""

from spikesampler.language.parameter import our_choice

title = "Weights that are the square of theta"
citation = "Fang, Yu & Chen (2018), ESANN, changed"
noise = "constant"

# fmt: off
parameters = dict(
    tau=our_choice(20.0, "ms", "decay time of the post-synaptic potential", above=0),
    rho=our_choice(200.0, "Hz", "total rate of the output spikes, and of the teacher's events",
        low=0),
    b=our_choice(1e-4, "1/second", "learning rate", low=0),
    N=our_choice(100.0, "1", "how often each sample counts", low=0),
    alpha=our_choice(0.13, "1", "rate constant of the intensity alpha e^w", above=0),
    mu=our_choice(0.5, "1", "mean of the prior on theta"),
    sigma=our_choice(1.0, "1", "standard deviation of the prior on theta", above=0),
)
# fmt: on

inputs = "dx/dt = -x/tau : 1"
outputs = "u = sum(w*x - intensity) : 1"
synapses = """
w = theta**2
intensity = alpha*exp(w)
"""

bounds = ("-2", "2")
starts = {"prior": "mu + sigma*randn()"}
drift = "b*(mu - theta)/sigma**2"
learning = {  # the derivative of w is 2 theta
    "teacher": "theta += M*b*N*second*2*theta*(x - intensity)",
    "output": "theta -= M*b*N*second*2*theta*(x - intensity)",
}
