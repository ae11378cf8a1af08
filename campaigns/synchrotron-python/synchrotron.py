"""Synchrotron spectrum of a power law of electrons in a sphere: optically thin, no cooling. Gaussian units."""
import numpy as np

E, M, C = 4.80320471e-10, 9.1093837e-28, 2.99792458e10  # electron: charge (esu), mass (g); speed of light (cm/s)


def integral(y, x):
    return ((y[..., 1:] + y[..., :-1]) / 2 * np.diff(x)).sum(axis=-1)


def kernel(x):
    """x times the integral of K_5/3, averaged over pitch angles; within 0.2 % (Aharonian et al. 2010, eq. D7)."""
    c = np.cbrt(x)
    return (1.808 * c / np.sqrt(1 + 3.4 * c**2) * np.exp(-x)
            * (1 + 2.21 * c**2 + 0.347 * c**4) / (1 + 1.353 * c**2 + 0.217 * c**4))


def spectrum(R, B, n, p, gamma_min, gamma_max, nu):
    """nu L_nu (erg/s) on the frequencies nu (Hz)."""
    log_gamma = np.linspace(np.log(gamma_min), np.log(gamma_max), 300)
    gamma = np.exp(log_gamma)
    electrons = gamma**-p / integral(gamma**(1 - p), log_gamma) * n * 4 / 3 * np.pi * R**3  # N(gamma) of the sphere
    critical = 3 * E * B * gamma**2 / (4 * np.pi * M * C)                         # Rybicki & Lightman, eq. 6.17
    power = np.sqrt(3) * E**3 * B / (M * C**2) * kernel(nu[:, None] / critical)   # per Hz and electron, eq. 6.33
    return nu * integral(power * electrons * gamma, log_gamma)
