"""What README.md and the index begin with: questions, answered by sentences of studies."""

__all__ = ["HEADLINES"]

#: (question, ((study, which of the five sentences with which its page begins, from 1), …))
HEADLINES = (
    (
        "Is the spiking network of Fang, Yu & Chen (2018) more accurate with noise?",
        (("fang_2018", 2), ("fang_2018", 3), ("fang_2018_readings", 4)),
    ),
    ("Where does such noise pay, and where does it cost?", (("noise_benefit_map", 2),)),
    (
        "Is it where the noise is strong, or only how strong it is?",
        (("fang_2018_structure", 2), ("fang_2018_structure", 3)),
    ),
    (
        "What does noise buy a network that averages over samples of θ?",
        (("fang_2018_averages", 2), ("fang_2018_averages", 4)),
    ),
    (
        "Do momentum and transmission noise do what synaptic noise does?",
        (("fang_2018_arms", 1), ("fang_2018_arms", 3)),
    ),
    (
        "Does synaptic noise help a general network, of rates and back-propagation?",
        (("fang_2018_rate_network", 2), ("fang_2018_rate_network", 3)),
    ),
    (
        "Where does noise help a network of two layers?",
        (("two_layer", 1), ("two_layer", 2), ("two_layer", 5)),
    ),
    (
        "Does reward alone teach a spiking network (Kappel et al. 2018)?",
        (("kappel_2018", 1), ("kappel_2018", 2)),
    ),
    (
        "Does the criterion of Theorem 1 tell saddles, and does noise make them?",
        (("fang_2018_saddle", 2), ("fang_2018_saddle", 4)),
    ),
    (
        "What is noise good for in a circuit without a teacher (Kappel et al. 2015)?",
        (("kappel_2015", 2), ("kappel_2015", 3), ("kappel_2015", 4)),
    ),
    (
        "Does STDP find the hidden causes of its input, and does noise help it (Nessler et al."
        " 2013)?",
        (("nessler_2013", 1), ("nessler_2013", 3)),
    ),
    (
        "Do lateral synapses learn sequences (Kappel, Nessler & Maass 2014)?",
        (("kappel_2014", 1), ("kappel_2014", 2)),
    ),
    (
        "Does the textbook's rule of pairs do in steps of time what the textbook says?",
        (("stdp_pairs", 3),),
    ),
    (
        "Do sizes of synapses that fluctuate without spikes have the laws that are known?",
        (("spine_sizes", 2), ("spine_sizes", 4)),
    ),
    (
        "Does training find the sawtooth of the network that Gamst & Walker (2017) made by hand?",
        (("gamst_walker", 2),),
    ),
    (
        "Is the position-wise optimizer of Valizadeh (2022) faster than gradient descent?",
        (("position_wise", 2), ("position_wise", 3)),
    ),
    (
        "Does LIGHT (Kulikovskikh & Legović 2021) train better networks than a sigmoid?",
        (("light_tables", 2), ("light_tables", 4)),
    ),
    (
        "Does perturbed descent pass rows of saddles in no more time for each, as in theory?",
        (("strict_saddle_cases", 3),),
    ),
)
