"""Expectation maximisation by spike-timing-dependent plasticity.

Nessler, Pfeiffer, Buesing & Maass, PLoS Comput. Biol. 9(4):e1003037 (2013): a winner-take-all
circuit whose weights become logarithms of probabilities. A spike counts as long as the window is.
"""

from spikesampler.language.parameter import our_choice, stated

title = "Expectation maximisation by STDP"
citation = "Nessler, Pfeiffer, Buesing & Maass (2013), PLoS Comput. Biol. 9(4):e1003037"
noise = "none"

parameters = dict(
    rho=our_choice(100.0, "Hz", "total rate of the outputs", low=0),
    window=stated(10.0, "ms", "how long a spike of an input counts", above=0),
    eta=our_choice(0.01, "1", "learning rate", low=0),
    c=our_choice(20.0, "1", "constant that keeps weights positive", above=0),
    gain=our_choice(1.0, "1", "factor at what the inputs tell the outputs", low=0),
)

inputs = """
dsince/dt = 1 : second              # time since the last spike
y = int(since < window - dt/2) : 1  # whole steps: half of one is no matter of rounding
"""
outputs = "u = gain*sum(w*y) : 1"
synapses = "w = theta : 1"
initial = {"since": "1*second"}
starts = {"prior": "1 + 0.1*randn()"}
learning = {"output": "theta += eta*(c*exp(-w)*y - 1)"}
resets = {"input": "since = 0*second"}
