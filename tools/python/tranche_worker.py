"""Turns a Python function into a worker of tranche: protocol 1, docs/formats/worker.md.

In campaign.yaml:      simulator: {python: "mymodel:spectrum"}
In a script of yours:  simulator: {worker: [python3, my_worker.py]}, and in it

    from tranche_worker import serve, Fail
    def spectrum(B, R, nu): ...
    serve(spectrum)

The function's arguments are matched by name: parameters, constants, derived values and axes of campaign.yaml, and
index, seed, rng, rundir, campaign_dir, stage, attempt, deadline, threads, x (all numbers as one array). It returns the outputs: a dict
by name (meta numbers too), a tuple in declared order, or the only output. `raise Fail("reason", "message")` is a failed
sample, `raise BadPoint("message")` a point without meaning; any other exception is a failed sample too.

Standard library only; numpy is used if it is there.
"""

import array
import difflib
import functools
import importlib
import inspect
import json
import math
import operator
import os
import re
import struct
import sys
import traceback

try:
    import numpy
except ImportError:
    numpy = None

PROTOCOL = 1
__all__ = ["BadPoint", "Fail", "serve"]

# Whoever imports this file by its name gets these classes, and not a second copy of them.
sys.modules.setdefault("tranche_worker", sys.modules[__name__])


class Fail(Exception):
    """The sample has failed: a word for the reason, and a message."""

    def __init__(self, reason="error", message=""):
        super().__init__(reason, message)
        self.reason = str(reason)
        self.message = str(message)


class BadPoint(Exception):
    """The function has no meaning at this point: never tried again, in no failure rate."""


class Misfit(Exception):
    """Function and campaign do not fit: no sample can be run."""


# ---------------------------------------------------------------------------------------------- channel
class Channel:
    """Descriptors 0 and 1 as they were, out of reach of the user's code.

    From then on, reading stdin finds nothing and what is printed goes to stderr, also from C.
    """

    def __init__(self):
        self.source = os.dup(0)
        self.sink = os.dup(1)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        sys.stdout.flush()
        os.dup2(2, 1)
        if hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(line_buffering=True)
        self.left = b""

    def line(self):
        """The next line, or b"" at the end."""
        pieces = [self.left]
        while b"\n" not in pieces[-1]:
            piece = os.read(self.source, 65536)
            if not piece:
                return b""
            pieces.append(piece)
        line, _, self.left = b"".join(pieces).partition(b"\n")
        return line

    def exactly(self, size):
        """So many bytes, or b"" at the end."""
        data = self.left
        self.left = b""
        while len(data) < size:
            piece = os.read(self.source, 65536)
            if not piece:
                return b""
            data += piece
        if len(data) > size:
            data, self.left = data[:size], data[size:]
        return data

    def write(self, data):
        written = os.write(self.sink, data)
        while written < len(data):
            data = data[written:]
            written = os.write(self.sink, data)


# ---------------------------------------------------------------------------------------------- arguments
class Sample:
    """What the hot path is given: numbers in the order of the frame."""

    # Positions in the tuple that TASK.unpack() gives.
    STAGE, ATTEMPT, ID, INDEX, SEED, DEADLINE, X = 2, 3, 5, 6, 7, 8, 9


def task_struct(count):
    return struct.Struct(f"<IBBBBQQQd{count}d")


def close_to(word, known):
    lower = {name.lower(): name for name in known}
    near = difflib.get_close_matches(word.lower(), lower, 1, 0.6)
    return f"; did you mean `{lower[near[0]]}`?" if near else ""


def make_rng(seed):
    if numpy is None:
        import random
        return random.Random(seed)
    return numpy.random.Generator(numpy.random.PCG64(seed))


def getters(hello):
    """Name -> function of an unpacked task."""
    names = hello["parameters"] + hello["constants"] + hello["derived"]
    whole = set(hello.get("integers", ()))
    found = {}
    for name, values in hello["axes"].items():
        axis = numpy.array(values, dtype=float) if numpy is not None else tuple(values)
        if numpy is not None:
            axis.flags.writeable = False
        found[name] = lambda task, axis=axis: axis
    found["x"] = lambda task: task[Sample.X:]
    if numpy is not None:
        found["x"] = lambda task: numpy.array(task[Sample.X:])
    found["rng"] = lambda task: make_rng(task[Sample.SEED])
    found["rundir"] = lambda task: hello.get("rundir", ".")
    found["campaign_dir"] = lambda task: hello.get("campaign_dir", ".")
    found["threads"] = lambda task: hello.get("threads", 1)
    for name in ("stage", "attempt", "index", "seed", "deadline"):
        found[name] = operator.itemgetter(getattr(Sample, name.upper()))
    for position, name in enumerate(names, Sample.X):
        found[name] = operator.itemgetter(position)
        if name in whole:
            found[name] = lambda task, position=position: int(task[position])
    return found


def wanted_arguments(function):
    """Positional names, keyword-only names, and those that may be left out."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError) as error:
        raise Misfit(f"the arguments of {function!r} are not known: {error}") from error
    kinds = inspect.Parameter
    positional, keywords, optional = [], [], set()
    for name, parameter in signature.parameters.items():
        if parameter.kind in (kinds.VAR_POSITIONAL, kinds.VAR_KEYWORD):
            continue
        (keywords if parameter.kind == kinds.KEYWORD_ONLY else positional).append(name)
        if parameter.default is not kinds.empty:
            optional.add(name)
    return positional, keywords, optional


def resolve(function, hello):
    """-> what is passed by position, what by keyword, and remarks."""
    known = getters(hello)
    positional, keywords, optional = wanted_arguments(function)
    missing = [name for name in positional + keywords if name not in known and name not in optional]
    if missing:
        texts = [f"`{name}`{close_to(name, list(known))}" for name in missing]
        raise Misfit(f"{function.__name__}() wants {', '.join(texts)}, which campaign.yaml does not have "
                     f"(it has {', '.join(hello['parameters'] + hello['constants'] + hello['derived'])})")
    by_position = []
    for name in positional:
        if name not in known:
            break  # has a default; what follows goes by keyword
        by_position.append(name)
    by_keyword = [name for name in positional[len(by_position):] + keywords if name in known]
    given = set(by_position) | set(by_keyword)
    unused = [name for name in hello["parameters"] if name not in given]
    remarks = []
    if unused and "x" not in given:
        remarks.append(f"{function.__name__}() does not use {', '.join(unused)}: is that meant?")
    return [(name, known[name]) for name in by_position], [(name, known[name]) for name in by_keyword], remarks


def plain_position(getter):
    """Position that the getter reads, if that is all it does."""
    return getter.__reduce__()[1][0] if isinstance(getter, operator.itemgetter) else None


def caller(function, hello):
    """-> a function of an unpacked task that calls the user's, and remarks."""
    by_position, by_keyword, remarks = resolve(function, hello)
    if by_keyword:
        def call(task):
            return function(*[get(task) for _, get in by_position], **{name: get(task) for name, get in by_keyword})
        return call, remarks
    places = [plain_position(get) for _, get in by_position]
    if None not in places and len(places) > 1:
        pick = operator.itemgetter(*places)
        return lambda task: function(*pick(task)), remarks
    gets = [get for _, get in by_position]
    return lambda task: function(*[get(task) for get in gets]), remarks


# ---------------------------------------------------------------------------------------------- results
class Packer:
    """Turns what the function returns into the bytes of all numbers, in declared order."""

    def __init__(self, hello):
        lengths = {name: len(values) for name, values in hello["axes"].items()}
        self.outputs = [(output["name"], output["size"], tuple(lengths[axis] for axis in output["axes"]))
                        for output in hello["outputs"]]
        self.meta = list(hello["meta"])
        self.names = [name for name, _, _ in self.outputs]
        self.no_meta = struct.pack(f"<{len(self.meta)}d", *([math.nan] * len(self.meta)))

    def pack(self, result):
        values, meta = self.split(result)
        packed = [self.output(value, output) for value, output in zip(values, self.outputs)]
        if meta:
            packed.append(struct.pack(f"<{len(self.meta)}d", *[self.number(meta.get(n, math.nan), n) for n in self.meta]))
        else:
            packed.append(self.no_meta)
        return b"".join(packed)

    def split(self, result):
        """-> values in declared order, dict of meta numbers."""
        if isinstance(result, dict):
            return self.split_dict(result)
        if result is None and self.outputs:
            raise Fail("no_result", "the function returned None: is there a `return`?")
        if len(self.outputs) == 1:
            if isinstance(result, tuple) and len(result) == 2 and isinstance(result[1], dict):
                return [result[0]], self.known_meta(result[1])
            return [result], None
        if not self.outputs:
            return [], None
        if not isinstance(result, (tuple, list)):
            raise Fail("shape", f"{len(self.outputs)} outputs are declared ({', '.join(self.names)}): return a dict or a tuple, "
                                f"not {type(result).__name__}")
        meta = None
        if len(result) == len(self.outputs) + 1 and isinstance(result[-1], dict):
            result, meta = result[:-1], self.known_meta(result[-1])
        if len(result) != len(self.outputs):
            raise Fail("shape", f"{len(result)} outputs were returned, and {len(self.outputs)} are declared: "
                                f"{', '.join(self.names)}")
        return result, meta

    def split_dict(self, result):
        try:
            values = [result[name] for name in self.names]
        except KeyError as error:
            name = error.args[0]
            raise Fail("missing_output", f"output `{name}` is missing in the dict that was returned"
                                         f"{close_to(name, [str(key) for key in result])}") from None
        if len(result) == len(values):
            return values, None
        for key in result:
            if key not in self.names and key not in self.meta:
                raise Fail("unknown_output", f"`{key}` is neither an output nor a meta number of campaign.yaml"
                                             f"{close_to(str(key), self.names + self.meta)}")
        return values, result

    def known_meta(self, meta):
        for key in meta:
            if key not in self.meta:
                raise Fail("unknown_output", f"`{key}` is no meta number of campaign.yaml{close_to(str(key), self.meta)}")
        return meta

    @staticmethod
    def number(value, owner):
        try:
            return float(value)
        except (TypeError, ValueError):
            raise Fail("type", f"`{owner}` is {type(value).__name__} where a number is due") from None

    def output(self, value, output):
        """One output's bytes. A flat array of the right size will do for any shape."""
        if numpy is None:
            return self.plain_output(value, output)
        name, size, shape = output
        if type(value) is not numpy.ndarray or value.dtype != numpy.float64:
            value = self.as_doubles(value, name)
        if value.shape != shape and value.shape != (size,) and not (size == 1 and value.size == 1):
            raise self.misshapen(name, value.shape, shape)
        return value.tobytes()

    @staticmethod
    def as_doubles(value, name):
        try:
            raw = numpy.asarray(value)
        except ValueError as error:
            raise Fail("shape", f"output `{name}`: {error}") from None
        if raw.dtype.kind not in "fiub":
            raise Fail("type", f"output `{name}` holds {raw.dtype} where numbers are due")
        return raw.astype(numpy.float64)

    @staticmethod
    def misshapen(name, got, shape):
        def text(lengths):
            return " x ".join(str(length) for length in lengths) or "single"
        return Fail("shape", f"output `{name}` has {text(got)} number{'s' if got else ''}, and its axes want {text(shape)}")

    def plain_output(self, value, output):
        name, size, shape = output
        flat = array.array("d")
        self.flatten(value, name, flat)
        if len(flat) != size:
            raise self.misshapen(name, (len(flat),), shape)
        return flat.tobytes()

    def flatten(self, value, name, flat):
        if hasattr(value, "__iter__") and not isinstance(value, (str, bytes)):
            for item in value:
                self.flatten(item, name, flat)
        else:
            flat.append(self.number(value, name))


# ---------------------------------------------------------------------------------------------- answers
OK, FAILED, BAD_POINT = 0, 1, 2
ANSWER = struct.Struct("<IBBHQ")
TEXTS = struct.Struct("<HH")
LONGEST_TEXT = 4000


def text_bytes(text):
    return text.encode("utf-8", "replace")[:LONGEST_TEXT]


def failure_frame(number, status, reason, message):
    reason, message = text_bytes(reason), text_bytes(message)
    texts = TEXTS.pack(len(reason), len(message)) + reason + message
    return ANSWER.pack(12 + len(texts), 2, status, 0, number) + texts


def snake_case(name):
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def describe(error):
    """-> status, reason, message of an exception of the user's code."""
    if isinstance(error, Fail):
        return FAILED, error.reason, error.message
    if isinstance(error, BadPoint):
        return BAD_POINT, "bad_point", " ".join(str(part) for part in error.args)
    if isinstance(error, MemoryError):
        return FAILED, "memory", "MemoryError: " + (str(error) or "out of memory")
    traceback.print_exc(file=sys.stderr)
    place = ""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename != __file__]
    if frames:
        place = f"{os.path.basename(frames[-1].filename)}:{frames[-1].lineno} in {frames[-1].name}: "
    return FAILED, snake_case(type(error).__name__), f"{place}{type(error).__name__}: {error}"


# ---------------------------------------------------------------------------------------------- serving
def serve_frames(channel, call, packer, count):
    task_bytes = task_struct(count)
    size, unpack = task_bytes.size, task_bytes.unpack
    numbers = sum(output[1] for output in packer.outputs) + len(packer.meta)
    length, pack_head, pack = 12 + 8 * numbers, ANSWER.pack, packer.pack
    read, write, source = channel.exactly, channel.write, channel.source
    while True:
        data = os.read(source, size) if not channel.left else read(size)
        if len(data) != size:
            channel.left = data
            data = read(size) if data else b""
            if not data:
                return
        task = unpack(data)
        if task[0] != size - 4 or task[1] != 1:
            raise Misfit("bytes came that are no task")
        try:
            answer = pack_head(length, 2, OK, 0, task[5]) + pack(call(task))
        except (Exception, SystemExit) as error:  # the user's code: whatever it raises is this sample's failure
            answer = failure_frame(task[5], *describe(error))
        write(answer)


def number_of(value):
    """A number of a line: NaN and infinities are texts."""
    return float(value)


def line_number(value):
    return value if math.isfinite(value) else repr(value)


def serve_lines(channel, call, packer, count):
    """The same over lines of JSON, for whoever wants to look at it."""
    while True:
        line = channel.line()
        if not line:
            return
        try:
            request = json.loads(line)
            number = request["id"]
            x = [number_of(value) for value in request["x"]]
            deadline = request.get("deadline_s")
            task = (0, 1, request.get("stage", 1), request.get("attempt", 0), 0, number, request.get("index", 0),
                    request.get("seed", 0), math.inf if deadline is None else deadline, *x)
            if len(x) != count:
                raise ValueError(f"x has {len(x)} numbers instead of {count}")
        except (ValueError, KeyError, TypeError) as error:
            channel.write(json.dumps({"id": None, "ok": False, "reason": "request",
                                      "message": f"{type(error).__name__}: {error}"}).encode() + b"\n")
            continue
        try:
            answer = {"id": number, "ok": True, **unpacked(packer, packer.pack(call(task)))}
        except (Exception, SystemExit) as error:  # as in serve_frames
            status, reason, message = describe(error)
            answer = {"id": number, "ok": False, "reason": reason, "message": message[:LONGEST_TEXT]}
            if status == BAD_POINT:
                answer["bad_point"] = True
        channel.write(json.dumps(answer).encode() + b"\n")


def unpacked(packer, data):
    numbers = [line_number(value) for value in struct.unpack(f"<{len(data) // 8}d", data)]
    outputs, at = {}, 0
    for name, size, shape in packer.outputs:
        outputs[name] = numbers[at:at + size] if shape else numbers[at]
        at += size
    return {"outputs": outputs, "meta": dict(zip(packer.meta, numbers[at:]))}


def greet(channel, prepare):
    """Answers the greeting -> (call, packer, count, binary), or None if there is nothing to serve."""
    line = channel.line()
    if not line:
        return None
    hello = json.loads(line)
    answer = {"tranche_worker": PROTOCOL, "binary": False}
    try:
        if hello.get("tranche_worker") != PROTOCOL:
            raise Misfit(f"this is protocol {PROTOCOL}, tranche speaks {hello.get('tranche_worker')}")
        function = prepare(hello)
        call, answer["remarks"] = caller(function, hello)
        packer = Packer(hello)
    except Misfit as error:
        answer["error"] = str(error)
        channel.write(json.dumps(answer).encode() + b"\n")
        return None
    answer["binary"] = bool(hello.get("binary")) and sys.byteorder == "little" and not os.environ.get("TRANCHE_WORKER_LINES")
    channel.write(json.dumps(answer).encode() + b"\n")
    return call, packer, len(hello["parameters"] + hello["constants"] + hello["derived"]), answer["binary"]


def run(channel, prepare):
    """Serves what `prepare(greeting)` returns until tranche closes stdin. -> exit code"""
    greeted = greet(channel, prepare)
    if greeted is None:
        return 1
    call, packer, count, binary = greeted
    try:
        (serve_frames if binary else serve_lines)(channel, call, packer, count)
    except BrokenPipeError:
        return 0  # nobody listens any more
    return 0


def serve(function):
    """Serves one function of a script of yours, and ends the process when tranche has no more samples."""
    sys.exit(run(_channel or Channel(), lambda hello: function))


# ---------------------------------------------------------------------------------------------- program
def import_place(error, module, folder):
    """Where and why an import failed, as one line: in the user's own files below `folder` if it came from there."""
    if isinstance(error, ModuleNotFoundError) and error.name == module:
        return f"there is no module `{module}` beside campaign.yaml"
    if isinstance(error, SyntaxError):
        return f"{os.path.basename(error.filename or module)}:{error.lineno}: SyntaxError: {error.msg}"
    frames = [frame for frame in traceback.extract_tb(error.__traceback__)
              if frame.filename != __file__ and "importlib" not in frame.filename]
    below = os.path.join(os.path.abspath(folder), "")
    own = [frame for frame in frames if os.path.abspath(frame.filename).startswith(below)]
    frames = own or frames
    place = f"{os.path.basename(frames[-1].filename)}:{frames[-1].lineno}: " if frames else ""
    hint = " (is it installed for this interpreter: " + sys.executable + "?)" if isinstance(error, ModuleNotFoundError) else ""
    return f"{place}{type(error).__name__}: {error}{hint}"


def find_function(target, folder):
    """`module:function` -> the function; `folder` is where the module lies, and the working directory of its import."""
    module_name, _, name = target.partition(":")
    sys.path.insert(0, folder)
    rundir = os.getcwd()
    os.chdir(folder)
    try:
        module = importlib.import_module(module_name)
    except (Exception, SystemExit) as error:  # whatever the user's module does while it is imported
        raise Misfit(f"module {module_name} cannot be imported: {import_place(error, module_name, folder)}") from error
    finally:
        os.chdir(rundir)
    try:
        function = functools.reduce(getattr, name.split("."), module)
    except AttributeError:
        names = [each for each in dir(module) if callable(getattr(module, each)) and not each.startswith("_")]
        raise Misfit(f"module {module_name} has no function `{name}`{close_to(name, names)}") from None
    if not callable(function):
        raise Misfit(f"`{name}` of module {module_name} is {type(function).__name__}, and no function")
    return function


def main(arguments):
    if len(arguments) != 2 or ":" not in arguments[1]:
        print(__doc__, file=sys.stderr)
        return 2
    return run(_channel or Channel(), lambda hello: find_function(arguments[1], hello.get("campaign_dir", os.getcwd())))


# As a worker, stdout is taken away before any other code can print to it.
_channel = Channel() if os.environ.get("TRANCHE_WORKER") else None

if __name__ == "__main__":
    sys.exit(main(sys.argv))
