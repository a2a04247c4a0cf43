"""Sums over synapses, kept and not, read wherever a text may read one.

A rule of ours, made to be tested.
"""

from spikesampler.language.parameter import our_choice

title = "Sums read everywhere"
citation = "none: a rule to be tested"
noise = "none"

parameters = dict(
    rho=our_choice(200.0, "Hz", "total rate of the outputs", low=0),
    tau=our_choice(15.0, "ms", "decay time of potentials and eligibility", above=0),
    leak=our_choice(2.0, "1/second", "how fast theta is forgotten", low=0),
    most=our_choice(0.5, "1", "surprise that the network bears", above=0),
)

inputs = """
dy/dt = -y/tau : 1
dx/dt = (y - x)/tau : 1             # an alpha function
"""
outputs = """
u = sum(w*(x - y/3)) - tired : 1
dtired/dt = -tired/tau : 1
first = sum(w*y) : 1                # of what the chain begins with
odd = sum(w*x*(theta % 0.7)) : 1    # a remainder is a factor
stirred = sum(e*x)/I : 1            # taken in every step
"""
signals = "dsurprise/dt = -surprise/tau : 1"
synapses = """
w = exp(theta) : 1
de/dt = -e/tau + 0.1*(stirred + tanh(odd))/tau : 1
dslow/dt = -slow/(9*tau) : 1        # and what the grid does
dstill/dt = -(still - still)/tau : 1    # it cancels, and does not move
"""
bounds = ("-3", "1")
starts = {"prior": "0.3*randn()"}
drift = {
    "theta": "leak*(0.1*tanh(first) + 0.1*stirred - theta)",
    "slow": "leak*(tanh(u) - slow*sqrt(abs(-0.9)))",
}
events = {"burst": "rate*second > 60", "shock": "surprise > most"}
learning = {
    "output": "theta -= 0.01*x*tanh(u); e += w*x",
    "input": "theta += 0.001*tanh(stirred + slow + still) - 0.0005*tanh(u)",
    # what cancels keeps its names, two draws are two, and whole numbers are floats as all others
    "burst": """
    e = e*0.99*tau/tau + clip(rand(), 0.1, 0.1)*clip(rand(), 0.3, 0.3)
    still += clip(int(9*x), -0.5, 0.5) + int(k)/3 - clip(k, 0, 0.7)
    """,
}
resets = {
    "output": "tired += 0.3\nsurprise += 0.1 + 0.01*tanh(first)",
    "shock": "tired *= 0.9; surprise = surprise/2",
    "sample": "y = 0\ntired += 0.01*tanh(stirred)",
}
