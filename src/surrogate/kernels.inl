// Included once by each kernels_*.cpp, which says how wide a vector is and how many rows fit the registers.
// Vectors of GCC and Clang: no intrinsics, and plain code where the machine has none of that width.
#include "kernels.hpp"

namespace tranche::surrogate::TRANCHE_KERNELS {
namespace {

using Size = std::size_t;
constexpr Size lanes = TRANCHE_KERNEL_LANES;
constexpr int tile_rows = TRANCHE_KERNEL_ROWS;
constexpr Size block = 2 * lanes;

typedef float Vector __attribute__((vector_size(lanes * 4)));
typedef int Integers __attribute__((vector_size(lanes * 4)));
typedef float Loose __attribute__((vector_size(lanes * 4), aligned(4), may_alias));

inline Vector load(const float* from) {
  return *reinterpret_cast<const Loose*>(from);
}

inline void store(float* to, Vector values) {
  *reinterpret_cast<Loose*>(to) = values;
}

inline Vector all(float value) {
  return value - Vector{};
}

// NaN stays NaN.
inline Vector clamp(Vector x, float most) {
  x = x < -most ? all(-most) : x;
  return x > most ? all(most) : x;
}

/// 2^n e^r with |r| <= ln 2 / 2.
inline Vector exponential(Vector x) {
  constexpr float magic = 12582912;  // 1.5 * 2^23: what is added to it is rounded to a whole number
  x = clamp(x, 87);
  const Vector n = (x * 1.44269504F + magic) - magic;
  const Vector r = (x - n * 0.693145752F) - n * 1.42860677e-6F;
  Vector p = r * 0.0013814598F + 0.008368717F;
  p = p * r + 0.04166839F;
  p = p * r + 0.16666521F;
  p = p * r + 0.49999994F;
  p = p * r + 1;
  p = p * r + 1;
  const Integers power = (__builtin_convertvector(n, Integers) + 127) << 23;
  return p * (Vector)power;  // the bits
}

/// Exactly 1 from 4 on.
inline Vector error_function(Vector x) {
  const Vector t = x * x;
  Vector p = t * 1.9747451e-06F + 0.00028801366F;
  p = p * t + 0.0040030703F;
  p = p * t + 0.053465772F;
  p = p * t + 0.19623762F;
  p = p * t + 1.128379F;
  Vector q = t * 3.747848e-05F + 0.0012161899F;
  q = q * t + 0.015443326F;
  q = q * t + 0.11647154F;
  q = q * t + 0.50724226F;
  q = q * t + 1;
  Vector y = x * p / q;
  y = x >= 4 ? all(1) : y;
  return x <= -4 ? all(-1) : y;
}

/// Of 1/x beyond 1.
inline Vector arc_tangent(Vector x) {
  const Vector size = x < 0 ? -x : x;
  const Vector z = size > 1 ? 1 / size : size;
  const Vector t = z * z;
  const Vector p = ((t * 0.008947073F + 0.28700203F) * t + 1.1303717F) * t + 1;
  const Vector q = ((t * 0.050676458F + 0.5749062F) * t + 1.4637048F) * t + 1;
  Vector y = z * p / q;
  y = size > 1 ? 1.57079633F - y : y;
  return x < 0 ? -y : y;
}

inline Vector logistic(Vector x) {
  return 1 / (1 + exponential(-x));
}

template <Function function>
inline Vector apply(Vector x, const float* alpha, const float* beta) {
  if constexpr (function == Function::relu) return x < 0 ? all(0) : x;
  if constexpr (function == Function::tanh) return 1 - 2 / (1 + exponential(x + x));
  if constexpr (function == Function::atan) return arc_tangent(x);
  if constexpr (function == Function::gelu) return 0.5F * x * (1 + error_function(x * 0.707106781F));
  if constexpr (function == Function::silu) return x * logistic(x);
  if constexpr (function == Function::gate) {
    const Vector b = load(beta);
    return (b + (1 - b) * logistic(load(alpha) * x)) * x;
  }
  return x;
}

template <Function function>
void each(const ActivateCall& call) {
  for (Size row = 0; row < call.rows; ++row) {
    float* y = call.y + row * call.y_stride;
    const float* skip = call.skip == nullptr ? nullptr : call.skip + row * call.skip_stride;
    for (Size at = 0; at < call.width; at += lanes) {
      Vector value = apply<function>(load(y + at), call.alpha + at, call.beta + at);
      if (skip != nullptr) value += load(skip + at);
      store(y + at, value);
    }
  }
}

void activate(const ActivateCall& call) {
  switch (call.function) {
    case Function::identity:
      return call.skip == nullptr ? void() : each<Function::identity>(call);
    case Function::relu:
      return each<Function::relu>(call);
    case Function::tanh:
      return each<Function::tanh>(call);
    case Function::atan:
      return each<Function::atan>(call);
    case Function::gelu:
      return each<Function::gelu>(call);
    case Function::silu:
      return each<Function::silu>(call);
    case Function::gate:
      return each<Function::gate>(call);
  }
}

/// `rows` rows from `row` on, `wide` blocks from `first` on: as many sums as fit the registers.
template <int rows, int wide>
inline void tile(const LinearCall& call, Size row, Size first) {
  const float* x = call.x + row * call.x_stride;
  const float* w = call.weights + first * call.inputs * block;
  Vector low[rows][wide];
  Vector high[rows][wide];
#pragma GCC unroll 16
  for (int r = 0; r < rows; ++r)
#pragma GCC unroll 4
    for (int b = 0; b < wide; ++b) {
      low[r][b] = load(call.bias + (first + b) * block);
      high[r][b] = load(call.bias + (first + b) * block + lanes);
    }
  for (Size k = 0; k < call.inputs; ++k) {
#pragma GCC unroll 4
    for (int b = 0; b < wide; ++b) {
      const Vector w_low = load(w + (b * call.inputs + k) * block);
      const Vector w_high = load(w + (b * call.inputs + k) * block + lanes);
#pragma GCC unroll 16
      for (int r = 0; r < rows; ++r) {
        const float value = x[r * call.x_stride + k];
        low[r][b] += w_low * value;
        high[r][b] += w_high * value;
      }
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < rows; ++r)
#pragma GCC unroll 4
    for (int b = 0; b < wide; ++b) {
      float* y = call.y + (row + r) * call.y_stride + (first + b) * block;
      store(y, low[r][b]);
      store(y + lanes, high[r][b]);
    }
}

/// One row after another: four blocks at a time, since each sum waits for itself.
void row_by_row(const LinearCall& call, Size row) {
  for (; row < call.rows; ++row) {
    Size first = 0;
    for (; first + 4 <= call.blocks; first += 4) tile<1, 4>(call, row, first);
    for (; first + 2 <= call.blocks; first += 2) tile<1, 2>(call, row, first);
    if (first < call.blocks) tile<1, 1>(call, row, first);
  }
}

void linear(const LinearCall& call) {
  Size rest = 0;
  for (Size first = 0; first < call.blocks; ++first) {
    Size row = 0;
    for (; row + tile_rows <= call.rows; row += tile_rows) tile<tile_rows, 1>(call, row, first);
    for (; row + 4 <= call.rows; row += 4) tile<4, 1>(call, row, first);
    rest = row;
  }
  row_by_row(call, rest);
}

}  // namespace

const Kernels kernels{TRANCHE_KERNEL_NAME, block, &linear, &activate};

}  // namespace tranche::surrogate::TRANCHE_KERNELS
