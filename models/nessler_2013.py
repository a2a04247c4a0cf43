"""Expectation maximisation by spike-timing dependent plasticity.

Nessler, Pfeiffer, Buesing & Maass (2013), PLoS Comput. Biol. 9(4):e1003037. Nobody tells the
network a class. One output of a winner-take-all circuit spikes at a time, which is a guess of the
hidden cause of its input; its weights then go a step towards the logarithm of the probability that
each input has just fired, given a spike of this output. Guess and step are the E and the M of
expectation maximisation: outputs come to stand for causes.

At a fixed point E[exp(-w)] = 1/(c P), P being that probability, where no weight has a say in when
its output spikes. c adds log(c) to all weights, which changes no guess and keeps them above 0. The
paper's excitability is the logarithm of a prior: an output that fires more comes to fire more
easily. `homeostasis` does the opposite and holds all outputs to the same rate, after Habenschuss,
Puhr & Maass (2012), NIPS 25.

The paper wants stimuli in which as many inputs fire, whatever the cause: each feature is told by
two inputs, one for yes and one for no. Those of spikesampler/studies/nessler_2013 are so.
"""

from spikesampler.language.parameter import our_choice, stated

title = "Expectation maximisation by STDP in a winner-take-all circuit"
citation = "Nessler, Pfeiffer, Buesing & Maass (2013), PLoS Comput. Biol. 9(4):e1003037"

# fmt: off
parameters = dict(
    # the network
    I=our_choice(200, "1", "input neurons", low=1),
    K=our_choice(10, "1", "output neurons", low=2),
    window=stated(10.0, "ms", "how long an input that has fired counts", above=0),
    rho=our_choice(100.0, "Hz", "total rate of the output spikes", low=0),
    gain=our_choice(1.0, "1", "factor at what inputs tell; 0: outputs fire blindly", low=0),
    # the rule
    eta=our_choice(0.01, "1", "learning rate", low=0),
    c=our_choice(20.0, "1", "weights end near log(c P)", "so that they are above 0", above=0),
    w_min=our_choice(-1.0, "1", "smallest weight", "a step from there is eta*c*exp(-w_min)"),
    excitability=stated("prior", "1", "what the bias of an output learns",
        "prior is the paper's; how fast, and how it moves between spikes, is our choice",
        choices=("prior", "homeostasis", "none")),
    eta_0=our_choice(1e-4, "1", "learning rate of the bias", low=0),
    # noise of the synapses, which the paper has not
    b=our_choice(1e-3, "1/second", "half the variance per second of the arm `constant`", low=0),
    N=our_choice(5.0, "1", "variance of the arm `weight` at P = 1, in that of `constant`", low=0),
)
# fmt: on

inputs = """
dsilence/dt = 1 : second                  # time since the last spike
fired = int(silence < window - dt/2) : 1  # half a step: times of whole steps are rounded
"""
outputs = """
u = bias + gain*sum(w*fired) : 1
dbias/dt = plastic*eta_0*fall : 1
fall = (
    -rho if excitability == 'prior' else rho/K if excitability == 'homeostasis' else 0*rho
) : Hz
jump = (
    clip(exp(-bias), 0, 1/eta_0) if excitability == 'prior'
    else -1 if excitability == 'homeostasis' else 0
) : 1
"""
synapses = """
w = theta
intensity = exp(w)/c  # P, as the synapse has it
"""
initial = {"silence": "1*second"}
bounds = ("w_min", "")
starts = {"small": "1 + 0.1*randn()"}
learning = {"output": "theta += eta*(c*exp(-w)*fired - 1)"}
resets = {
    "input": "silence = 0",
    "output": "bias += plastic*eta_0*jump",
}
