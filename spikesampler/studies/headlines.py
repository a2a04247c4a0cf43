"""Which findings README.md and the index begin with: questions, each with (study, key) of some."""

__all__ = ["HEADLINES"]


def _of(study: str, *keys: str) -> tuple[tuple[str, str], ...]:
    return tuple((study, key) for key in keys)


HEADLINES = (
    (
        "Is the spiking network of Fang, Yu & Chen (2018) more accurate with noise?",
        _of(
            "fang_2018",
            "almost_20_test_prior",
            "almost_20_test_plateau",
            "almost_20_online_plateau",
            "almost_20_held_out_plateau",
            "cannot_learn_prior",
            "digits_higher_prior",
            "digits_higher_plateau",
        )
        + _of(
            "fang_2018_readings",
            "higher_plateau_1700",
            "higher_plateau_8640",
            "all_three",
            "after_learning",
        ),
    ),
    (
        "Does it learn sooner with noise?",
        _of(
            "fang_2018",
            "early_sooner_prior",
            "sooner_plateau",
            "cannot_learn_by_1700_s_plateau",
            "course_1700_s_prior",
            "course_1700_s_plateau",
            "pays_until",
            "annealed_sooner_weight_linear_plateau",
            "annealed_keeps_weight_linear_plateau",
        )
        + _of("noise_benefit_map", "costs_weight_step", "sooner_weight_start"),
    ),
    (
        "Is it the noise's structure, or its power alone?",
        _of("fang_2018", "not_power_plateau")
        + _of("fang_2018_structure", "late_1", "hot_1", "escape_1"),
    ),
    (
        "What does noise buy a network that averages over samples of θ?",
        _of(
            "fang_2018_averages",
            "gain_prior",
            "gain_plateau",
            "gain_constant_prior",
            "recovers_prior",
            "anneal_plateau",
            "loss_prior",
        ),
    ),
    (
        "Does the network climb the objective of the theory, and does noise leave saddles?",
        _of("fang_2018_gradient", "climbs_learnt", "smooth_learnt")
        + _of("fang_2018_saddle", "sign_paper", "sign_small", "valid_peak", "potential_spread")
        + _of("strict_saddle_cases", "plain_least", "perturbed_least"),
    ),
    (
        "What is a network without the prior, which the paper warns of?",
        _of("fang_2018_prior", "responds_slowly", "overfits"),
    ),
    (
        "What does noise do to a circuit without a teacher (Kappel et al. 2015)?",
        _of("kappel_2015", "makes_up", "makes_up_without_noise", "turnover"),
    ),
    (
        "Do networks find the hidden minimum of Gamst & Walker (2017), made by hand, by training or"
        " by noise?",
        _of(
            "gamst_walker",
            "sawtooth_momentum",
            "sawtooth_adadelta_keras_2017",
            "shell_momentum",
            "radius_momentum",
            "never_adadelta_keras_2017",
            "data_error_momentum",
            "easier_adadelta_keras_2017",
            "wide_adadelta_keras_2017",
            "noise_found_glorot",
        ),
    ),
    (
        "Is the position-wise optimizer of Valizadeh (2022) faster than gradient descent?",
        _of("position_wise", "cat-epochs", "cat-scaled", "cat-tuned", "algorithm-python-5")
        + _of("position_wise_depth", "grows-1", "work-1"),
    ),
    (
        "Does LIGHT, an output that grows and is harvested (Kulikovskikh & Legović 2021), train"
        " better networks than a sigmoid?",
        _of(
            "light_tables",
            "best",
            "significant",
            "gain_adam",
            "best_growth",
            "harvest",
            "best_step",
            "best_at_once",
            "iterations_sgd",
            "epochs_test",
        )
        + _of("light_edge_of_stability", "push", "fix"),
    ),
    (
        "Is what a lecture on optimisation says right (van der Smagt)?",
        _of("optimisation_primer", "condition_gamst", "sum", "taylor"),
    ),
)
