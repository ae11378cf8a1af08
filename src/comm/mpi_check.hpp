/// \file
/// One place that turns an MPI return code into an MpiError.
#pragma once

#include <mpi.h>

#include <string>

#include "tranche/base/errors.hpp"

namespace tranche::comm {

inline void check(int code, const char* call) {
  if (code == MPI_SUCCESS) return;
  char text[MPI_MAX_ERROR_STRING];
  int length = 0;
  MPI_Error_string(code, text, &length);
  throw MpiError{std::string{call} + ": " + std::string(text, static_cast<std::size_t>(length))};
}

}  // namespace tranche::comm
