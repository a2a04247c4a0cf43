"""Kappel et al. (2018): reward instead of a teacher."""
