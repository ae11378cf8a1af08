"""Surrogates from outside: the shared library, Python, C, Fortran, `tranche predict`, a fit. Weights are random.

    surrogate_test.py BUILD [library|python|programs|predict|fit ...]
"""

import csv
import json
import os
import pickle
import re
import shutil
import subprocess
import sys
import tempfile
import threading

import h5py
import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from campaigns import Judge, Programs, make_campaign, tranche  # noqa: E402

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
EXAMPLES = os.path.join(SOURCE, "campaigns", "ssc", "surrogate")
MIDDLE = {"delta": 26.5, "R": 10**16.5, "B": 10**-0.5, "L_e": 1e45, "gamma_min": 10**2.5, "gamma_max": 1e5, "p": 3.0}
SMALL = ["--layers", "linear 24 gelu,residual silu"]


def run(*words, **options):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=300, **options)


def output_of(*words):
    done = run(*words)
    assert done.returncode == 0, f"{words[0]} ended with {done.returncode}: {done.stderr}"
    return done.stdout


class Surrogates:
    def __init__(self, judge, programs, folder):
        self.judge, self.programs, self.folder = judge, programs, folder
        self.library = os.path.join(programs.build, "lib", "libtranche_surrogate.so")

    def make(self, name, *options):
        """Path, and what the plain evaluation gives in the middle of all ranges."""
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        text = output_of(os.path.join(self.programs.build, "tests", "make_surrogate"), path, *options)
        return path, np.array([float(line) for line in text.split()])

    # The library file.

    def check_library(self):
        names = [line.split()[-1].split("@")[0] for line in
                 output_of("nm", "-D", "--defined-only", self.library).splitlines()]
        wrong = [name for name in names if not re.match("tranche_surrogate_|TRANCHE_SURROGATE_1$", name)]
        self.judge(len(names) >= 7 and not wrong, "only tranche_surrogate_* is exported", wrong or names)
        needed = output_of("ldd", self.library)
        self.judge("libhdf5" in needed and not re.search(r"libmpi|openmpi|torch|libopen-", needed),
                   "neither MPI nor torch is needed", needed)
        self.check_kernels()

    def check_kernels(self):
        """No symbol that the linker would merge with one compiled for another processor."""
        objects = [os.path.join(folder, name) for folder, _, names in os.walk(os.path.join(self.programs.build, "src", "surrogate"))
                   for name in names if re.match(r"kernels_\w+\.cpp\.o$", name)]
        wrong = {}
        for path in objects:
            own = os.path.basename(path).split(".")[0]
            for line in output_of("nm", "-C", "--defined-only", path).splitlines():
                kind, name = line.split(maxsplit=2)[1:]
                # Of a sanitized build: its own marks.
                if kind.isupper() and f"::{own}::" not in name and not re.search("asan|ubsan|odr|DW.ref", name):
                    wrong.setdefault(own, []).append(line)
        self.judge(objects and not wrong, "kernels share no symbol with other objects", wrong or objects)

    # Python.

    def in_python(self, check):
        """In a child process: a sanitized library has to come with its runtime first."""
        environment = dict(os.environ, TRANCHE_SURROGATE_LIBRARY=self.library)
        runtime = re.search(r"=> (\S*libasan\S*)", output_of("ldd", self.library))
        if runtime:
            environment.update(LD_PRELOAD=runtime[1], ASAN_OPTIONS="detect_leaks=0")
        done = run(sys.executable, __file__, self.programs.build, check, "--inside", self.folder, env=environment)
        print(done.stdout, end="")
        self.judge(done.returncode == 0 and "ok  " in done.stdout, f"{check} in Python", done.stdout[-500:] + done.stderr)

    def check_python(self):
        self.make("one.h5")
        self.make("three.h5", "--members", "3")
        path, plain = self.make("conv.h5", "--form", "derivative", "--baseline", "linear", "--layers",
                                "linear 24 relu,reshape 4 6,transposed 3 5 2 gelu,conv 2 3 gate")
        np.savetxt(path + ".txt", plain)
        self.make("bytes.h5", *SMALL)
        for name in ("one.h5", "three.h5"):
            np.savetxt(os.path.join(self.folder, name + ".txt"),
                       self.make(name, *(["--members", "3"] if name == "three.h5" else []))[1])
        self.in_python("inside_python")

    def check_inside_python(self):
        import tranche_surrogate
        from tranche_surrogate import Surrogate
        judge, folder = self.judge, self.folder
        for cpu in (None, "plain"):
            if cpu:
                os.environ["TRANCHE_SURROGATE_CPU"] = cpu
            for name in ("one.h5", "three.h5", "conv.h5"):
                s = Surrogate(os.path.join(folder, name))
                off = np.abs(s(MIDDLE) - np.loadtxt(os.path.join(folder, name + ".txt"))).max()
                judge(off < 1e-5, f"{name} on {s.cpu}: within 1e-5 of the plain evaluation", off)
        os.environ.pop("TRANCHE_SURROGATE_CPU", None)
        s = Surrogate(os.path.join(folder, "one.h5"))
        self.check_calls(s, Surrogate)
        self.check_refusals(s, Surrogate, tranche_surrogate.SurrogateError)

    def check_calls(self, s, Surrogate):
        judge, names = self.judge, tuple(MIDDLE)
        judge(s.names == names and s.axis.shape == (177,) and s.axes[0].unit == "Hz" and s.log10 and s.unit == "erg s-1",
              "names, axis and output are described", s)
        judge(s.accuracy["median"] == 0.015 and s.provenance["store_digest"] == "00ff" and s.constraints == ["gamma_max >= 2*gamma_min"],
              "so are accuracy, provenance and constraints", s.accuracy, s.provenance)
        random = np.random.default_rng(3)
        rows = np.array(list(MIDDLE.values())) * random.uniform(0.9, 1.1, (50, 7))
        batch = s(rows)
        one_by_one = np.array([s(row) for row in rows])
        judge(batch.shape == (50, 177) and np.array_equal(batch, one_by_one), "a batch is its points one by one")
        judge(np.array_equal(s(**dict(zip(names, rows.T))), batch), "columns by name are the same batch")
        judge(np.allclose(s(rows, linear=True), 10**batch, rtol=1e-12), "linear values are powers of ten")
        linked = Surrogate(s.path, z=0.031, R="2.998e10*t_var*delta/(1+z)", p=3)
        judge(linked.names == ("delta", "B", "L_e", "gamma_min", "gamma_max", "t_var"), "fixed and linked inputs", linked.names)
        given = {**{name: MIDDLE[name] for name in linked.names if name != "t_var"}, "t_var": 4e4}
        radius = 2.998e10 * 4e4 * MIDDLE["delta"] / 1.031
        judge(np.array_equal(linked(given), s({**MIDDLE, "R": radius})), "a linked input is what its formula says")
        judge(abs(linked.network_values(given)[1] / radius - 1) < 1e-14, "and can be looked at")
        judge(s.inside(MIDDLE) and not s.inside({**MIDDLE, "delta": 51}) and not s.inside({**MIDDLE, "gamma_max": 500}),
              "points outside and excluded are flagged")
        said = s.outside({**MIDDLE, "delta": 51, "gamma_max": 500})
        judge(said == ["delta lies outside [3, 50]", "excluded from the campaign by gamma_max >= 2*gamma_min"], "in words", said)
        judge(np.isnan(s.with_error(MIDDLE)[1]).all(), "one member has no error bars")
        three = Surrogate(os.path.join(self.folder, "three.h5"))
        mean, error = three.with_error(rows)
        judge(three.members == 3 and np.array_equal(mean, three(rows)) and (error > 0).all(), "an ensemble has")
        judge(np.array_equal(pickle.loads(pickle.dumps(linked))(given), linked(given)), "a surrogate can be pickled")
        found = [None] * 4

        def work(k):
            for _ in range(10):
                found[k] = linked(np.tile([given[name] for name in linked.names], (200, 1)))

        threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        judge(all(np.array_equal(one, found[0]) for one in found) and np.array_equal(found[0][7], linked(given)),
              "threads share a handle")
        bad = s({**MIDDLE, "B": np.nan})
        judge(np.isnan(bad).all(), "NaN in, NaN out")

    def check_refusals(self, s, Surrogate, Error):
        def said(work):
            try:
                work()
            except Error as error:
                return f"{error.code}: {error}"
            return "nothing was refused"

        without = {name: value for name, value in MIDDLE.items() if name != "B"}
        whole = open(os.path.join(self.folder, "bytes.h5"), "rb").read()
        cut = os.path.join(self.folder, "cut.h5")
        with open(cut, "wb") as file:
            file.write(whole[: len(whole) // 2])
        newer, lacking = os.path.join(self.folder, "newer.h5"), os.path.join(self.folder, "lacking.h5")
        for path in (newer, lacking):
            shutil.copy(os.path.join(self.folder, "bytes.h5"), path)
        with h5py.File(newer, "r+") as file:
            file.attrs["tranche_surrogate"] = np.uint64(2)
        with h5py.File(lacking, "r+") as file:
            del file["members/0/network/1/bias"]
        shaped = os.path.join(self.folder, "shaped.h5")
        shutil.copy(os.path.join(self.folder, "bytes.h5"), shaped)
        with h5py.File(shaped, "r+") as file:
            del file["members/0/network/0/weight"]
            file["members/0/network/0/weight"] = np.zeros((24, 6), np.float32)
        closed = Surrogate(s.path)
        closed.close()
        cases = {
            "missing: B": lambda: s(without),
            "did you mean gamma_min?": lambda: s({**MIDDLE, "gama_min": 3}),
            "needs 7 numbers a point": lambda: s(np.zeros((3, 6))),
            "give numbers or names, not both": lambda: s(np.zeros(7), B=3),
            "the surrogate is closed": lambda: closed(MIDDLE),
            "7: open .*/none.h5: No such file": lambda: Surrogate(os.path.join(self.folder, "none.h5")),
            "8: .*cut.h5 is no HDF5 file, or was cut off": lambda: Surrogate(cut),
            "2: .*newer.h5 has format 2, and this tranche reads up to 1": lambda: Surrogate(newer),
            "8: .*lacking.h5: dataset /members/0/network/1/bias is missing": lambda: Surrogate(lacking),
            "8: .*shaped.h5: dataset /members/0/network/0/weight is 24 x 6, and must be 24 x 7": lambda: Surrogate(shaped),
            "2: `radius` is no input of this surrogate": lambda: Surrogate(s.path, radius=3),
            "2: z is a constant of the campaign": lambda: Surrogate(s.path, z=0.5),
            "2: R = 2\\*\\(delta: ": lambda: Surrogate(s.path, R="2*(delta"),
        }
        for pattern, work in cases.items():
            text = said(work)
            self.judge(re.search(pattern, text) is not None, f"refused: {pattern}", text)

    # Other languages.

    def check_programs(self):
        path, plain = self.make("one.h5")
        values = [repr(value) for value in MIDDLE.values()]
        for language, compiler, program, sources in (
                ("C", ["cc", "-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror"], "predict", ["predict.c"]),
                ("Fortran", ["gfortran", "-std=f2008", "-Wall", "-J", self.folder], "predict_f",
                 [os.path.join(SOURCE, "include", "tranche", "surrogate.f90"), "predict.f90"])):
            if not shutil.which(compiler[0]):
                print(f"skipped: {language} ({compiler[0]} is not installed)")
                continue
            lib = os.path.dirname(self.library)
            flags = ["-fsanitize=address"] if "libasan" in output_of("ldd", self.library) else []
            built = run(*compiler, *flags, "-I", os.path.join(SOURCE, "include"), *(os.path.join(EXAMPLES, one) for one in sources),
                        "-o", os.path.join(self.folder, program), "-L", lib, "-ltranche_surrogate", f"-Wl,-rpath,{lib}")
            if not self.judge(built.returncode == 0, f"the example in {language} compiles", built.stderr):
                continue
            program = os.path.join(self.folder, program)
            table = np.array([line.split() for line in output_of(program, path, *values).splitlines()], float)
            self.judge(table.shape == (177, 2) and np.abs(table[:, 1] - plain).max() < 1e-5,
                       f"{language} gives the plain values within 1e-5", table.shape)
            for arguments, text in (([path], "gamma_max"), ([path + "x", *values], "No such file")):
                done = run(program, *arguments)
                self.judge(done.returncode != 0 and text in done.stderr, f"{language} says what is wrong: {text}", done.stderr)

    # The command.

    def predict(self, *arguments, where=None):
        return tranche(self.programs, where or self.folder, "predict", *arguments)

    def check_predict(self):
        path, plain = self.make("one.h5")
        words = [f"{name}={value!r}" for name, value in MIDDLE.items()]
        code, out, err = self.predict(path, *words)
        self.judge(code == 0 and err == "" and "median error 0.015" in out and "delta = " not in err and "1e+08" in out,
                   "one point: a drawing and some numbers", code, out, err)
        code, out, err = self.predict(path, *words, "--csv")
        table = list(csv.reader(out.splitlines()))
        self.judge(code == 0 and table[0] == ["nu", "log10 sed"] and len(table) == 178 and
                   np.abs(np.array([float(row[1]) for row in table[1:]]) - plain).max() < 1e-5, "all of them with --csv", code, table[:2], err)
        code, out, err = self.predict(path, *words, "--json")
        document = json.loads(out)
        self.judge(code == 0 and document["tranche_predict"] == 1 and document["points"][0]["inside"] is True and
                   document["points"][0]["inputs"]["p"] == 3 and len(document["points"][0]["values"]) == 177, "--json", err)
        code, out, err = self.predict(path, *words[1:], "delta=60", "--csv")
        self.judge(code == 0 and "warning: delta = 60 lies outside [3, 50]" in err, "a point outside is warned of", code, err)
        code, out, err = self.predict(path, *words[:-2], "gamma_max=500", "p=3", "--csv")
        self.judge(code == 0 and "excluded from the campaign by gamma_max >= 2*gamma_min" in err, "an excluded one too", code, err)
        self.check_tables(path)
        self.check_words(path, words)
        self.check_sample()

    def check_tables(self, path):
        random = np.random.default_rng(5)
        rows = np.array([MIDDLE["delta"], MIDDLE["B"], 4e4]) * random.uniform(0.9, 1.1, (210, 3))
        rows[17, 0] = 99
        points = os.path.join(self.folder, "points.csv")
        with open(points, "w", newline="") as file:
            csv.writer(file).writerows([("t_var", "delta", "B"), *((t, d, b) for d, b, t in rows)])
        bound = ["R=2.998e10*t_var*delta/(1+z)", "L_e=1e45", "gamma_min=300", "gamma_max=1e5", "p=3"]
        code, out, err = self.predict(path, "--points", points, *bound)
        table = list(csv.reader(out.splitlines()))
        self.judge(code == 0 and len(table) == 211 and table[0][:5] == ["delta", "B", "t_var", "inside", "nu=1e+08"] and
                   [row[3] for row in table[1:]].count("0") == 1, "a table of points", code, err, table[0][:6])
        self.judge("1 of 210 points" in err and "the first is point 18" in err and "delta = 99" in err, "with one warning", err)
        values = np.array([row[4:] for row in table[1:]], float)
        for ending in ("npy", "h5", "csv"):
            file = os.path.join(self.folder, "out." + ending)
            code, out, err = self.predict(path, "--points", points, *bound, "--out", file)
            found = {"npy": np.load, "h5": lambda f: h5py.File(f)["values"][()],
                     "csv": lambda f: np.array([row[4:] for row in list(csv.reader(open(f)))[1:]], float)}[ending](file)
            self.judge(code == 0 and out == "" and np.array_equal(found, values), f"--out .{ending}: the same numbers", code, out, err)
        with h5py.File(os.path.join(self.folder, "out.h5")) as file:
            self.judge(file["flags"][17] == 1 and file["flags"][()].sum() == 1 and file["parameters"].shape == (210, 3) and
                       np.array_equal(file["parameters"][:, 2], rows[:, 2]), "the file says what was asked")
        for text, said in (("delta,B\n1,2\n", "not given: .*|no number and no input"), ("t_var,delta,B,R\n1,2,3,4\n", "R is given twice"),
                           ("t_var,delta,BB\n1,2,3\n", "did you mean B\\?"), ("t_var,delta,B\n1,2\n", "points.csv:2:1"),
                           ("t_var,delta,B\n1,x,3\n", "points.csv:2:3"), ("", "the file is empty"), ("t_var,delta,B\n", "no point")):
            with open(points, "w") as file:
                file.write(text)
            code, out, err = self.predict(path, "--points", points, *bound)
            self.judge(code == 2 and re.search(said, err), f"a table that is wrong: {said}", code, err)

    def check_words(self, path, words):
        cut = os.path.join(self.folder, "half.h5")
        with open(path, "rb") as whole, open(cut, "wb") as half:
            half.write(whole.read()[:5000])
        for arguments, code, said in (
                (([path, *words[:-1]]), 2, "not given: p"), ([path, *words[:-1], "q=3"], 2, "`q` is no input"),
                ([path, *words[:-2], "gama_max=1e5", "p=3"], 2, "did you mean gamma_max"),
                ([path, *words[:-1], "p=three"], 2, "`three` in p=three is no number and no input"),
                ([path, *words[:-1], "p=3x"], 2, "p = 3x"), ([path, "delta"], 2, "`delta` is not NAME=VALUE"),
                ([path, *words, "delta=3"], 2, "delta is given twice"), ([path, *words, "--out", "x.txt"], 2, "csv, .npy or .h5"),
                ([path + "x/", *words], 7, "No such file"), ([cut, *words], 8, "cut off"),
                ([path, *words, "--index", "3"], 2, "--index takes the parameters from the design")):
            found, out, err = self.predict(*arguments)
            self.judge(found == code and said in err and out == "", f"refused with {code}: {said}", found, out, err)

    def check_sample(self):
        campaign = make_campaign(os.path.join(self.folder, "lumpy"), self.programs, points=40)
        code, out, err = tranche(self.programs, campaign, "predict", "m1", "work=0.5", "phase=1")
        self.judge(code == 2 and "there is no surrogate `m1`" in err, "no surrogate yet", code, err)
        code, out, err = tranche(self.programs, campaign, "run")
        self.judge(code == 0, "a campaign to compare with", code, err)
        options = ["--ranges", "work:0:1,phase:0.1:3", "--output", "curve", "--points", "16", *SMALL]
        self.make("lumpy/models/m1/surrogate.h5", *options)
        ok = int(np.flatnonzero(h5py.File(os.path.join(campaign, "store.h5"))["state"][()] == 1)[0])
        code, out, err = tranche(self.programs, campaign, "predict", "--index", str(ok))
        self.judge(code == 0 and f"sample {ok}, simulated: " in out and "held out, the model " in out and "difference: median" in out, "beside what was simulated", code, out, err)
        code, out, err = tranche(self.programs, campaign, "predict", "m1", "--index", str(ok), "--json")
        document = json.loads(out)
        with h5py.File(os.path.join(campaign, "store.h5")) as store:
            truth, x = store["curve"][ok].astype(float), store["parameters"][ok]
        off = np.abs(np.array(document["points"][0]["values"]) - truth)[truth > truth.max() - 8]
        self.judge(np.allclose(document["simulated"]["values"], truth, rtol=1e-7) and
                   list(document["points"][0]["given"].values()) == list(x) and
                   abs(document["simulated"]["difference"]["max"] - off.max()) < 1e-6, "with its error", document["simulated"]["difference"], off.max())
        code, out, err = tranche(self.programs, campaign, "predict", "--index", "40")
        self.judge(code == 2 and "there is no sample 40" in err, "no such sample", code, err)
        self.make("lumpy/models/m2/surrogate.h5", *options[:1], "work:0:1,phaze:0.1:3", *options[2:])
        code, out, err = tranche(self.programs, campaign, "predict", "--index", "1")
        self.judge(code == 2 and "more than one surrogate: m1, m2" in err, "which one", code, err)
        code, out, err = tranche(self.programs, campaign, "predict", "m2", "--index", "1")
        self.judge(code == 2 and "takes phaze" in err, "a renamed parameter", code, err)

    # A fit.

    def check_fit(self):
        path, _ = self.make("fit.h5", *SMALL)
        self.in_python("inside_fit")

    def check_inside_fit(self):
        from tranche_surrogate import Surrogate
        path = os.path.join(self.folder, "fit.h5")
        truth = {"delta": 20.0, "B": 0.3, "t_var": 4e4, "gamma_min": 300.0, "L_e": 1e45, "gamma_max": 1e5, "p": 3.0}
        radius = 2.998e10 * truth["t_var"] * truth["delta"] / 1.031
        s = Surrogate(path)
        spectrum = s({**{name: truth[name] for name in truth if name != "t_var"}, "R": radius})
        spectrum = spectrum + 0.05 * np.random.default_rng(11).standard_normal(len(spectrum))
        observed, table, picture = (os.path.join(self.folder, "fit." + ending) for ending in ("csv", "table.csv", "png"))
        with open(observed, "w", newline="") as file:
            csv.writer(file).writerows([("nu", "sed"), *zip(s.axis, spectrum)])
        done = run(sys.executable, os.path.join(EXAMPLES, "fit.py"), path, observed, "L_e=1e45", "gamma_max=1e5", "p=3", "t_var=4e4",
                   "R=2.998e10*t_var*delta/(1+z)", "--steps", "400", "--picture", picture, "--table", table,
                   env=dict(os.environ, OMP_NUM_THREADS="1"))
        if not self.judge(done.returncode == 0, "the fit runs", done.stdout, done.stderr):
            return
        rows = {row["name"]: {key: float(row[key]) for key in ("median", "low", "high")} for row in csv.DictReader(open(table))}
        wanted = {"delta": 20.0, "log10 B": np.log10(0.3), "log10 gamma_min": np.log10(300.0)}
        self.judge(list(rows) == list(wanted), "fixed and linked inputs are not fitted", rows)
        for name, value in wanted.items():
            row = rows[name]
            width = (row["high"] - row["low"]) / 2
            self.judge(0 < width < 0.2 * abs(value) and abs(row["median"] - value) < 5 * width, f"{name} is recovered", row, value)
        with open(picture, "rb") as file:
            self.judge(file.read(8) == b"\x89PNG\r\n\x1a\n" and os.path.getsize(picture) > 20000, "and drawn")


def main():
    build, *rest = sys.argv[1:]
    inside = rest[rest.index("--inside") + 1] if "--inside" in rest else None
    judge, programs = Judge(), Programs(build)
    if inside:
        sys.path.insert(0, os.path.join(SOURCE, "tools", "python"))
        os.environ["PYTHONPATH"] = os.path.join(SOURCE, "tools", "python")
        getattr(Surrogates(judge, programs, inside), "check_" + rest[0])()
        return 1 if judge.failed else 0
    with tempfile.TemporaryDirectory() as folder:
        surrogates = Surrogates(judge, programs, folder)
        for check in rest or ["library", "python", "programs", "predict", "fit"]:
            getattr(surrogates, "check_" + check)()
    return 1 if judge.failed else 0


if __name__ == "__main__":
    sys.exit(main())
