/// \file
/// Texts with placeholders: arguments of a command and the decks it reads.
/// Layer: core (pure). The same values give the same bytes everywhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tranche::deck {

/// What a name stands for, and so how it may be printed.
enum class Kind : std::uint8_t {
  real,
  whole,  ///< a number without fraction: `%d` is possible
  level,  ///< a word by itself, its position (from 0) with a format
  text    ///< no format
};

/// A name that texts may use; its value has the same position.
struct Name {
  std::string name;
  Kind kind = Kind::real;
};

/// Of a level: `number` is its position, `text` its name.
struct Value {
  double number = 0;
  std::string text = {};
};

/// What surrounds a name. Doubled, a delimiter stands for itself.
struct Delimiters {
  std::string open = "{";
  std::string close = "}";
};

/// Something that is wrong in a text.
struct Mistake {
  std::size_t offset = 0;  ///< byte of the text
  std::string what;
  std::string why;
  std::string fix;
};

/// A text that has been read once and can be filled in often. `{B}` prints a number so that it reads back
/// exactly, `{B:%12.5e}` as printf would.
class Deck {
 public:
  Deck() = default;

  /// O(text). All mistakes, if there are any.
  static std::variant<Deck, std::vector<Mistake>> parse(std::string_view text, std::span<const Name> names,
                                                        const Delimiters& delimiters = {});

  /// `values`: one for each of the names. Precondition: numbers with %d are whole.
  std::string fill(std::span<const Value> values) const;
  /// Positions of the names it uses, ascending, each once.
  std::vector<std::size_t> used() const;

 private:
  friend class Parser;
  struct Field {
    std::size_t name = 0;
    Kind kind = Kind::real;
    std::string format;     ///< for snprintf; empty: exact
    bool as_whole = false;  ///< the format takes a long long
  };
  using Piece = std::variant<std::string, Field>;
  static void append(const Field& field, const Value& value, std::string& out);

  std::vector<Piece> pieces_;
};

/// The shortest text that reads back as the same double.
std::string exact_number(double value);

}  // namespace tranche::deck
