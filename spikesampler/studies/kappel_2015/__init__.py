"""Kappel et al. (2015): a circuit without a teacher learns clusters, and learns anew when they
change.
"""
