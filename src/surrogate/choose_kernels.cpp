#include "choose_kernels.hpp"

#include <cstdlib>
#include <string>
#include <vector>

#include "tranche/base/errors.hpp"

namespace tranche::surrogate {
namespace {

/// The fastest last.
std::vector<const Kernels*> runnable() {
  std::vector<const Kernels*> list{&kernels_plain::kernels};
#ifdef TRANCHE_X86_KERNELS
  const bool avx2 = __builtin_cpu_supports("avx2");
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq");
  if (avx2) list.push_back(&kernels_avx2::kernels);
  if (avx2 && avx512) list.push_back(&kernels_avx512::kernels);
#endif
  return list;
}

}  // namespace

const Kernels& choose_kernels() {
  const auto list = runnable();
  const char* wish = std::getenv("TRANCHE_SURROGATE_CPU");
  if (wish == nullptr || *wish == '\0') return *list.back();
  std::string names;
  for (const auto* kernels : list) {
    if (std::string{wish} == kernels->name) return *kernels;
    names += (names.empty() ? "" : ", ") + std::string{kernels->name};
  }
  throw Failure{ExitCode::usage,
                "TRANCHE_SURROGATE_CPU is `" + std::string{wish} + "`; this machine runs: " + names,
                "unset TRANCHE_SURROGATE_CPU"};
}

}  // namespace tranche::surrogate
