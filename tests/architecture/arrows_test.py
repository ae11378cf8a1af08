"""Includes between modules point down only, and each outside library is named by one module.

    arrows_test.py SOURCE_FOLDER
"""

import pathlib
import re
import sys

CORE = {
    "base": set(),
    "deck": {"base"},
    "readout": {"base"},
    "design": {"base"},
    "atlas": {"base", "design"},
    "campaign": {"base", "deck", "design"},
    "wire": {"base"},
    "schedule": {"base", "wire"},
    "learn": {"base", "design"},
}
ADAPTERS = {"expression", "units", "config", "directory", "ledger", "store", "comm", "simulate", "slurm",
            "surrogate", "exchange"}
# Text becomes a specification in config: it needs formulas and units to say what is wrong with them.
# What a command's result names as its unit is compared where the result is read.
# What is exported is a surrogate. Inputs of a surrogate may be linked by formulas.
ADAPTER_EXCEPTIONS = {("config", "expression"), ("config", "units"), ("simulate", "units"), ("exchange", "surrogate"),
                      ("surrogate", "expression")}
APPLICATIONS = {
    "inspect": CORE.keys() | ADAPTERS,
    "launch": CORE.keys() | ADAPTERS,
    "models": CORE.keys() | ADAPTERS | {"inspect"},
    "daemon": CORE.keys() | ADAPTERS | {"inspect"},
    "cli": CORE.keys() | ADAPTERS | {"inspect", "launch", "models"},
    "trainer": CORE.keys() | ADAPTERS | {"inspect"},
}
LIBRARIES = {
    "mpi.h": {"comm", "store", "daemon"},  # parallel HDF5 needs a communicator; the daemon hands it over
    "hdf5.h": {"store", "simulate", "surrogate"},  # slots read what commands have written
    "SQLiteCpp/": {"ledger"},
    "sqlite3.h": {"ledger"},
    "yaml-cpp/": {"config"},
    "muParser.h": {"expression"},
    "udunits2.h": {"units"},
    "xxhash.h": {"base"},
    "onnx/": {"exchange"},
    "google/protobuf/": {"exchange"},
    "torch/": {"trainer"},
}


def allowed(module):
    if module in CORE:
        return CORE[module]
    if module in ADAPTERS:
        return CORE.keys() | {other for one, other in ADAPTER_EXCEPTIONS if one == module}
    return APPLICATIONS[module]


def main(root):
    findings = []
    files = 0
    for top in ("include/tranche", "src"):
        for path in sorted((root / top).rglob("*.[ch]pp")):
            module = path.relative_to(root / top).parts[0]
            files += 1
            for name in re.findall(r'^\s*#include\s+["<]([^">]+)[">]', path.read_text(), re.M):
                match = re.match(r"tranche/([a-z]+)/", name)
                if match and match[1] != module and match[1] not in allowed(module):
                    findings.append(f"{path.relative_to(root)}: {module} may not include {name}")
                for library, users in LIBRARIES.items():
                    if name.startswith(library) and module not in users:
                        findings.append(f"{path.relative_to(root)}: {name} belongs to {', '.join(sorted(users))}")
    for finding in findings:
        print(finding)
    print(f"{files} files, {len(findings)} wrong arrows")
    return 1 if findings or files < 100 else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
