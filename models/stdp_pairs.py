"""Pair-based spike-timing dependent plasticity on Poisson neurons: the textbook rule, to be copied.

Song, Miller & Abbott (2000), Nat. Neurosci. 3:919. A spike of an input that comes before one of the
output strengthens their synapse, one that comes after weakens it. `pre` and `post` are the memories
by which a synapse knows: each spike adds 1 to one of them, and it fades. All pairs count, and a
change is the same for weak and strong synapses. The neuron is that of Kempter, Gerstner & van
Hemmen (1999), Phys. Rev. E 59:4498: it fires by chance, at a rate that is linear in its input.

For trains of rates r and s that know nothing of each other, a weight drifts by r s (a_plus tau_plus
- a_minus tau_minus) per second. That is true of continuous time. On a grid of steps the two spikes
of a step count as input first (`spikesampler show` lists the order), so each sum is one over steps:
a_plus dt/(1 - exp(-dt/tau_plus)) - a_minus dt/(exp(dt/tau_minus) - 1). Steps of 1 ms would turn the
sign of a_minus/a_plus = 1.05, so they are 0.25 ms here.
"""

from spikesampler.language.parameter import our_choice, stated

title = "Pair-based spike-timing dependent plasticity"
citation = "Song, Miller & Abbott (2000), Nat. Neurosci. 3:919; neuron of Kempter et al. (1999)"

# fmt: off
parameters = dict(
    # the network
    I=our_choice(200, "1", "input neurons", low=1),
    K=our_choice(10, "1", "output neurons", low=1),
    tau_m=our_choice(20.0, "ms", "decay time of the post-synaptic potential", above=0),
    rate_0=our_choice(5.0, "Hz", "rate of an output without input", low=0),
    gain=our_choice(1.0, "Hz", "rate that a unit of u adds; 0: outputs fire blindly", low=0),
    dt=our_choice(0.25, "ms", "time step", "small, as the rule is near balance", above=0),
    # the rule
    tau_plus=stated(20.0, "ms", "how long a spike of an input is remembered", above=0),
    tau_minus=stated(20.0, "ms", "how long a spike of an output is remembered", above=0),
    a_plus=stated(0.005, "1", "strengthening by a pair, of w_max", low=0),
    a_minus=stated(0.00525, "1", "weakening by a pair, of w_max: 1.05 times a_plus", low=0),
    w_max=our_choice(1.0, "1", "largest weight", above=0),
    # noise of the synapses, which the paper has not
    b=our_choice(1e-4, "1/second", "half the variance per second of the arm `constant`", low=0),
    N=our_choice(2.0, "1", "variance of the arm `weight` at w = 1, in that of `constant`", low=0),
)
# fmt: on

inputs = """
dx/dt = -x/tau_m : 1  # post-synaptic potential
dpre/dt = -pre/tau_plus : 1
"""
outputs = """
u = sum(w*x) : 1
dpost/dt = -post/tau_minus : 1
"""
synapses = """
w = theta
intensity = theta  # what the arm `weight` grows with
"""
firing = "poisson(rate_0 + gain*u)"

bounds = ("0", "w_max")
starts = {
    "uniform": "w_max*rand()",
    "middle": "w_max/2",
}
learning = {
    "output": "theta += a_plus*pre",
    "input": "theta -= a_minus*post",
}
resets = {"output": "post += 1"}  # after learning; at a spike of an input, x and pre += 1
