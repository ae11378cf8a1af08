/// \file
/// The arithmetic of the fast evaluation: compiled several times, for different processors.
/// Layer: surrogate (private). Float32. The sources share nothing with other objects: no templates or inline
/// functions of any library, which the linker would merge across instruction sets. Every sum is taken in the
/// order of the inputs, products rounded before they are added: the same bits from each of them, and for any
/// number of rows.
#pragma once

#include <cstddef>

namespace tranche::surrogate {

/// What follows a layer: polynomials and rationals fitted for this. Largest absolute errors over [-20,20]
/// (kernels_test.cpp): tanh 1.8e-7, atan 1.9e-7, gelu 1.1e-6, silu 1.3e-6; a float of 16 is itself no finer
/// than 1.9e-6.
enum class Function : int { identity, relu, tanh, atan, gelu, silu, gate };

/// y = bias + W x for `rows` rows. weights: blocks of `Kernels::block` outputs; within one, for each input
/// the weights of all its outputs. Outputs that fill the last block have weights 0; rows of y have room for
/// them.
struct LinearCall {
  const float* x = nullptr;
  std::size_t x_stride = 0;
  std::size_t rows = 0;
  const float* weights = nullptr;
  const float* bias = nullptr;  ///< blocks * block
  std::size_t inputs = 0;
  std::size_t blocks = 0;
  float* y = nullptr;
  std::size_t y_stride = 0;
};

/// y = f(y) + skip. `width`: a multiple of Kernels::block; alpha, beta: so many, or nothing.
struct ActivateCall {
  Function function = Function::identity;
  float* y = nullptr;
  std::size_t y_stride = 0;
  std::size_t rows = 0;
  std::size_t width = 0;
  const float* skip = nullptr;
  std::size_t skip_stride = 0;
  const float* alpha = nullptr;
  const float* beta = nullptr;
};

struct Kernels {
  const char* name;
  std::size_t block;  ///< outputs computed together
  void (*linear)(const LinearCall&);
  void (*activate)(const ActivateCall&);
};

namespace kernels_plain {
extern const Kernels kernels;
}
namespace kernels_avx2 {
extern const Kernels kernels;
}
namespace kernels_avx512 {
extern const Kernels kernels;
}

}  // namespace tranche::surrogate
