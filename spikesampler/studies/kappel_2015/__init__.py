"""Kappel et al. (2015): a circuit without a teacher learns clusters, also after a change."""
