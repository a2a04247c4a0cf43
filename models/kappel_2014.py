"""Sequences in a winner-take-all circuit: lateral synapses learn which output fires after which.

Kappel, Nessler & Maass (2014), PLoS Comput. Biol. 10(3):e1003511, add plastic lateral synapses to
the circuit of Nessler et al. (2013), and read it as learning a hidden Markov model: feed-forward
weights become logarithms of what an input does in a state, lateral ones of which state came before.
An output then fires where both fit, so that it can stand for a state that the input of the moment
does not tell.

Both kinds of synapses learn by one rule, that of models/nessler_2013.py: at a spike of an output
its weight from a neuron that has just fired grows by eta (c e^(-w) - 1), from any other it falls by
eta; at a fixed point E[e^(-w)] = 1/(c P). What a lateral synapse hears is delayed by `lag`, and lag
is as long as a sample here: so it hears who won the sample before. The paper has many delays,
inhibition as a process of its own, and a rule of rejection sampling that makes the approximation
exact; all of that is left out, and values are ours. `intensity` is P, as the synapse has it.
Homeostasis holds all outputs to one rate.
"""

from spikesampler.language.parameter import our_choice, stated

title = "Sequences: lateral synapses with a delay in a winner-take-all circuit"
citation = "after Kappel, Nessler & Maass (2014), PLoS Comput. Biol. 10(3):e1003511"

# fmt: off
parameters = dict(
    # the network
    I=our_choice(200, "1", "input neurons", low=1),
    K=our_choice(10, "1", "output neurons", low=2),
    window=stated(10.0, "ms", "how long a neuron that has fired counts",
        "Nessler et al. 2013", above=0),
    lag=our_choice(50.0, "ms", "delay of lateral synapses", "a sample", above=0),
    rho=our_choice(200.0, "Hz", "total rate of the output spikes", low=0),
    lateral=our_choice(1.0, "1", "factor at what lateral synapses tell; 0: no memory", low=0),
    sample_length=our_choice(50.0, "ms", "time for which one stimulus is shown", above=0),
    # the rule
    eta=our_choice(0.01, "1", "learning rate", low=0),
    c=our_choice(20.0, "1", "weights end near log(c P)", "so that most are above 0", above=0),
    w_min=our_choice(-1.0, "1", "smallest weight", "a step from there is eta*c*exp(-w_min)"),
    eta_0=our_choice(1e-3, "1", "learning rate of the bias", low=0),
    # noise of the synapses, which the paper has not
    b=our_choice(1e-3, "1/second", "half the variance per second of the arm `constant`", low=0),
    N=our_choice(5.0, "1", "variance of the arm `weight` at P = 1, in that of `constant`", low=0),
)
# fmt: on

inputs = """
dsilence/dt = 1 : second  # time since the last spike
fired = int(silence < window - dt/2) : 1  # half a step: times of whole steps are rounded
"""
synapses = """
w = theta
intensity = exp(w)/c
"""
initial = {"silence": "1*second"}
bounds = ("w_min", "")
starts = {"small": "1 + 0.1*randn()"}
learning = {"output": "theta += eta*(c*exp(-w)*fired - 1)"}

layers = {
    "outputs": dict(
        sources={"inputs": {}, "outputs": dict(delay="lag")},
        outputs="""
u = bias + sum(w*fired, inputs) + lateral*sum(w*fired, outputs) : 1
dbias/dt = plastic*eta_0*rho/K : 1
""",
        resets={"input": "silence = 0", "output": "bias -= plastic*eta_0"},
    ),
}
