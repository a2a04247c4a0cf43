"""A dynamic connectome supports the emergence of stable computational function of neural circuits
through reward-based learning.

David Kappel, Robert Legenstein, Stefan Habenschuss, Michael Hsieh, Wolfgang Maass. eNeuro 5(2),
2018, doi:10.1523/ENEURO.0301-17.2018. Equations and values are those of the authors' program SPORE;
the network, its stimuli and what is rewarded are ours: the winner-take-all circuit of Fang et al.
(2018), which is told after each sample whether its answer was right, and nothing else.

Symbols: e (eligibility: what the synapse did when its output fired), g (estimate of the reward's
gradient), r (reward less its running mean), y (post-synaptic potential of an input). Synapses with
theta below 0 are not there: w is exactly 0, the jump.
"""

from spikesampler.language.parameter import from_code, our_choice, stated

title = "Reward-modulated synaptic sampling"
citation = "Kappel, Legenstein, Habenschuss, Hsieh & Maass (2018), eNeuro 5(2)"
noise = "exploration"

# fmt: off
parameters = dict(
    # the network
    I=our_choice(1000, "1", "input neurons", "as in Fang et al. 2018", low=1),
    K=our_choice(10, "1", "output neurons, one per class", low=2),
    tau_r=from_code(2.0, "ms", "rise time of the post-synaptic potential", above=0,
        below="tau_f"),
    tau_f=from_code(20.0, "ms", "decay time of the post-synaptic potential", above=0),
    rho=our_choice(200.0, "Hz", "total rate of the output spikes", "Fang et al. 2018", low=0),
    # reward
    reward=our_choice("answer", "1",
        "what is rewarded: the right answer; or, as controls, as many samples at random, or none",
        choices=("answer", "random", "none")),
    reward_delay=our_choice(0, "1", "samples by which the reward comes later, 5 at most",
        low=0, high=5),
    tau_mean=our_choice(50.0, "second", "time constant of the mean reward", above=0),
    # synapses and learning
    theta_0=from_code(3.0, "1", "offset of theta: w = w_0 exp(theta - theta_0)"),
    w_0=from_code(1.0, "1", "weight at theta = theta_0", above=0),
    retraction=from_code("jump", "1",
        "what a weak synapse transmits: 0 below theta = 0, or w all the same",
        choices=("jump", "none")),
    tau_e=stated(1.0, "second", "time constant of the eligibility", above=0),
    tau_g=from_code(50.0, "second", "time constant of the gradient's estimate", above=0),
    per_step=from_code(1000.0, "Hz", "r e is added once per step of 1 ms", low=0),
    beta=from_code(5e-5, "1/second", "learning rate", low=0),
    c_p=from_code(1.0, "1", "strength of the prior", low=0),
    c_g=from_code(1.0, "1", "strength of the reward's gradient", low=0),
    mu=from_code(0.0, "1", "mean of the prior"),
    start_mean=from_code(-0.5, "1", "mean of theta at the start", "an example of SPORE"),
    start_sd=from_code(0.5, "1", "standard deviation of theta at the start",
        "an example of SPORE", low=0),
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
w = w_0*exp(theta - theta_0)*int(theta >= 0) if retraction == 'jump' else w_0*exp(theta - theta_0)
de/dt = -e/tau_e - w*y*rate : 1  # eligibility; a spike of the output adds w*y
dg/dt = -g/tau_g + per_step*r*e : 1  # estimate of the gradient
"""

# what was rewarded in the last samples: told is the reward that arrives now
signals = """
dlast_0/dt = 0/second : 1
dlast_1/dt = 0/second : 1
dlast_2/dt = 0/second : 1
dlast_3/dt = 0/second : 1
dlast_4/dt = 0/second : 1
dlast_5/dt = 0/second : 1
near = last_0*int(reward_delay < 0.5) + last_1*int(abs(reward_delay - 1) < 0.5) : 1
further = last_2*int(abs(reward_delay - 2) < 0.5) + last_3*int(abs(reward_delay - 3) < 0.5) : 1
late = last_4*int(abs(reward_delay - 4) < 0.5) + last_5*int(reward_delay > 4.5) : 1
told = near + further + late : 1
dmean/dt = (told - mean)/tau_mean : 1  # mean reward
r = told - mean if reward != 'none' else 0 : 1
"""
initial = {name: "1/K" for name in ("mean", *(f"last_{n}" for n in range(6)))}
resets = {
    "sample": """
last_5 = last_4
last_4 = last_3
last_3 = last_2
last_2 = last_1
last_1 = last_0
last_0 = int(rand() < mean) if reward == 'random' else correct
"""
}

bounds = ("theta_min", "theta_max")
starts = {"prior": "start_mean + start_sd*randn()"}
drift = "beta*(c_p*(mu - theta) + clip(c_g*g, -40, 40))"
noises = {"exploration": "2*beta"}
learning = {"output": "e += w*y"}
