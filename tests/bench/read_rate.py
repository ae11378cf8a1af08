"""Reading a contiguous store of 160 MB as the trainer does, warm.

    read_rate.py BUILD [--points 200000] [--numbers 200] [--turns 5]

Makes a campaign with a plug-in that costs nothing, in a temporary folder, and reads its output with and without gaps.
"""

import argparse
import os
import subprocess
import sys
import tempfile

CAMPAIGN = """\
tranche: 1
name: wide
parameters: {{x: {{range: [0, 1]}}}}
{constraints}
design: {{method: nested-lhs, points: {points}, seed: 7}}
simulator: {{plugin: {plugin}}}
axes: {{k: {{linear: [0, 1], n: {numbers}}}}}
outputs: {{curve: {{axes: [k], store: {{dtype: float32}}}}}}
"""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    for name, value in (("points", 200000), ("numbers", 200), ("turns", 5)):
        parser.add_argument(f"--{name}", type=int, default=value)
    options = parser.parse_args()
    plugin = os.path.abspath(os.path.join(options.build, "lib", "tranche", "libnoop_plugin.so"))
    for what, constraints in (("no gaps", ""), ("a quarter left out", 'constraints: ["sin(1000*x) < 0.7"]')):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "campaign.yaml"), "w") as file:
                file.write(CAMPAIGN.format(points=options.points, numbers=options.numbers, plugin=plugin,
                                           constraints=constraints))
            subprocess.run([os.path.join(options.build, "bin", "tranche"), "-q", "-C", folder, "run"], check=True,
                           stdout=subprocess.DEVNULL)
            done = subprocess.run([os.path.join(options.build, "tests", "read_rows"), folder, str(options.turns)],
                                  check=True, capture_output=True, text=True)
            print(f"{what}: " + "; ".join(done.stdout.splitlines()))
    print(f"load {os.getloadavg()[0]:.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
