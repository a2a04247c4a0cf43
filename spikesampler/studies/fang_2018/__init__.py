"""Fang, Yu & Chen (2018): does synaptic noise help to learn?"""
