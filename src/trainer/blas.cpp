#include "blas.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <filesystem>

namespace tranche::trainer {

bool is_fast_blas(std::string_view file) noexcept {
  constexpr std::array known{"openblas", "mkl",  "blis", "atlas",    "armpl",
                             "nvpl",     "essl", "sci_", "flexiblas"};
  return std::any_of(known.begin(), known.end(),
                     [file](const char* name) { return file.find(name) != std::string_view::npos; });
}

std::optional<std::string> blas_warning(std::string_view file) {
  if (file.empty() || is_fast_blas(file)) return std::nullopt;
  return "matrices are multiplied by " + std::string{file} +
         ", which is none of the fast libraries: training may take thirty times as long. Install one: "
         "apt-get "
         "install libopenblas0";
}

std::string blas_file() {
  void* const place = ::dlsym(RTLD_DEFAULT, "sgemm_");
  Dl_info info{};
  if (place == nullptr || ::dladdr(place, &info) == 0 || info.dli_fname == nullptr) return {};
  std::error_code error;
  const auto real = std::filesystem::canonical(info.dli_fname, error);
  return error ? info.dli_fname : real.string();
}

void set_blas_threads(int threads) {
  using Set = void (*)(int);
  if (void* const found = ::dlsym(RTLD_DEFAULT, "openblas_set_num_threads"))
    reinterpret_cast<Set>(found)(threads);
}

}  // namespace tranche::trainer
