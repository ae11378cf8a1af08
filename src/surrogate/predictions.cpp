#include "tranche/surrogate/predictions.hpp"

#include <bit>
#include <cstring>
#include <string>

#include "h5_file.hpp"
#include "whole_file.hpp"

namespace tranche::surrogate {
namespace {

static_assert(std::endian::native == std::endian::little, "arrays are written as they lie in memory");

h5::Doubles rows(const std::vector<double>& values, std::size_t count, std::size_t width) {
  return Eigen::Map<const h5::Doubles>(values.data(), static_cast<Eigen::Index>(count),
                                       static_cast<Eigen::Index>(width));
}

}  // namespace

void save_hdf5(const Predictions& predictions, const Surrogate& surrogate,
               const std::filesystem::path& path) {
  h5::Writer file;
  file.attribute("/", "tranche_predictions", std::uint64_t{1});
  file.attribute("/", "output", surrogate.output);
  file.attribute("/", "unit", surrogate.output_unit);
  file.attribute("/", "transform", surrogate.log10 ? "log10" : "none");
  file.texts("/parameter_names", predictions.names);
  file.matrix("/parameters", rows(predictions.x, predictions.count, predictions.names.size()));
  file.matrix("/values", rows(predictions.values, predictions.count, surrogate.points()));
  if (!predictions.errors.empty())
    file.matrix("/error", rows(predictions.errors, predictions.count, surrogate.points()));
  file.vector("/flags", std::span<const std::uint64_t>{predictions.flags});
  file.group("/axes");
  for (const auto& axis : surrogate.axes)
    file.vector("/axes/" + axis.name, std::span<const double>{axis.values});
  write_whole(path, file.bytes());
}

void save_npy(const Predictions& predictions, const Surrogate& surrogate, const std::filesystem::path& path) {
  constexpr std::size_t step = 64;
  constexpr std::size_t start = 10;
  auto header = "{'descr': '<f8', 'fortran_order': False, 'shape': (" + std::to_string(predictions.count) +
                ", " + std::to_string(surrogate.points()) + "), }";
  header.append((step - (start + header.size() + 1) % step) % step, ' ');
  header += '\n';
  std::string text{"\x93NUMPY\x01\x00", 8};
  text += static_cast<char>(header.size() & 0xFF);
  text += static_cast<char>(header.size() >> 8);
  text += header;
  std::vector<std::byte> bytes(text.size() + predictions.values.size() * sizeof(double));
  std::memcpy(bytes.data(), text.data(), text.size());
  if (!predictions.values.empty())
    std::memcpy(bytes.data() + text.size(), predictions.values.data(),
                predictions.values.size() * sizeof(double));
  write_whole(path, bytes);
}

}  // namespace tranche::surrogate
