"""Reward-modulated synaptic sampling.

Kappel, Legenstein, Habenschuss, Hsieh & Maass (2018), eNeuro 5(2), 10.1523/ENEURO.0301-17.2018;
values from the authors' code, SPORE. e remembers what the synapse did when its output fired, g
averages what e and the reward say about the gradient, and theta samples along it.
"""

from spikesampler.language.parameter import from_code, our_choice, stated

title = "Reward-modulated synaptic sampling"
citation = "Kappel, Legenstein, Habenschuss, Hsieh & Maass (2018), eNeuro 5(2)"
noise = "exploration"

# fmt: off
parameters = dict(
    tau_r=from_code(2.0, "ms", "rise time of the post-synaptic potential", above=0),
    tau_f=from_code(20.0, "ms", "decay time of the post-synaptic potential", above=0),
    rho=our_choice(200.0, "Hz", "total rate of the output spikes", low=0),
    w_0=from_code(1.0, "1", "weight at theta = theta_0", above=0),
    theta_0=from_code(3.0, "1", "offset of theta"),
    tau_e=stated(1.0, "second", "time constant of the eligibility", above=0),
    tau_g=from_code(50.0, "second", "time constant of the gradient's estimate", above=0),
    per_step=from_code(1000.0, "Hz", "r e is added once per step of 1 ms", low=0),
    tau_mean=our_choice(50.0, "second", "time constant of the mean reward", above=0),
    beta=from_code(5e-5, "1/second", "learning rate", low=0),
    c_p=from_code(1.0, "1", "strength of the prior", low=0),
    c_g=from_code(1.0, "1", "strength of the reward's gradient", low=0),
    mu=from_code(0.0, "1", "mean of the prior"),
    theta_min=from_code(-2.0, "1", "lower bound of theta"),
    theta_max=from_code(5.0, "1", "upper bound of theta"),
    noise_scale=from_code(0.1, "1", "temperature", low=0),
    grid=from_code(100.0, "ms", "time step of drift and noise", above=0),
)
# fmt: on

inputs = """
dx_slow/dt = -x_slow/tau_f : 1
dx_fast/dt = -x_fast/tau_r : 1
y = (x_slow - x_fast)*tau_f/(tau_f - tau_r) : 1
"""
outputs = "u = sum(w*y) : 1"
synapses = """
w = w_0*exp(theta - theta_0)*int(theta >= 0)  # below 0 there is no synapse
de/dt = -e/tau_e - w*y*rate : 1               # eligibility; a spike of the output adds w*y
dg/dt = -g/tau_g + per_step*r*e : 1           # estimate of the gradient
"""
signals = """
dmean/dt = (correct - mean)/tau_mean : 1      # mean reward
r = correct - mean : 1                        # reward of the last answer, less its mean
"""

initial = {"mean": "1/K"}
bounds = ("theta_min", "theta_max")
starts = {"prior": "-0.5 + 0.5*randn()"}
drift = "beta*(c_p*(mu - theta) + clip(c_g*g, -40, 40))"
noises = {"exploration": "2*beta"}
learning = {"output": "e += w*y"}
