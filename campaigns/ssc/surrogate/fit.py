"""Recovers the parameters of a spectrum with a surrogate and emcee: a corner picture, and what the fit predicts.

    tranche predict m1 --index 77 --csv > observed.csv
    python3 fit.py models/m1/surrogate.h5 observed.csv --sigma 0.05 --picture fit.png
    python3 fit.py models/m1/surrogate.h5 observed.csv z=0.031 t_var=1e4 "R=2.998e10*t_var*delta/(1+z)"

observed.csv: a column with the axis, and one with values as stored (log10), named `simulated` or the second one. Every
input of the surrogate is free, within the ranges of the campaign, unless it is fixed or linked (NAME=VALUE,
NAME=FORMULA). Needs python3-emcee and python3-matplotlib; tranche_surrogate.py must be found (see PYTHONPATH).
"""

import argparse
import csv
import sys

import emcee
import numpy as np
from tranche_surrogate import Surrogate, SurrogateError


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("surrogate")
    parser.add_argument("observed", help="CSV file")
    parser.add_argument("binding", nargs="*", help="NAME=VALUE or NAME=FORMULA")
    parser.add_argument("--sigma", type=float, default=0.05, help="standard error of each value, dex")
    parser.add_argument("--window", type=float, default=8, help="decades below the peak that are fitted")
    parser.add_argument("--walkers", type=int, default=48)
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--picture", help="PNG file")
    parser.add_argument("--table", help="CSV file of medians and intervals")
    return parser.parse_args()


def read_observed(path):
    with open(path, newline="") as file:
        rows = list(csv.reader(file))
    column = rows[0].index("simulated") if "simulated" in rows[0] else 1
    return np.array([float(row[0]) for row in rows[1:]]), np.array([float(row[column]) for row in rows[1:]])


class Box:
    """Free inputs between 0 and 1, evenly in their own scale."""

    def __init__(self, surrogate):
        for one in surrogate.inputs:
            if not np.isfinite(one.lo):
                sys.exit(f"fit.py: {one.name} has no range: give it as {one.name}=VALUE")
        self.log = np.array([one.scale == "log" for one in surrogate.inputs])
        lo = np.array([one.lo for one in surrogate.inputs])
        hi = np.array([one.hi for one in surrogate.inputs])
        self.lo = np.where(self.log, np.log10(np.where(self.log, lo, 1)), lo)
        self.hi = np.where(self.log, np.log10(np.where(self.log, hi, 1)), hi)

    def shown(self, shares):
        """In the units people use: log10 where the scale is log."""
        return self.lo + shares * (self.hi - self.lo)

    def values(self, shares):
        shown = self.shown(shares)
        return np.where(self.log, 10 ** np.where(self.log, shown, 0), shown)


class Fit:
    def __init__(self, surrogate, observed, options):
        self.surrogate, self.box, self.observed = surrogate, Box(surrogate), observed
        self.weight = (observed > observed.max() - options.window) / options.sigma**2
        self.options = options

    def log_probability(self, shares):
        """Of many points at once: flat inside the box, and where the campaign has looked."""
        inside = np.all((shares >= 0) & (shares <= 1), axis=1)
        result = np.full(len(shares), -np.inf)
        if inside.any():
            values = self.box.values(shares[inside])
            spectra = self.surrogate(values)
            chance = -0.5 * ((spectra - self.observed) ** 2 * self.weight).sum(axis=1)
            result[inside] = np.where(self.surrogate.inside(values), chance, -np.inf)
        return result

    def start(self, random, walkers, dimensions):
        """Around the best of many random points, which a few rounds of smaller and smaller boxes have improved."""
        best, width = np.full(dimensions, 0.5), 1.0
        best_chance = -np.inf
        for _ in range(14):
            shares = np.clip(best + width * (random.random((2000, dimensions)) - 0.5), 0, 1)
            chances = self.log_probability(shares)
            if chances.max() > best_chance:
                best, best_chance = shares[chances.argmax()], chances.max()
            width *= 0.65
        return np.clip(best + 1e-3 * random.standard_normal((walkers, dimensions)), 1e-6, 1 - 1e-6)

    def run(self):
        options = self.options
        random = np.random.default_rng(options.seed)
        dimensions = len(self.surrogate.inputs)
        walkers = max(options.walkers, 2 * dimensions + 2)
        np.random.seed(options.seed)  # emcee draws from it
        sampler = emcee.EnsembleSampler(walkers, dimensions, self.log_probability, vectorize=True)
        sampler.run_mcmc(self.start(random, walkers, dimensions), options.steps)
        self.acceptance = sampler.acceptance_fraction.mean()
        return sampler.get_chain(discard=options.steps // 2, thin=5, flat=True)


def names_of(fit):
    return [("log10 " if log else "") + one.name for log, one in zip(fit.box.log, fit.surrogate.inputs)]


def picture(path, fit, axis, chain):
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    names, shown, count = names_of(fit), fit.box.shown(chain), len(fit.surrogate.inputs)
    figure = plt.figure(figsize=(2 + 1.6 * count, 5 + 1.6 * count), layout="constrained")
    above, below = figure.subfigures(2, 1, height_ratios=[3.4, 1.6 * count])
    show_spectrum(above.subplots(), fit, axis, chain)
    boxes = below.subplots(count, count, squeeze=False)
    for row in range(count):
        for column in range(count):
            box = boxes[row, column]
            if column > row:
                box.axis("off")
                continue
            if column == row:
                box.hist(shown[:, row], 30, histtype="stepfilled", color="tab:blue")
                box.set_yticks([])
            else:
                box.hist2d(shown[:, column], shown[:, row], 30, cmap="Blues")
            if row == count - 1:
                box.set_xlabel(names[column])
            if column == 0 and row > 0:
                box.set_ylabel(names[row])
            elif row > 0:
                box.set_yticklabels([])
            box.tick_params(labelsize=6)
    figure.savefig(path, dpi=110)


def show_spectrum(box, fit, axis, chain):
    box.fill_between(axis, *bands(fit, chain, 2.3, 97.7), color="tab:orange", alpha=0.3, label="predicted, 95 %")
    box.fill_between(axis, *bands(fit, chain, 16, 84), color="tab:orange", alpha=0.6, label="predicted, 68 %")
    used = fit.weight > 0
    box.plot(axis[used], fit.observed[used], "k.", ms=3, label="observed")
    box.set(xscale="log" if axis[0] > 0 and axis[-1] > 100 * axis[0] else "linear",
            xlabel=f"{fit.surrogate.axes[0].name} / {fit.surrogate.axes[0].unit}", ylabel=f"log10 {fit.surrogate.output}",
            ylim=(fit.observed[used].min() - 1, fit.observed.max() + 0.5))
    box.legend(fontsize=8)


def bands(fit, chain, *shares):
    some = chain[:: max(1, len(chain) // 400)]
    return np.percentile(fit.surrogate(fit.box.values(some)), shares, axis=0)


def summary(fit, chain):
    """name, median, and the ends of the interval of 68 %, a row an input."""
    low, middle, high = np.percentile(fit.box.shown(chain), [16, 50, 84], axis=0)
    return list(zip(names_of(fit), middle, low, high))


def main():
    options = arguments()
    try:
        surrogate = Surrogate(options.surrogate, **dict(word.split("=", 1) for word in options.binding))
    except SurrogateError as error:
        sys.exit(f"fit.py: {error}")
    axis, observed = read_observed(options.observed)
    fit = Fit(surrogate, observed, options)
    chain = fit.run()
    rows = summary(fit, chain)
    for name, middle, low, high in rows:
        print(f"{name:>16}  {middle:10.4f}  [{low:.4f}, {high:.4f}]")
    low, high = bands(fit, chain, 2.3, 97.7)
    used = fit.weight > 0
    off = np.median(np.abs(np.median([low, high], axis=0) - observed)[used])
    print(f"accepted {fit.acceptance:.2f}; median distance of the band's middle to the spectrum {off:.4f} dex")
    if options.table:
        with open(options.table, "w", newline="") as file:
            csv.writer(file).writerows([("name", "median", "low", "high"), *rows])
    if options.picture:
        picture(options.picture, fit, axis, chain)


if __name__ == "__main__":
    main()
