"""What P. van der Smagt's lecture "optimisation in neural networks" says, measured."""
