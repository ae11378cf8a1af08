#include "tranche/readout/npy.hpp"

#include <catch2/catch.hpp>
#include <cstring>
#include <random>

using namespace tranche;
using readout::Numbers;

namespace {

std::string file(const std::string& dictionary, const std::string& data, char version = 1) {
  std::string text = std::string{"\x93NUMPY", 6} + version + '\0';
  text += static_cast<char>(dictionary.size() % 256);
  text += static_cast<char>(dictionary.size() / 256);
  if (version > 1) text += std::string(2, '\0');
  return text + dictionary + data;
}

template <class Type>
std::string bytes(std::vector<Type> values) {
  std::string text(values.size() * sizeof(Type), '\0');
  std::memcpy(text.data(), values.data(), text.size());
  return text;
}

std::string dictionary(const std::string& type, const std::string& shape, const char* fortran = "False") {
  return "{'descr': '" + type + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }\n";
}

readout::Array good(const std::string& text) {
  const auto result = readout::read_npy(text, "out.npy");
  REQUIRE(std::holds_alternative<readout::Array>(result));
  return std::get<readout::Array>(result);
}

std::string bad(const std::string& text) {
  const auto result = readout::read_npy(text, "out.npy");
  REQUIRE(std::holds_alternative<readout::Fault>(result));
  CHECK(std::get<readout::Fault>(result).reason == "parse");
  return std::get<readout::Fault>(result).message;
}

}  // namespace

TEST_CASE("Arrays of numpy are read as they are") {
  const auto array = good(file(dictionary("<f8", "(3,)"), bytes<double>({1, 2.5, -3})));
  CHECK(array.numbers == Numbers{1, 2.5, -3});
  CHECK(array.shape == std::vector<std::uint64_t>{3});
  CHECK(good(file(dictionary("<f4", "(2, 1)"), bytes<float>({1, 0.5f}), 2)).shape ==
        std::vector<std::uint64_t>{2, 1});
  CHECK(good(file(dictionary("<f8", "()"), bytes<double>({7}))).numbers == Numbers{7});
  CHECK(good(file(dictionary("<i4", "(2,)"), bytes<std::int32_t>({-1, 9}))).numbers == Numbers{-1, 9});
  CHECK(good(file(dictionary("|b1", "(2,)"), std::string{"\0\1", 2})).numbers == Numbers{0, 1});
}

TEST_CASE("Byte order and axis order do not matter") {
  CHECK(good(file(dictionary(">f8", "(1,)"), std::string{"\x3f\xf0\0\0\0\0\0\0", 8})).numbers == Numbers{1});
  const auto array = good(file(dictionary("<f8", "(2, 3)", "True"), bytes<double>({1, 4, 2, 5, 3, 6})));
  CHECK(array.numbers == Numbers{1, 2, 3, 4, 5, 6});
}

TEST_CASE("What is no array of numbers is told") {
  CHECK(bad("") == "out.npy: not a .npy file");
  CHECK(bad("PK\3\4 and so on and on") == "out.npy: not a .npy file");
  CHECK(bad(file(dictionary("<c16", "(1,)"), std::string(16, '\0'))) ==
        "out.npy: arrays of type c16 are no real numbers");
  CHECK(bad(file(dictionary("<c8", "(1,)"), std::string(8, '\0'))) ==
        "out.npy: arrays of type c8 are no real numbers");
  CHECK(bad(file(dictionary("<f8", "(3,)"), bytes<double>({1, 2}))) ==
        "out.npy: 16 bytes of numbers, 24 are due");
  CHECK(bad(file(dictionary("<f8", "(9999999, 9999999)"), "")) == "out.npy: not a .npy file");
}

TEST_CASE("No bytes whatever make the reader fail") {
  std::mt19937 engine{5};
  const auto sound = file(dictionary("<f8", "(3,)"), bytes<double>({1, 2, 3}));
  for (int k = 0; k < 20'000; ++k) {
    auto text = sound;
    for (int change = 0; change < 3; ++change) text[engine() % text.size()] = static_cast<char>(engine());
    text.resize(engine() % (text.size() + 1));
    const auto result = readout::read_npy(text, "f");
    CHECK((result.index() == 0 || std::get<1>(result).reason == "parse"));
  }
}
