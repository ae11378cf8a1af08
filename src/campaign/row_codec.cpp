#include "tranche/campaign/row_codec.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>

#include "tranche/base/checksum.hpp"

namespace tranche::campaign {
namespace {

static_assert(std::endian::native == std::endian::little, "stored bytes are little-endian");
static_assert(std::numeric_limits<double>::is_iec559 && std::numeric_limits<float>::is_iec559);

std::size_t bytes_of(StoredType type) {
  return type == StoredType::float32 ? sizeof(float) : sizeof(double);
}

/// The one NaN that is ever stored, so that a checksum does not depend on its payload.
template <class Real>
Real canonical(Real value) {
  if (!std::isnan(value)) return value;
  if constexpr (sizeof(Real) == 4)
    return std::bit_cast<float>(std::uint32_t{0x7fc00000});
  else
    return std::bit_cast<double>(std::uint64_t{0x7ff8000000000000});
}

template <class Real>
void canonicalise(std::span<std::byte> field) {
  for (std::size_t at = 0; at + sizeof(Real) <= field.size(); at += sizeof(Real)) {
    Real value;
    std::memcpy(&value, field.data() + at, sizeof value);
    value = canonical(value);
    std::memcpy(field.data() + at, &value, sizeof value);
  }
}

double transformed(const Output& output, double value) {
  if (output.transform == Transform::none) return value;
  return std::log10(value < output.floor ? output.floor : value);
}

bool fits(const Output& output, double stored) {
  return output.type == StoredType::float64 || std::isfinite(static_cast<float>(stored));
}

/// Values in one go: small enough for the stack and the nearest cache, large enough for vector units.
constexpr std::size_t group = 128;

/// Writes `values` as Real to `row`. False if one of them, before or after the transform, breaks a check.
/// No early way out: a loop without branches is what compilers turn into vector instructions.
template <class Real>
bool convert(const Output& output, std::span<const double> values, std::byte* row) {
  std::array<double, group> transforms;
  std::array<Real, group> stored;
  bool finite = true;
  bool nonnegative = true;
  for (; !values.empty(); values = values.subspan(std::min(group, values.size()))) {
    const std::size_t count = std::min(group, values.size());
    const double* from = values.data();
    if (output.transform != Transform::none) {
      for (std::size_t i = 0; i < count; ++i) transforms[i] = transformed(output, values[i]);
      from = transforms.data();
    }
    for (std::size_t i = 0; i < count; ++i) {
      const double value = values[i];
      const Real narrow = static_cast<Real>(from[i]);
      finite &= std::abs(value) <= std::numeric_limits<double>::max();
      finite &= std::abs(narrow) <= std::numeric_limits<Real>::max();
      nonnegative &= !(value < 0);
      stored[i] = canonical(narrow);
    }
    std::memcpy(row, stored.data(), count * sizeof(Real));
    row += count * sizeof(Real);
  }
  return (finite || !output.check_finite) && (nonnegative || !output.check_nonnegative);
}

/// `sed[3,12] = 1e+300`.
std::string element_text(const Output& output, std::span<const std::uint64_t> shape, std::uint64_t element,
                         double value) {
  std::string position;
  for (auto length = shape.rbegin(); length != shape.rend(); ++length) {
    position = std::to_string(element % *length) + (position.empty() ? "" : "," + position);
    element /= *length;
  }
  char number[32];
  std::snprintf(number, sizeof number, "%.6g", value);
  return output.name + (position.empty() ? "" : "[" + position + "]") + " = " + number;
}

}  // namespace

RowCodec::RowCodec(const CampaignSpec& spec) : outputs_{spec.outputs}, meta_count_{spec.meta.size()} {
  for (const auto& output : outputs_) {
    std::vector<std::uint64_t> shape;
    for (auto axis : output.axes) shape.push_back(spec.axes.at(axis).values.size());
    shapes_.push_back(std::move(shape));
    const auto bytes = output.size * bytes_of(output.type);
    fields_.push_back({output_bytes_, bytes, output.size});
    output_bytes_ += bytes;
    total_elements_ += output.size;
  }
}

RowCodec::Verdict RowCodec::encode(std::span<const double> values, std::span<std::byte> row) const {
  ensure(values.size() == total_elements_ && row.size() >= output_bytes_, "a row fits its codec");
  std::size_t first = 0;
  for (std::size_t k = 0; k < outputs_.size(); ++k) {
    auto verdict = encode_output(k, values.subspan(first, fields_[k].elements), row);
    if (!verdict.ok) return verdict;
    first += fields_[k].elements;
  }
  return {};
}

RowCodec::Verdict RowCodec::encode_arrays(std::span<double* const> outputs, std::span<std::byte> row) const {
  ensure(outputs.size() == outputs_.size() && row.size() >= output_bytes_, "a row fits its codec");
  for (std::size_t k = 0; k < outputs_.size(); ++k) {
    auto verdict = encode_output(k, {outputs[k], static_cast<std::size_t>(fields_[k].elements)}, row);
    if (!verdict.ok) return verdict;
  }
  return {};
}

RowCodec::Verdict RowCodec::encode_output(std::size_t k, std::span<const double> values,
                                          std::span<std::byte> row) const {
  const auto& output = outputs_[k];
  std::byte* const to = row.data() + fields_[k].offset;
  const bool good = output.type == StoredType::float32 ? convert<float>(output, values, to)
                                                       : convert<double>(output, values, to);
  return good ? Verdict{} : first_break(k, values);
}

/// Which element broke which check.
RowCodec::Verdict RowCodec::first_break(std::size_t k, std::span<const double> values) const {
  const auto& output = outputs_[k];
  for (std::size_t e = 0; e < values.size(); ++e) {
    const double value = values[e];
    const auto broken = [&](const char* check, const char* note) {
      return Verdict{false, check, element_text(output, shapes_[k], e, value) + note};
    };
    if (output.check_finite && !std::isfinite(value)) return broken("finite", "");
    if (output.check_finite && !fits(output, transformed(output, value)))
      return broken("finite", " does not fit float32");
    if (output.check_nonnegative && value < 0) return broken("nonnegative", "");
  }
  return {};
}

std::uint64_t RowCodec::checksum(std::span<const std::byte> outputs) const {
  ensure(outputs.size() == output_bytes_, "a checksum covers exactly the outputs of a row");
  std::vector<std::byte> copy(outputs.begin(), outputs.end());
  for (std::size_t k = 0; k < outputs_.size(); ++k) {
    const auto field = std::span{copy}.subspan(fields_[k].offset, fields_[k].bytes);
    if (outputs_[k].type == StoredType::float32)
      canonicalise<float>(field);
    else
      canonicalise<double>(field);
  }
  return checksum64(copy);
}

}  // namespace tranche::campaign
