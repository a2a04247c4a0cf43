"""Valizadeh (2022): is the position-wise optimizer faster?"""
