"""Surrogates of tranche from Python: one file, NumPy and the library libtranche_surrogate.

    from tranche_surrogate import Surrogate

    s = Surrogate("models/best/surrogate.h5", z=0.031, R="2.998e10*t_var*delta/(1+z)")
    s.names                      # what is left to be given
    y = s(delta=10, B=0.1, ...)  # one spectrum, as stored (log10 where the campaign stores log10); shape (points,)
    y = s([10, 0.1, ...])        # the same numbers in the order of s.names
    y = s(rows)                  # shape (n, len(s.names)) -> (n, points)
    y, error = s.with_error(...) # error bars of an ensemble, in stored units
    s.inside(rows)               # which points lie inside the campaign's ranges and constraints
    s.axis                       # what y is tabulated on

The library is looked for in $TRANCHE_SURROGATE_LIBRARY (a file), beside this file, and in the lib folder of the
installation or build this file lies in; then wherever the system looks.
"""

import ctypes
import difflib
import os
import pathlib

import numpy as np

__all__ = ["Surrogate", "SurrogateError", "Axis", "Input"]

ABI = 1
_LINEAR = 1
_EXCLUDED = 1 << 63
_NAME = "libtranche_surrogate.so"


class SurrogateError(Exception):
    """What the library said; `code` is tranche's exit code for it."""

    def __init__(self, text, code=2):
        super().__init__(text)
        self.code = code


class _Input(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("name", ctypes.c_char_p), ("unit", ctypes.c_char_p),
                ("scale", ctypes.c_char_p), ("lo", ctypes.c_double), ("hi", ctypes.c_double)]


class _Axis(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("name", ctypes.c_char_p), ("unit", ctypes.c_char_p),
                ("n", ctypes.c_size_t), ("values", ctypes.POINTER(ctypes.c_double))]


class _Accuracy(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t)] + [(name, ctypes.c_double)
                                              for name in ("r2", "mean", "median", "p95", "p99", "max")]


class _Info(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t),
                ("n_inputs", ctypes.c_size_t), ("inputs", ctypes.POINTER(_Input)),
                ("n_network_inputs", ctypes.c_size_t), ("network_inputs", ctypes.POINTER(_Input)),
                ("output", ctypes.c_char_p), ("unit", ctypes.c_char_p), ("log10", ctypes.c_int),
                ("n_points", ctypes.c_size_t), ("n_axes", ctypes.c_size_t), ("axes", ctypes.POINTER(_Axis)),
                ("members", ctypes.c_size_t), ("coverage_1", ctypes.c_double), ("coverage_2", ctypes.c_double),
                ("accuracy", _Accuracy),
                ("n_constraints", ctypes.c_size_t), ("constraints", ctypes.POINTER(ctypes.c_char_p)),
                ("n_unchecked", ctypes.c_size_t), ("provenance", ctypes.c_char_p), ("cpu", ctypes.c_char_p)]


class Input:
    """A number that goes in: name, unit, scale, lo, hi (NaN for a name that only formulas use)."""

    def __init__(self, record):
        self.name = record.name.decode()
        self.unit = record.unit.decode()
        self.scale = record.scale.decode()
        self.lo = record.lo
        self.hi = record.hi

    def __repr__(self):
        return f"Input({self.name}, [{self.lo:g}, {self.hi:g}] {self.unit} {self.scale})"


class Axis:
    """What the values are tabulated on: name, unit, values."""

    def __init__(self, record):
        self.name = record.name.decode()
        self.unit = record.unit.decode()
        self.values = np.ctypeslib.as_array(record.values, (record.n,)).copy()


def _candidates():
    named = os.environ.get("TRANCHE_SURROGATE_LIBRARY")
    if named:
        return [named]
    here = pathlib.Path(__file__).resolve().parent
    beside = [here / _NAME, here.parent.parent / "lib" / _NAME, here.parent.parent / "build" / "release" / "lib" / _NAME]
    return [str(path) for path in beside if path.exists()] + [_NAME + ".1", _NAME]


def _load():
    said = []
    for path in _candidates():
        try:
            library = ctypes.CDLL(path)
        except OSError as error:
            said.append(str(error))
            continue
        if library.tranche_surrogate_abi() != ABI:
            raise SurrogateError(f"{path} has ABI {library.tranche_surrogate_abi()}, and this file needs {ABI}: "
                                 "take both from the same tranche")
        return _declare(library)
    raise SurrogateError(f"{_NAME} was not found ({'; '.join(said)}): set TRANCHE_SURROGATE_LIBRARY to its path", 7)


def _declare(library):
    # Addresses as plain numbers: arrays described to ctypes cost microseconds a call.
    pointer = ctypes.c_void_p
    library.tranche_surrogate_error.restype = ctypes.c_char_p
    library.tranche_surrogate_open.argtypes = [ctypes.c_char_p, ctypes.c_size_t,
                                               ctypes.POINTER(ctypes.c_char_p), ctypes.POINTER(pointer)]
    library.tranche_surrogate_close.argtypes = [pointer]
    library.tranche_surrogate_close.restype = None
    library.tranche_surrogate_describe.argtypes = [pointer]
    library.tranche_surrogate_describe.restype = ctypes.POINTER(_Info)
    library.tranche_surrogate_evaluate.argtypes = [pointer, ctypes.c_size_t, pointer, ctypes.c_uint,
                                                   pointer, pointer, pointer]
    library.tranche_surrogate_expand.argtypes = [pointer, ctypes.c_size_t, pointer, pointer]
    return library


_library = None


class Surrogate:
    """A surrogate.h5, with inputs fixed (`z=0.031`) or linked (`R="c*t_var*delta/(1+z)"`).

    Any number of threads may call one object. It can be pickled: the file is opened again where it arrives.
    """

    def __init__(self, path, **bindings):
        global _library
        self._handle = None
        if _library is None:
            _library = _load()
        self._library = _library
        self.path = os.path.abspath(os.fspath(path))
        self.bindings = dict(bindings)
        texts = [f"{name}={value if isinstance(value, str) else repr(float(value))}".encode()
                 for name, value in bindings.items()]
        handle = ctypes.c_void_p()
        self._check(self._library.tranche_surrogate_open(
            os.fsencode(self.path), len(texts), (ctypes.c_char_p * len(texts))(*texts), ctypes.byref(handle)))
        self._handle = handle.value
        self._describe()
        self._evaluate = self._library.tranche_surrogate_evaluate

    def _describe(self):
        info = self._library.tranche_surrogate_describe(self._handle).contents
        self.inputs = [Input(info.inputs[k]) for k in range(info.n_inputs)]
        self.network_inputs = [Input(info.network_inputs[k]) for k in range(info.n_network_inputs)]
        self.names = tuple(one.name for one in self.inputs)
        self.output = info.output.decode()
        self.unit = info.unit.decode()
        self.log10 = bool(info.log10)
        self.points = info.n_points
        self.axes = [Axis(info.axes[k]) for k in range(info.n_axes)]
        self.members = info.members
        self.coverage = (info.coverage_1, info.coverage_2)
        self.accuracy = {name: getattr(info.accuracy, name) for name in ("r2", "mean", "median", "p95", "p99", "max")}
        self.constraints = [info.constraints[k].decode() for k in range(info.n_constraints)]
        self.provenance = dict(line.split(": ", 1) for line in info.provenance.decode().splitlines() if ": " in line)
        self.cpu = info.cpu.decode()

    @property
    def axis(self):
        """Values of the only axis, or None if there is none. \\see axes"""
        if len(self.axes) > 1:
            raise SurrogateError(f"{self.output} has {len(self.axes)} axes: see .axes")
        return self.axes[0].values if self.axes else None

    def __call__(self, x=None, *, linear=False, **named):
        """Values as stored, or in .unit with linear=True. x: numbers in the order of .names, rows of them, or a dict."""
        return self._values(x, named, linear, False)[0]

    def with_error(self, x=None, *, linear=False, **named):
        """Values, and error bars in stored units: NaN unless the surrogate is an ensemble."""
        return self._values(x, named, linear, True)

    def inside(self, x=None, **named):
        """Whether each point lies within all ranges and breaks no constraint of the campaign."""
        return self._flags(x, named) == 0

    def outside(self, x=None, **named):
        """One list of sentences a point: which network inputs lie outside which ranges; constraints."""
        flags = self._flags(x, named)
        return self._sentences(int(flags)) if flags.ndim == 0 else [self._sentences(int(one)) for one in flags]

    def network_values(self, x=None, **named):
        """What the network gets: fixed and linked inputs put in. Last dimension: .network_inputs."""
        rows, single = self._rows(x, named)
        values = np.empty((len(rows), len(self.network_inputs)))
        self._check(self._library.tranche_surrogate_expand(self._handle, len(rows), rows.ctypes.data, values.ctypes.data))
        return values[0] if single else values

    def close(self):
        if self._handle is not None:
            self._library.tranche_surrogate_close(self._handle)
            self._handle = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __del__(self):
        self.close()

    def __getstate__(self):
        return {"path": self.path, "bindings": self.bindings}

    def __setstate__(self, state):
        self.__init__(state["path"], **state["bindings"])

    def __repr__(self):
        return f"Surrogate({self.path!r}: {', '.join(self.names)} -> {self.output})"

    def _values(self, x, named, linear, want_error):
        rows, single = self._rows(x, named)
        n = len(rows)
        values = np.empty((n, self.points))
        error = np.empty((n, self.points)) if want_error else None
        code = self._evaluate(self._handle, n, rows.ctypes.data, _LINEAR if linear else 0, values.ctypes.data,
                              None if error is None else error.ctypes.data, None)
        if code:
            self._check(code)
        if single:
            return values[0], None if error is None else error[0]
        return values, error

    def _flags(self, x, named):
        rows, single = self._rows(x, named)
        values = np.empty((len(rows), self.points))
        flags = np.empty(len(rows), np.uint64)
        self._check(self._evaluate(self._handle, len(rows), rows.ctypes.data, 0, values.ctypes.data, None, flags.ctypes.data))
        return flags[0] if single else flags

    def _sentences(self, flags):
        found = [f"{one.name} lies outside [{one.lo:g}, {one.hi:g}]"
                 for k, one in enumerate(self.network_inputs) if flags >> min(k, 62) & 1]
        return found + (["excluded from the campaign by " + ", ".join(self.constraints)] if flags & _EXCLUDED else [])

    def _rows(self, x, named):
        if self._handle is None:
            raise SurrogateError("the surrogate is closed")
        if isinstance(x, dict):
            x, named = None, {**x, **named}
        if x is None:
            x = self._in_order(named)
        elif named:
            raise SurrogateError("give numbers or names, not both")
        rows = np.ascontiguousarray(x, np.float64)
        single = rows.ndim == 1
        if single:
            rows = rows[np.newaxis]
        if rows.ndim != 2 or rows.shape[1] != len(self.names):
            raise SurrogateError(f"needs {len(self.names)} numbers a point ({', '.join(self.names)}), "
                                 f"and got shape {np.shape(x)}")
        return rows, single

    def _in_order(self, named):
        missing = [name for name in self.names if name not in named]
        unknown = [name for name in named if name not in self.names]
        if unknown:
            near = difflib.get_close_matches(unknown[0], self.names, 1)
            raise SurrogateError(f"`{unknown[0]}` is no input: " +
                                 (f"did you mean {near[0]}?" if near else f"they are {', '.join(self.names)}"))
        if missing:
            raise SurrogateError("missing: " + ", ".join(missing))
        if not self.names:
            return np.empty(0)
        columns = np.broadcast_arrays(*(np.asarray(named[name], np.float64) for name in self.names))
        return np.stack(columns, -1)

    def _check(self, code):
        if code:
            raise SurrogateError(self._library.tranche_surrogate_error().decode(errors="replace"), code)
