"""A rule that goes wrong: a state of the synapses that grows, and noise that may be below 0. And
one that tosses a coin for every synapse at each event of the teacher.
"""

from spikesampler.language.parameter import our_choice

title = "What no number may be"
citation = "none: for tests"
noise = "signed"

parameters = dict(
    tau_m=our_choice(20.0, "ms", "decay time of the post-synaptic potential", above=0),
    rho=our_choice(200.0, "Hz", "total rate of the output spikes", low=0),
    b=our_choice(0.05, "1/second", "rate of the noise", low=0),
    growth=our_choice(0.0, "1/second", "growth of e"),
    step=our_choice(0.0, "1", "what theta grows by, of four coins one"),
)

inputs = "dx/dt = -x/tau_m : 1"
outputs = "u = sum(w*x) : 1"
synapses = """
w = exp(theta)
de/dt = growth*e : 1
"""

initial = {"e": "1"}
starts = {"prior": "1 + 0.1*randn()"}
noises = {"signed": "2*b*(theta - 0.5)"}
learning = {
    "output": "e += 0*w",
    "teacher": "theta += step*int(rand() < 0.25)",
    "sample": "theta += 0*clip(e, 0, 1)",
}
