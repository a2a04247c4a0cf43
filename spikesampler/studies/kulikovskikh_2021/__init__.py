"""Kulikovskikh & Legović (2021): LIGHT, outputs that grow and are harvested."""
