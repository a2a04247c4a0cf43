"""Everything that happens at its own time: gaps, ends of samples, own events, every step.

A rule of ours, made to be tested. Of each sample's eligibility theta keeps what the answer was
worth; between samples the network is silent but for what the inputs leave behind.
"""

from spikesampler.language.parameter import our_choice

title = "Learning at the ends of samples"
citation = "none: a rule to be tested"
noise = "none"

parameters = dict(
    rho=our_choice(200.0, "Hz", "total rate of the outputs", low=0),
    sample_length=our_choice(40.0, "ms", "time for which one stimulus is shown", above=0),
    gap=our_choice(20.0, "ms", "time without input between two samples", low=0),
    grid=our_choice(25.0, "ms", "time step of the drift", above=0),
    tau_m=our_choice(15.0, "ms", "decay time of the post-synaptic potential", above=0),
    tau_e=our_choice(100.0, "ms", "decay time of eligibility", above=0),
    tau_v=our_choice(10.0, "ms", "time constant of the membrane", above=0),
    tau_s=our_choice(200.0, "ms", "decay time of surprise", above=0),
    eta=our_choice(0.02, "1", "learning rate", low=0),
    leak=our_choice(0.5, "1/second", "how fast theta is forgotten", low=0),
    highest=our_choice(1.5, "1", "of v: above it an output tires", low=0),
    most=our_choice(4.0, "1", "surprise that the network bears", above=0),
)

inputs = """
da/dt = -a/tau_m : 1                # alpha function
dx/dt = (a - x)/tau_m : 1
dtold/dt = (correct - told)/tau_s + excess/(10*tau_s) : 1  # reads the network
seen = x*(1 + 0.01*excess) + 0.1*told : 1
"""
outputs = """
dv/dt = (sum(w*x) - v)/tau_v : 1
dtired/dt = -tired/tau_e : 1
u = v - tired : 1
"""
signals = """
dsurprise/dt = -surprise/tau_s : 1
excess = surprise - most : 1
"""
synapses = """
w = log(1 + exp(theta)) : 1
de/dt = -e/tau_e : 1
"""
bounds = ("-3", "3")
starts = {"prior": "0.3*randn() - 2"}
drift = "-leak*theta"
events = {"tiring": "v > highest", "shock": "surprise > most"}
learning = {
    "step": "theta -= 0.0001*tired*seen",
    "output": "e += x*(1 + 0.1*u)",
    "sample": "theta += eta*(correct - 1/K)*e*(1 - 0.01*surprise)\ne = e/2",
    "tiring": "theta -= 0.001*w",
    "shock": "e -= 0.1*e",
    "teacher": "theta += 0.002*x",
    "input": "theta += 0.0005*(v - 1)*(1 + told)",
}
resets = {
    "output": "tired += 0.3\nsurprise += 1/(1 + 10*correct)",
    "input": "a += 1\ntold -= 0.01*surprise",
    "tiring": "v -= 0.2*highest",
    "shock": "surprise = surprise/2",
    "sample": """
        a = 0
        tired = tired*0.5
        surprise += 0.1*int(response < 0)
        told += 0.1*excess
        surprise = surprise*0.9
        tired -= 0.01*excess
    """,
}
