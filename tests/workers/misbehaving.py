"""A worker that does at each point what the point says: x[0] is a number of MODES. Protocol 1, by hand."""

import json
import os
import struct
import subprocess
import sys
import time

MODES = ("ok", "dies", "killed", "hangs", "garbage", "wrong_id", "too_short", "too_long", "wrong_type", "prints", "huge",
         "nan", "infinite", "strange_stderr", "fails", "bad_point", "leaves_helper", "closes", "memory", "twice", "text",
         "no_output", "slow")
SIZE = 8


def read_exactly(size):
    data = b""
    while len(data) < size:
        piece = os.read(0, size - len(data))
        if not piece:
            sys.exit(0)
        data += piece
    return data


def write(data):
    while data:
        data = data[os.write(1, data):]


class Lines:
    def task(self):
        line = sys.stdin.buffer.readline()
        if not line:
            sys.exit(0)
        request = json.loads(line)
        return request["id"], request["x"]

    def ok(self, number, values):
        write(json.dumps({"id": number, "ok": True, "outputs": {"curve": values}}).replace("NaN", '"nan"')
              .replace("Infinity", '"inf"').encode() + b"\n")

    def failed(self, number, status, reason, message):
        write(json.dumps({"id": number, "ok": False, "bad_point": status == 2, "reason": reason,
                          "message": message}).encode() + b"\n")

    def garbage(self):
        write(b"\xff\xfe\x00 not JSON at all\n")

    def text(self, number):
        write(json.dumps({"id": number, "ok": True, "outputs": {"curve": ["one"] * SIZE}}).encode() + b"\n")


class Frames:
    def task(self):
        length, = struct.unpack("<I", read_exactly(4))
        body = read_exactly(length)
        number, = struct.unpack_from("<Q", body, 4)
        return number, struct.unpack_from("<2d", body, 36)

    def ok(self, number, values):
        write(struct.pack(f"<IBBHQ{len(values)}d", 12 + 8 * len(values), 2, 0, 0, number, *values))

    def failed(self, number, status, reason, message):
        reason, message = reason.encode(), message.encode()
        write(struct.pack("<IBBHQHH", 16 + len(reason) + len(message), 2, status, 0, number, len(reason), len(message))
              + reason + message)

    def garbage(self):
        write(b"\xff\xff\xff\xffgarbage")

    def text(self, number):
        write(struct.pack("<IBBHQ", 12 + 8 * SIZE, 9, 0, 0, number) + b"x" * 8 * SIZE)


def answer(wire, number, mode, value):
    good = [value + k for k in range(SIZE)]
    if mode == "dies":
        print("last words of a worker", file=sys.stderr)
        os._exit(3)
    if mode == "killed":
        os.kill(os.getpid(), 11)
    if mode == "hangs":
        time.sleep(3600)
    if mode == "leaves_helper":
        subprocess.Popen(["sleep", "3600"])
        os._exit(4)
    if mode == "closes":
        os.close(1)
        time.sleep(3600)
    if mode == "memory":
        return wire.failed(number, 1, "memory", "out of memory")
    if mode == "garbage":
        return wire.garbage()
    if mode == "wrong_id":
        return wire.ok(number + 7, good)
    if mode == "too_short":
        return wire.ok(number, good[:-1])
    if mode == "too_long":
        return wire.ok(number, good + [1.0])
    if mode == "wrong_type":
        return wire.failed(number, 1, "", "") if isinstance(wire, Frames) else write(
            json.dumps({"id": number, "ok": "yes"}).encode() + b"\n")
    if mode == "text":
        return wire.text(number)
    if mode == "no_output":
        return write(json.dumps({"id": number, "ok": True}).encode() + b"\n") if isinstance(wire, Lines) else wire.ok(
            number, [])
    if mode == "prints":
        return write(b"hello from a print\n")
    if mode == "huge":
        try:
            for _ in range(64):
                write(b"\x7f" * (1 << 20))
        except BrokenPipeError:
            os._exit(0)
        return None
    if mode == "twice":
        wire.ok(number, good)
        return wire.ok(number, good)
    if mode == "nan":
        return wire.ok(number, [float("nan")] * SIZE)
    if mode == "infinite":
        return wire.ok(number, [float("inf")] * SIZE)
    if mode == "strange_stderr":
        os.write(2, b"bytes \xff\xfe\x80 that are no text\n")
        os._exit(5)
    if mode == "fails":
        return wire.failed(number, 1, "No Root!", "tried\n40 times")
    if mode == "bad_point":
        return wire.failed(number, 2, "", "nothing there")
    if mode == "slow":
        time.sleep(0.3)
    return wire.ok(number, good)


def main():
    hello = json.loads(sys.stdin.buffer.readline())
    binary = "--lines" not in sys.argv and hello["binary"]
    time.sleep(float(os.environ.get("TEST_SLOW_START", 0)))
    write(json.dumps({"tranche_worker": 1, "binary": binary}).encode() + b"\n")
    wire = Frames() if binary else Lines()
    while True:
        number, (mode, value) = wire.task()
        answer(wire, number, MODES[int(mode)], value)


if __name__ == "__main__":
    main()
