"""An alpha function as post-synaptic potential, (t/tau) exp(1 - t/tau), by two linear equations."""

from spikesampler.language.parameter import our_choice

title = "An alpha function as post-synaptic potential"
citation = "Fang, Yu & Chen (2018), ESANN, changed"
noise = "constant"

# fmt: off
parameters = dict(
    tau=our_choice(20.0, "ms", "decay time of the post-synaptic potential", above=0),
    rho=our_choice(200.0, "Hz", "total rate of the output spikes, and of the teacher's events",
        low=0),
    b=our_choice(1e-4, "1/second", "learning rate", low=0),
    N=our_choice(100.0, "1", "how often each sample counts", low=0),
    theta_0=our_choice(3.0, "1", "offset of theta"),
    alpha=our_choice(0.13, "1", "rate constant of the intensity alpha e^w", above=0),
    mu=our_choice(0.5, "1", "mean of the prior on theta"),
    sigma=our_choice(1.0, "1", "standard deviation of the prior on theta", above=0),
)
# fmt: on

inputs = """
dx/dt = (y - x)/tau : 1
dy/dt = -y/tau : 1
"""
outputs = "u = sum(w*x - intensity) : 1"
synapses = """
w = exp(theta - theta_0)
intensity = alpha*exp(w)
"""

bounds = ("-5", "theta_0 + 1")
resets = {"input": "y += exp(1)"}  # the peak is 1, tau after the spike
starts = {"prior": "mu + sigma*randn()"}
drift = "b*(mu - theta)/sigma**2"
learning = {
    "teacher": "theta += M*b*N*second*w*(x - intensity)",
    "output": "theta -= M*b*N*second*w*(x - intensity)",
}
