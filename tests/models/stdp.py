"""Pair-based spike-timing-dependent plasticity on Poisson neurons whose rate is linear in u.

Song, Miller & Abbott, Nature Neuroscience 3:919 (2000), for additive changes; Kempter, Gerstner &
van Hemmen, Phys. Rev. E 59:4498 (1999), for the neuron.
"""

from spikesampler.language.parameter import our_choice

title = "Pair-based STDP"
citation = "Song, Miller & Abbott (2000), Nat. Neurosci. 3:919"
noise = "none"

parameters = dict(
    tau_m=our_choice(20.0, "ms", "decay time of the post-synaptic potential", above=0),
    tau_plus=our_choice(17.0, "ms", "decay time of potentiation", above=0),
    tau_minus=our_choice(34.0, "ms", "decay time of depression", above=0),
    a_plus=our_choice(0.005, "1", "potentiation by a pair", low=0),
    a_minus=our_choice(0.0026, "1", "depression by a pair", low=0),
    rate_0=our_choice(10.0, "Hz", "rate of an output without input", low=0),
    gain=our_choice(0.2, "Hz", "rate that a unit of u adds", low=0),
    w_max=our_choice(1.0, "1", "largest weight", above=0),
)

inputs = """
dx/dt = -x/tau_m : 1
dpre/dt = -pre/tau_plus : 1
"""
outputs = """
dpost/dt = -post/tau_minus : 1
u = sum(w*x) : 1
"""
synapses = "w = theta : 1"
bounds = ("0", "w_max")
starts = {"prior": "w_max*rand()"}
firing = "poisson(rate_0 + gain*u)"
learning = {"input": "theta -= a_minus*post", "output": "theta += a_plus*pre"}
resets = {"output": "post += 1"}
