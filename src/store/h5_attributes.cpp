#include "h5_attributes.hpp"

#include "tranche/base/errors.hpp"

namespace tranche::store::h5 {
namespace {

Type text_type() {
  Type type{H5Tcopy(H5T_C_S1)};
  if (!type || H5Tset_size(type.get(), H5T_VARIABLE) < 0 || H5Tset_cset(type.get(), H5T_CSET_UTF8) < 0)
    fail("create", "the text type", H5I_INVALID_HID);
  return type;
}

std::vector<const char*> pointers_to(std::span<const std::string> texts) {
  std::vector<const char*> pointers;
  for (const std::string& text : texts) pointers.push_back(text.c_str());
  return pointers;
}

void write(hid_t object, const std::string& name, hid_t type, const Space& space, const void* data) {
  const Attribute attribute{H5Acreate2(object, name.c_str(), type, space.get(), H5P_DEFAULT, H5P_DEFAULT)};
  if (!attribute || H5Awrite(attribute.get(), type, data) < 0) fail("write", "attribute " + name, object);
}

Space scalar() {
  return Space{H5Screate(H5S_SCALAR)};
}

Attribute open_scalar(hid_t object, const std::string& name) {
  if (H5Aexists(object, name.c_str()) <= 0) return {};
  Attribute attribute{H5Aopen(object, name.c_str(), H5P_DEFAULT)};
  const Space space{H5Aget_space(attribute.get())};
  return H5Sget_simple_extent_npoints(space.get()) == 1 ? std::move(attribute) : Attribute{};
}

}  // namespace

void write_attribute(hid_t object, const std::string& name, const std::string& text) {
  const char* pointer = text.c_str();
  write(object, name, text_type().get(), scalar(), &pointer);
}

void write_attribute(hid_t object, const std::string& name, std::span<const std::string> texts) {
  if (texts.empty()) return;
  write(object, name, text_type().get(), simple_space({texts.size()}), pointers_to(texts).data());
}

void write_attribute(hid_t object, const std::string& name, std::int64_t number) {
  write(object, name, H5T_NATIVE_INT64, scalar(), &number);
}

void write_attribute(hid_t object, const std::string& name, std::uint64_t number) {
  write(object, name, H5T_NATIVE_UINT64, scalar(), &number);
}

void write_attribute(hid_t object, const std::string& name, double number) {
  write(object, name, H5T_NATIVE_DOUBLE, scalar(), &number);
}

void write_attribute(hid_t object, const std::string& name, std::span<const std::uint64_t> numbers) {
  if (!numbers.empty())
    write(object, name, H5T_NATIVE_UINT64, simple_space({numbers.size()}), numbers.data());
}

void write_attribute(hid_t object, const std::string& name, std::span<const std::uint8_t> numbers) {
  if (!numbers.empty()) write(object, name, H5T_NATIVE_UINT8, simple_space({numbers.size()}), numbers.data());
}

void write_attribute(hid_t object, const std::string& name, std::span<const double> numbers) {
  if (!numbers.empty())
    write(object, name, H5T_NATIVE_DOUBLE, simple_space({numbers.size()}), numbers.data());
}

std::optional<std::int64_t> read_integer_attribute(hid_t object, const std::string& name) {
  const Attribute attribute = open_scalar(object, name);
  std::int64_t number = 0;
  if (!attribute || H5Aread(attribute.get(), H5T_NATIVE_INT64, &number) < 0) return std::nullopt;
  return number;
}

std::optional<std::string> read_text_attribute(hid_t object, const std::string& name) {
  const Attribute attribute = open_scalar(object, name);
  char* pointer = nullptr;
  if (!attribute || H5Aread(attribute.get(), text_type().get(), &pointer) < 0) return std::nullopt;
  std::string text = pointer == nullptr ? "" : pointer;
  H5free_memory(pointer);
  return text;
}

std::optional<std::vector<std::string>> read_texts(hid_t attribute, std::size_t count) {
  const Type type = text_type();
  std::vector<char*> pointers(count);
  if (H5Aread(attribute, type.get(), pointers.data()) < 0) return std::nullopt;
  std::vector<std::string> texts;
  for (char* pointer : pointers) {
    texts.emplace_back(pointer == nullptr ? "" : pointer);
    H5free_memory(pointer);
  }
  return texts;
}

Dataset create_strings(hid_t where, const std::string& name, std::span<const std::string> values) {
  return create_filled(where, name, text_type().get(), {values.size()}, pointers_to(values).data());
}

std::vector<std::string> read_strings(const Dataset& dataset) {
  const Dims dims = dims_of(dataset);
  const Space space = simple_space(dims);
  ensure(dims.size() == 1, "texts stand in a list");
  constexpr std::uint64_t most_texts = 1u << 20;  // there is one for each file, parameter or version
  if (dims.front() > most_texts)
    throw IoError{"a list of " + std::to_string(dims.front()) + " texts, which nobody has written"};
  std::vector<char*> pointers(dims.front());
  const Type type = text_type();
  read(dataset, type.get(), space, space, pointers.data());
  std::vector<std::string> texts;
  for (const char* pointer : pointers) texts.emplace_back(pointer == nullptr ? "" : pointer);
  H5Dvlen_reclaim(type.get(), space.get(), H5P_DEFAULT, pointers.data());
  return texts;
}

}  // namespace tranche::store::h5
