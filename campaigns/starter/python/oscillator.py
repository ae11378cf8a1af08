"""A damped oscillation. Change it into your own function; `tranche try` runs it at a few points."""
import numpy as np


def signal(frequency, damping, t):
    """Arguments are found by name: parameters of campaign.yaml, and its axis t as an array."""
    return np.exp(-damping * t) * np.cos(2 * np.pi * frequency * t)
