/// \file
/// Which library multiplies matrices here: the reference one takes thirty times as long.
/// Layer: application (trainer; dynamic loader).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tranche::trainer {

/// Whether a file's name is that of one of the fast ones.
bool is_fast_blas(std::string_view file) noexcept;
/// What to tell a person who has none; nothing if all is well or nothing can be said.
std::optional<std::string> blas_warning(std::string_view file);
/// The file that this process takes sgemm from; empty: it has none.
std::string blas_file();
/// Its own threads, beside those of OpenMP.
void set_blas_threads(int threads);

}  // namespace tranche::trainer
