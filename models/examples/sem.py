"""Expectation maximisation by spike-timing dependent plasticity.

Nessler, Pfeiffer, Buesing & Maass (2013), PLoS Comput. Biol. 9(4):e1003037. Every weight goes to
the logarithm of the probability that its input has just fired, given a spike of its output.
"""

from spikesampler.language.parameter import our_choice, stated

title = "Expectation maximisation by STDP"
citation = "Nessler, Pfeiffer, Buesing & Maass (2013), PLoS Comput. Biol. 9(4):e1003037"

# fmt: off
parameters = dict(
    window=stated(10.0, "ms", "how long an input that has fired counts", above=0),
    rho=our_choice(200.0, "Hz", "total rate of the output spikes", low=0),
    eta=our_choice(0.01, "1", "learning rate", low=0),
    c=our_choice(2.718281828459045, "1", "weights end near log(c P)", above=0),
)
# fmt: on

inputs = """
dsilence/dt = 1 : second              # time since the last spike
fired = int(silence < window - dt/2) : 1  # half a step: times of whole steps are rounded
"""
outputs = "u = sum(w*fired) : 1"
synapses = "w = theta"

initial = {"silence": "1*second"}
starts = {"small": "0.1*rand()"}
learning = {"output": "theta += eta*(c*exp(-w)*fired - 1)"}
resets = {"input": "silence = 0"}
