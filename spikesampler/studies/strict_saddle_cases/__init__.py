"""Functions whose saddles are known, and how long gradient descent takes to leave them."""
