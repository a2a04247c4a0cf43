"""A weight of one's own: theta squared times a gain, a further variable of each synapse."""

from spikesampler.language.parameter import our_choice

title = "Squares with a gain"
citation = "Nobody (1900)"

parameters = dict(
    I=our_choice(20, "1", "inputs", low=1),
    K=our_choice(3, "1", "outputs", low=2),
    D=our_choice(2, "1", "dimensions", low=1),
    total=our_choice(100.0, "Hz", "rate of all outputs", low=0),
    decay=our_choice(20.0, "ms", "decay time of a trace", above=0),
    decay_gain=our_choice(2.0, "second", "decay time of the gain", above=0),
    step=our_choice(0.01, "1", "what an output spike adds", low=0),
    edge=our_choice(1.5, "1", "bound of theta", above=0),
)

inputs = "dy/dt = -y/decay : 1"
outputs = "u = sum(strength*y) : 1"
synapses = """
strength = square*(1 + gain)  # in this order
square = theta**2
dgain/dt = -gain/decay_gain : 1
"""
weight = "strength"
bounds = ("-edge", "edge")
starts = {"even": "2*edge*(rand() - 0.5)"}
initial = {"gain": "0.25"}
firing = "race(total)"
events = {"chance": "rand() < 20*dt/second"}
learning = {"output": "theta += step*(y - 0.5)\ngain += y", "chance": "gain += 0.01"}
