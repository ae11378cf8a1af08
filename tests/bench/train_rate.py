"""The trainer's loop against the same loop in Python's torch, side by side, in turns.

    train_rate.py BUILD [--rows 20000] [--targets 64] [--width 256] [--blocks 3] [--batch 64] [--epochs 2] [--turns 5]

Both: float32, one thread, residual network, AdamW, one-cycle schedule, gradients clipped to 1, rows in a new order each
epoch. Prints processor seconds an epoch of each turn, and the ratio of the medians.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

INPUTS = 7


def in_python(options):
    """Runs in a process of its own: the same start for both."""
    import torch

    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    torch.manual_seed(1)
    x = 2 * torch.rand(options.rows, INPUTS) - 1
    z = torch.sin(x @ (2 * torch.rand(INPUTS, options.targets) - 1))

    class Block(torch.nn.Module):
        def __init__(self, width):
            super().__init__()
            self.linear = torch.nn.Linear(width, width)

        def forward(self, h):
            return h + torch.nn.functional.gelu(self.linear(h))

    network = torch.nn.Sequential(torch.nn.Linear(INPUTS, options.width), torch.nn.GELU(),
                                  *[Block(options.width) for _ in range(options.blocks)],
                                  torch.nn.Linear(options.width, options.targets))
    optimiser = torch.optim.AdamW(network.parameters(), lr=3e-3, weight_decay=1e-5)
    per_epoch = options.rows // options.batch
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 3e-3, total_steps=per_epoch * options.epochs, pct_start=0.1)
    begin = time.process_time()
    for _ in range(options.epochs):
        order = torch.randperm(options.rows)
        for k in range(per_epoch):
            rows = order[k * options.batch:(k + 1) * options.batch]
            optimiser.zero_grad()
            loss = torch.nn.functional.mse_loss(network(x[rows]), z[rows])
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            schedule.step()
    used = time.process_time() - begin
    print(json.dumps({"cpu_s_per_epoch": used / options.epochs, "loss": loss.item()}))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    for name, value in (("rows", 20000), ("targets", 64), ("width", 256), ("blocks", 3), ("batch", 64), ("epochs", 2),
                        ("turns", 5)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--python", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.python:
        return in_python(options)
    environment = dict(os.environ, OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
    ours = [os.path.join(options.build, "tests", "train_steps"), options.rows, INPUTS, options.targets, options.width,
            options.blocks, options.batch, options.epochs]
    theirs = [sys.executable, *sys.argv, "--python"]
    times = {"tranche-train": [], "Python torch": []}
    for _ in range(options.turns):
        for name, command in zip(times, (ours, theirs)):
            done = subprocess.run([str(word) for word in command], env=environment, check=True, capture_output=True, text=True)
            times[name].append(json.loads(done.stdout)["cpu_s_per_epoch"])
    for name, seconds in times.items():
        print(f"{name:14}", " ".join(f"{each:.3f}" for each in seconds), " s CPU an epoch")
    ratio = statistics.median(times["Python torch"]) / statistics.median(times["tranche-train"])
    print(f"{ratio:.2f} times as fast; load {os.getloadavg()[0]:.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
