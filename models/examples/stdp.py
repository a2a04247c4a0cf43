"""Pair-based spike-timing dependent plasticity.

Song, Miller & Abbott (2000), Nat. Neurosci. 3:919. A spike of an input that comes before one of the
output strengthens their synapse, one that comes after weakens it; a_pre and a_post remember, for
tau_plus and tau_minus, that one was there.
"""

from spikesampler.language.parameter import our_choice, stated

title = "Pair-based spike-timing dependent plasticity"
citation = "Song, Miller & Abbott (2000), Nat. Neurosci. 3:919; the network is ours"

# fmt: off
parameters = dict(
    tau=our_choice(20.0, "ms", "decay time of the post-synaptic potential", above=0),
    tau_plus=stated(20.0, "ms", "how long an input spike is remembered", above=0),
    tau_minus=stated(20.0, "ms", "how long an output spike is remembered", above=0),
    plus=our_choice(0.005, "1", "strengthening by a pair", low=0),
    minus=our_choice(0.00525, "1", "weakening by a pair", low=0),
    rho=our_choice(200.0, "Hz", "total rate of the output spikes", low=0),
)
# fmt: on

inputs = """
dx/dt = -x/tau : 1
da_pre/dt = -a_pre/tau_plus : 1
"""
outputs = """
u = sum(w*x) : 1
da_post/dt = -a_post/tau_minus : 1
"""
synapses = "w = theta"

bounds = ("0", "1")
starts = {"uniform": "rand()"}
learning = {
    "output": "theta += plus*a_pre",
    "input": "theta -= minus*a_post",
}
resets = {"output": "a_post += 1"}  # after learning; at an input spike, x and a_pre += 1
