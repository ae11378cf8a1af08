"""The commands as a new user types them, with the real programs.

usage: commands_test.py PATH-TO-TRANCHE
"""

import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest

TRANCHE = "tranche"


class Commands(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="tranche-cli-")
        self.home = pathlib.Path(self.folder.name)

    def tearDown(self):
        self.folder.cleanup()

    def type(self, *words, code=0, where=None):
        """Runs one command; its output, after the exit code was compared."""
        environment = dict(os.environ, LC_ALL="C", NO_COLOR="1")
        done = subprocess.run([TRANCHE, *words], cwd=where or self.home, env=environment, capture_output=True, text=True)
        self.assertEqual(done.returncode, code, f"{words}\n{done.stdout}\n{done.stderr}")
        return done

    def campaign(self):
        self.type("init", "demo")
        return self.home / "demo"

    def change(self, old, new):
        path = self.home / "demo" / "campaign.yaml"
        text = path.read_text()
        self.assertIn(old, text)
        path.write_text(text.replace(old, new))

    # --- a first look --------------------------------------------------------------------------------

    def test_a_new_campaign_can_be_checked_and_tried_at_once(self):
        demo = self.campaign()
        text = self.type("check", where=demo).stdout
        for part in ("demo", "frequency", "pilot", "2 000", "libstarter_plugin.so", "tranche run"):
            self.assertIn(part, text)
        self.assertIn("signal", self.type("try", "-n", "2", where=demo).stdout)
        self.assertIn("not started", self.type("status", where=demo).stdout)

    def test_init_never_overwrites(self):
        demo = self.campaign()
        before = (demo / "campaign.yaml").read_text()
        self.assertIn("already", self.type("init", "demo", code=2).stderr)
        self.assertEqual(before, (demo / "campaign.yaml").read_text())
        self.type("init", "other", "--example", "sscc", code=2)
        self.type("init", "bad name", code=2)
        self.type("init", "mine", "--plugin", "nowhere.so", code=2)

    def test_output_is_data_and_json_is_one_document(self):
        demo = self.campaign()
        for words, key in ((["check"], "tranche_check"), (["try", "-n", "1"], "tranche_try"),
                           (["status"], "tranche_status"), (["stop"], "tranche_stop"),
                           (["failures"], "tranche_failures"), (["show", "3"], "tranche_show")):
            with self.subTest(words[0]):
                done = self.type("--json", *words, where=demo)
                self.assertEqual(json.loads(done.stdout)[key], 1)
                self.assertEqual(done.stderr, "")

    def test_text_is_ascii_without_a_utf8_locale(self):
        demo = self.campaign()
        self.type("try", "-n", "1", where=demo).stdout.encode("ascii")

    def test_try_takes_values_by_hand_and_repeats(self):
        demo = self.campaign()
        point = json.loads(self.type("--json", "try", "--at", "frequency=0.5", "--repeat", "2", where=demo).stdout)["points"][0]
        self.assertEqual(point["parameters"]["frequency"], 0.5)
        self.assertIs(point["reproducible"], True)
        self.assertIn("damping", self.type("try", "--at", "dampling=1", where=demo, code=2).stderr)
        self.type("try", "--index", "2000", where=demo, code=2)

    def test_try_starts_with_the_centre_and_corners(self):
        demo = self.campaign()
        points = json.loads(self.type("--json", "try", where=demo).stdout)["points"]
        # The upper corner breaks the demo's constraint.
        self.assertEqual([point["label"] for point in points[:3]], ["centre", "lower corner", "corner 3"])
        self.assertFalse(any(point["excluded"] for point in points))
        ends = {"frequency": (0.1, 1), "damping": (1e-3, 1), "amplitude": (1, 10)}
        for point in points[1:3]:
            for name, value in point["parameters"].items():
                self.assertIn(value, ends[name], point)
        self.assertEqual(len([point for point in points[3:] if point["index"] is not None]), 2)

    def test_try_names_parameters_without_effect(self):
        demo = self.campaign()
        self.assertEqual(json.loads(self.type("--json", "try", where=demo).stdout)["unused_parameters"], [])
        # The code takes its mass from the fourth place, and looks no further.
        self.change("# mode:", "  heavy: {range: [1, 2]}\n  idle: {range: [0, 1]}\n# mode:")
        told = json.loads(self.type("--json", "try", where=demo).stdout)
        self.assertEqual(told["unused_parameters"], ["idle"])
        self.assertIn("idle", self.type("try", where=demo).stdout.split("no effect", 1)[1])
        self.assertIsNone(json.loads(self.type("--json", "try", "--index", "0", where=demo).stdout)["unused_parameters"])

    # --- mistakes ----------------------------------------------------------------------------------------

    def test_mistakes_on_the_command_line_end_with_2(self):
        self.assertIn("tranche try", self.type("tri", code=2).stderr)
        self.type(code=2)
        self.type("check", "--nonsense", code=2)
        self.type("--color", "blue", "check", code=2)
        self.assertIn("tranche init", self.type("check", code=2).stderr)

    def test_mistakes_in_campaign_yaml_are_shown_all_at_once(self):
        demo = self.campaign()
        self.change("scale: log", "scale: lgo")
        self.change("timeout:", "timeuot:")
        told = self.type("check", where=demo, code=2).stderr
        self.assertIn("campaign.yaml:", told)
        self.assertIn("lgo", told)
        self.assertIn("timeout", told)

    def test_a_missing_plugin_is_told_by_check_and_ends_try_with_2(self):
        demo = self.campaign()
        self.change("libstarter_plugin.so", "libmissing.so")
        self.assertIn("not found", self.type("check", where=demo).stdout)
        self.assertIn("libmissing.so", self.type("try", where=demo, code=2).stderr)

    def test_help_goes_to_stdout(self):
        for words in (["--help"], ["run", "--help"], ["try", "--help"], ["--version"]):
            self.assertIn("tranche", self.type(*words).stdout.lower())

    def test_nothing_to_verify_export_or_approve_before_the_first_run(self):
        demo = self.campaign()
        for words in (["verify"], ["export"], ["approve", "pilot"]):
            self.type(*words, where=demo, code=2)
        self.assertIn("nothing runs", self.type("stop", where=demo).stdout)
        self.type("status", "--exit-code", where=demo, code=4)

    def test_what_is_not_there_is_refused(self):
        demo = self.campaign()
        self.assertIn("there is no stage `pilto`", self.type("failures", "--stage", "pilto", where=demo, code=2).stderr)
        self.type("failures", "--stage", "pilot", where=demo)
        self.assertIn("there is no revision 2", self.type("show", "r2:0", where=demo, code=2).stderr)
        self.type("show", "r1:0", where=demo)
        self.assertIn("nothing to hold", self.type("pause", where=demo, code=2).stderr)

    # --- a whole campaign ----------------------------------------------------------------------------------

    def finished_campaign(self):
        demo = self.campaign()
        self.type("run", where=demo, code=3)
        return demo

    def test_a_campaign_from_pilot_to_export(self):
        demo = self.finished_campaign()
        self.type("status", "--exit-code", where=demo, code=3)
        self.assertIn("pilot, tenth, full", self.type("approve", "pilto", where=demo, code=2).stderr)
        self.assertIn("not complete", self.type("approve", "tenth", where=demo, code=2).stderr)
        self.type("approve", "pilot", where=demo)
        self.type("status", "--exit-code", where=demo, code=4)
        self.type("run", where=demo)
        self.type("status", "--exit-code", where=demo)
        self.assertIn("agree", self.type("verify", where=demo).stdout)
        shown = json.loads(self.type("--json", "show", "3", where=demo).stdout)
        self.assertEqual(shown["state"], "ok")
        self.assertEqual(len(shown["outputs"]["signal"]), 200)
        self.type("export", "-o", "all.h5", where=demo)
        self.type("export", "-o", "all.h5", where=demo, code=2)
        self.type("export", "--format", "npz", "--stage", "pilot", "-o", "pilot.npz", where=demo)

    def test_changing_what_decides_the_data_is_refused(self):
        demo = self.finished_campaign()
        self.change("range: [1, 10]", "range: [1, 20]")
        told = self.type("check", where=demo, code=2).stderr
        self.assertIn("amplitude", told)
        self.assertIn("20", told)
        self.type("verify", where=demo, code=2)

    def damaged(self, demo):
        report = json.loads(self.type("--json", "verify", where=demo, code=8).stdout)
        return {kind["kind"]: kind["count"] for kind in report["differences"]}

    def test_verify_finds_an_altered_output(self):
        demo = self.finished_campaign()
        shown = json.loads(self.type("--json", "show", "3", where=demo).stdout)
        stored = struct.pack("<200f", *shown["outputs"]["signal"])
        path = demo / "store" / "r1.s1.h5"
        content = bytearray(path.read_bytes())
        at = content.find(stored)
        self.assertGreater(at, 0)
        content[at] ^= 1
        path.write_bytes(content)
        self.assertEqual(self.damaged(demo), {"outputs": 1})

    def test_verify_finds_a_missing_file_and_a_missing_view(self):
        demo = self.finished_campaign()
        (demo / "store.h5").unlink()
        self.assertEqual(self.damaged(demo), {"view": 1})
        (demo / "store" / "r1.s1.h5").unlink()
        self.assertEqual(self.damaged(demo), {"view": 1, "file": 1})

    def test_what_verify_finds_in_the_view_alone_the_next_run_mends(self):
        demo = self.finished_campaign()
        os.truncate(demo / "store.h5", 100)
        self.assertIn("tranche run writes it again", self.type("verify", where=demo, code=8).stdout)
        self.assertEqual(self.damaged(demo), {"view": 1})
        self.type("run", where=demo, code=3)
        self.assertIn("agree", self.type("verify", where=demo).stdout)


if __name__ == "__main__":
    TRANCHE = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
