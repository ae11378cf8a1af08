"""tools/python/tranche_worker.py: arguments by name, results of every shape, failures, and both framings.

    tranche_worker_test.py SOURCE_FOLDER
"""

import json
import math
import os
import struct
import subprocess
import sys
import tempfile
import unittest

import numpy as np

SOURCE = os.path.abspath(sys.argv.pop(1))
HELPER = os.path.join(SOURCE, "tools", "python", "tranche_worker.py")
sys.path.insert(0, os.path.dirname(HELPER))
import tranche_worker as tw  # noqa: E402

HELLO = {"tranche_worker": 1, "campaign": "test", "parameters": ["B", "level"], "constants": ["z"], "derived": ["t_var"],
         "integers": ["level"], "levels": {}, "meta": ["steps"], "slot": 0, "threads": 1, "rundir": "/scratch", "binary": True,
         "axes": {"nu": [1.0, 2.0, 4.0], "t": [0.0, 1.0]},
         "outputs": [{"name": "sed", "size": 3, "axes": ["nu"], "unit": "1"},
                     {"name": "map", "size": 6, "axes": ["t", "nu"], "unit": "1"},
                     {"name": "energy", "size": 1, "axes": [], "unit": "J"}]}
ONE = dict(HELLO, outputs=HELLO["outputs"][:1], meta=[])
X = (1.5, 2.0, 0.03, 40.0)
TASK = tw.task_struct(4).unpack(tw.task_struct(4).pack(68, 1, 2, 0, 0, 5, 77, 1234, 60.0, *X))


def call(function, hello=HELLO):
    return tw.caller(function, hello)[0](TASK)


def packed(result, hello=HELLO):
    return np.frombuffer(tw.Packer(hello).pack(result))


class Arguments(unittest.TestCase):
    def test_by_name_in_any_order(self):
        self.assertEqual(call(lambda z, t_var, B: (z, t_var, B)), (0.03, 40.0, 1.5))

    def test_one_argument_and_none(self):
        self.assertEqual(call(lambda B: B), 1.5)
        self.assertEqual(call(lambda: 3), 3)

    def test_whole_numbers_are_int(self):
        value = call(lambda level: level)
        self.assertEqual((value, type(value)), (2, int))

    def test_special_names(self):
        self.assertEqual(call(lambda index, seed, stage, attempt, deadline, rundir, threads:
                              (index, seed, stage, attempt, deadline, rundir, threads)),
                         (77, 1234, 2, 0, 60.0, "/scratch", 1))
        self.assertEqual(call(lambda campaign_dir: campaign_dir, dict(HELLO, campaign_dir="/home/me/ssc")), "/home/me/ssc")
        np.testing.assert_array_equal(call(lambda x: x), X)

    def test_axes_are_arrays_that_cannot_be_changed(self):
        nu = call(lambda nu: nu)
        np.testing.assert_array_equal(nu, [1, 2, 4])
        with self.assertRaises(ValueError):
            nu[0] = 5

    def test_rng_depends_on_the_seed_alone(self):
        wanted = np.random.Generator(np.random.PCG64(1234)).random()
        self.assertEqual(call(lambda rng: rng.random()), wanted)
        self.assertEqual(call(lambda rng: rng.random()), wanted)

    def test_defaults_stay_unless_the_campaign_has_the_name(self):
        self.assertEqual(call(lambda B, accuracy=1e-3, z=9: (B, accuracy, z)), (1.5, 1e-3, 0.03))

    def test_keyword_only_arguments(self):
        def function(B, *, nu, accuracy=5):
            return B, len(nu), accuracy
        self.assertEqual(call(function), (1.5, 3, 5))

    def test_a_parameter_wins_over_a_special_name(self):
        hello = dict(HELLO, parameters=["B", "seed"], integers=[])
        self.assertEqual(call(lambda seed: seed, hello), 2.0)

    def test_an_unknown_name_is_refused_with_what_it_may_mean(self):
        def model(B, tvar):
            return B, tvar
        with self.assertRaisesRegex(tw.Misfit, r"model\(\) wants `tvar`; did you mean `t_var`\?.*it has B, level, z, t_var"):
            tw.caller(model, HELLO)

    def test_unused_parameters_are_remarked(self):
        self.assertIn("does not use level", tw.caller(lambda B: B, HELLO)[1][0])
        self.assertEqual(tw.caller(lambda x: x, HELLO)[1], [])


class Results(unittest.TestCase):
    wanted = [1, 2, 3, 10, 11, 12, 13, 14, 15, 7]
    sed, energy = [1, 2, 3], 7
    map = [[10, 11, 12], [13, 14, 15]]

    def test_dict(self):
        got = packed({"energy": 7, "sed": np.array(self.sed), "map": np.array(self.map), "steps": 4})
        np.testing.assert_array_equal(got, self.wanted + [4])

    def test_tuple_with_and_without_meta(self):
        np.testing.assert_array_equal(packed((self.sed, self.map, self.energy)), self.wanted + [math.nan])
        np.testing.assert_array_equal(packed((self.sed, self.map, self.energy, {"steps": 4})), self.wanted + [4])

    def test_the_only_output_is_returned_as_it_is(self):
        for value in ([1, 2, 3], (1, 2, 3), np.array([1, 2, 3], dtype=np.float32), np.array([[1], [2], [3]])[:, 0]):
            np.testing.assert_array_equal(packed(value, ONE), [1, 2, 3])

    def test_a_flat_array_will_do_for_a_map(self):
        np.testing.assert_array_equal(packed((self.sed, range(10, 16), np.float64(7)))[:10], self.wanted)

    def test_a_strided_array_is_read_row_by_row(self):
        turned = np.array([[10, 13], [11, 14], [12, 15]], dtype=float).T
        np.testing.assert_array_equal(packed((self.sed, turned, 7))[:10], self.wanted)

    def test_nothing_is_declared_and_nothing_returned(self):
        self.assertEqual(len(packed(None, dict(ONE, outputs=[]))), 0)

    def fails(self, reason, words, result, hello=HELLO):
        with self.assertRaises(tw.Fail) as raised:
            tw.Packer(hello).pack(result)
        self.assertEqual(raised.exception.reason, reason)
        self.assertIn(words, raised.exception.message)

    def test_mistakes_are_named(self):
        sed, energy = self.sed, self.energy
        self.fails("no_result", "returned None", None, ONE)
        self.fails("shape", "output `sed` has 2 numbers, and its axes want 3", [1, 2], ONE)
        self.fails("shape", "3 x 2", (sed, np.zeros((3, 2)), energy))
        self.fails("shape", "2 outputs were returned, and 3 are declared", (sed, energy))
        self.fails("shape", "return a dict or a tuple, not float", 3.0)
        self.fails("missing_output", "output `sed` is missing", {"map": self.map, "energy": 7, "sde": sed})
        self.fails("unknown_output", "`stepz` is neither", {"map": self.map, "energy": 7, "sed": sed, "stepz": 3})
        self.fails("type", "output `sed` holds complex128", np.zeros(3, dtype=complex), ONE)
        self.fails("type", "output `sed` holds", ["a", "b", "c"], ONE)
        self.fails("type", "`steps` is str where a number is due", (sed, self.map, energy, {"steps": "many"}))
        self.fails("shape", "output `sed`", [[1], [2, 3]], ONE)

    def test_the_same_without_numpy(self):
        numpy, tw.numpy = tw.numpy, None
        try:
            got = packed({"energy": 7, "sed": (1, 2, 3), "map": self.map})
            np.testing.assert_array_equal(got[:10], self.wanted)
            self.fails("shape", "output `sed` has 2 numbers, and its axes want 3", [1, 2], ONE)
            self.fails("type", "`sed` is str", ["a", "b", "c"], ONE)
            self.assertEqual(call(lambda nu, x: (nu, x)), ((1.0, 2.0, 4.0), X))
        finally:
            tw.numpy = numpy


class Failures(unittest.TestCase):
    def test_words_of_exceptions(self):
        self.assertEqual(tw.describe(tw.Fail("no_root", "after 40 steps")), (tw.FAILED, "no_root", "after 40 steps"))
        self.assertEqual(tw.describe(tw.BadPoint("no plasma")), (tw.BAD_POINT, "bad_point", "no plasma"))
        self.assertEqual(tw.describe(MemoryError())[1], "memory")
        self.assertEqual(tw.snake_case("ZeroDivisionError"), "zero_division_error")
        self.assertEqual(tw.snake_case("HTTPError"), "http_error")


MODULE = """
import sys, os
print("printed while imported")
from tranche_worker import Fail, BadPoint
os.write(1, b"written to descriptor 1 while imported\\n")

def model(B, nu, index):
    print("printed in a sample")
    os.system("echo printed by a child")
    assert sys.stdin.read() == ""
    if B == 2: raise Fail("no_root", "after 40 steps")
    if B == 3: raise BadPoint("no plasma")
    if B == 4: return 1 / 0
    if B == 5: sys.exit("leaving")
    if B == 6: return nu[:2]
    if B == 7: return nu * float("nan")
    return nu * B
"""


class Worker:
    """The program, as tranche starts it."""

    def __init__(self, target="model_of_mine:model", module=MODULE, lines=False, arguments=None, hello=ONE):
        self.folder = tempfile.TemporaryDirectory()
        with open(os.path.join(self.folder.name, "model_of_mine.py"), "w") as file:
            file.write(module)
        environment = dict(os.environ, TRANCHE_WORKER="1", PYTHONPATH=os.path.dirname(HELPER))
        self.process = subprocess.Popen([sys.executable] + (arguments or [HELPER, target]), stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, cwd=self.folder.name)
        self.send(json.dumps(dict(hello, campaign_dir=self.folder.name, binary=not lines)).encode() + b"\n")
        line = self.process.stdout.readline()
        self.greeting = json.loads(line) if line else None

    def send(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def ask_frame(self, number, B):
        self.send(tw.task_struct(4).pack(68, 1, 1, 0, 0, number, 9, 3, math.inf, B, 0, 0, 0))
        length, = struct.unpack("<I", self.process.stdout.read(4))
        body = self.process.stdout.read(length)
        kind, status, zero, echoed = struct.unpack_from("<BBHQ", body)
        assert (kind, zero, echoed) == (2, 0, number), body
        if status == 0:
            return status, struct.unpack_from(f"<{(length - 12) // 8}d", body, 12)
        reason, message = struct.unpack_from("<HH", body, 12)
        assert length == 16 + reason + message
        return status, body[16:16 + reason].decode(), body[16 + reason:].decode()

    def ask_line(self, number, B):
        self.send(json.dumps({"id": number, "index": 9, "stage": 1, "attempt": 0, "seed": 3, "deadline_s": None,
                              "x": [B, 0, 0, 0]}).encode() + b"\n")
        return json.loads(self.process.stdout.readline())

    def end(self):
        out, err = self.process.communicate(timeout=60)
        self.folder.cleanup()
        return self.process.returncode, out, err.decode()


class Programs(unittest.TestCase):
    def test_frames(self):
        worker = Worker()
        self.assertEqual(worker.greeting["binary"], True)
        self.assertEqual(worker.ask_frame(1, 2.5), (0, (2.5, 5.0, 10.0)))
        self.assertEqual(worker.ask_frame(2, 2), (1, "no_root", "after 40 steps"))
        self.assertEqual(worker.ask_frame(3, 3), (2, "bad_point", "no plasma"))
        status, reason, message = worker.ask_frame(4, 4)
        self.assertEqual((status, reason), (1, "zero_division_error"))
        self.assertRegex(message, r"model_of_mine.py:\d+ in model: ZeroDivisionError: division by zero")
        self.assertEqual(worker.ask_frame(5, 5)[1], "system_exit")
        self.assertEqual(worker.ask_frame(6, 6)[1], "shape")
        self.assertTrue(all(math.isnan(v) for v in worker.ask_frame(7, 7)[1]))
        code, out, err = worker.end()
        self.assertEqual((code, out), (0, b""))
        for words in ("printed while imported", "written to descriptor 1", "printed in a sample", "printed by a child"):
            self.assertIn(words, err)

    def test_lines(self):
        worker = Worker(lines=True)
        self.assertEqual(worker.greeting["binary"], False)
        self.assertEqual(worker.ask_line(1, 2.5), {"id": 1, "ok": True, "outputs": {"sed": [2.5, 5.0, 10.0]}, "meta": {}})
        self.assertEqual(worker.ask_line(2, 7)["outputs"]["sed"], ["nan"] * 3)
        self.assertEqual(worker.ask_line(3, 3)["bad_point"], True)
        worker.send(b"rubbish\n")
        self.assertEqual(json.loads(worker.process.stdout.readline())["reason"], "request")
        self.assertEqual(worker.ask_line(4, 1)["ok"], True)
        self.assertEqual(worker.end()[:2], (0, b""))

    def test_a_script_of_ones_own(self):
        module = "from tranche_worker import serve\nprint('early')\nserve(lambda B, nu: B * nu)\n"
        worker = Worker(module=module, arguments=["model_of_mine.py"])
        self.assertEqual(worker.ask_frame(1, 3), (0, (3.0, 6.0, 12.0)))
        self.assertEqual(worker.end()[:2], (0, b""))

    def refusal(self, target="model_of_mine:model", module=MODULE):
        worker = Worker(target, module)
        self.assertEqual(worker.end()[0], 1)
        return worker.greeting["error"]

    def test_what_cannot_work_is_said_in_the_greeting(self):
        self.assertIn("has no function `modle`; did you mean `model`?", self.refusal("model_of_mine:modle"))
        self.assertIn("there is no module `elsewhere`", self.refusal("elsewhere:model"))
        self.assertRegex(self.refusal(module="import not_installed_anywhere\n"),
                         r"model_of_mine.py:1: ModuleNotFoundError: No module named 'not_installed_anywhere' \(is it installed")
        self.assertRegex(self.refusal(module="def model(B:\n"), r"model_of_mine.py:1: SyntaxError")
        self.assertRegex(self.refusal(module="x = 1\n1 / 0\n"), r"model_of_mine.py:2: ZeroDivisionError")
        self.assertIn("is int, and no function", self.refusal(module="model = 3\n"))
        self.assertRegex(self.refusal(module="import json\n\njson.loads('{')\n"), r"model_of_mine.py:3: JSONDecodeError")
        self.assertIn("wants `b`; did you mean `B`?", self.refusal(module="def model(b): return 1\n"))

    def test_another_version_is_refused(self):
        worker = Worker(hello=dict(ONE, tranche_worker=2))
        self.assertIn("tranche speaks 2", worker.greeting["error"])
        worker.end()


if __name__ == "__main__":
    unittest.main()
