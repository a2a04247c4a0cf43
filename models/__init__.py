"""One file per paper: citation, parameters with unit, meaning and source, Brian2 equations and
event rules as text.
"""
