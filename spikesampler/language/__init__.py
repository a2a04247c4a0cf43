"""What a model file says: parameters, units, equations, noise arms."""
