/// \file
/// Worker protocol 1: what tranche writes to a worker, and what the worker's answers mean
/// (docs/formats/worker.md). Layer: adapter (simulate), pure: bytes in, bytes out, every length checked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "tranche/campaign/spec.hpp"

namespace tranche::simulate {

inline constexpr int worker_protocol = 1;

/// An answer that means nothing.
class ProtocolFault : public std::runtime_error {
 public:
  /// Whether the next answer can still be told from this one.
  enum class Stream : std::uint8_t { in_step, lost };
  ProtocolFault(Stream stream, const std::string& what) : std::runtime_error{what}, stream_{stream} {}
  Stream stream() const noexcept { return stream_; }

 private:
  Stream stream_;
};

/// How the messages after the greeting are written.
enum class Framing : std::uint8_t { lines, frames };

/// What the answers of one campaign hold.
struct AnswerShape {
  struct Output {
    std::string name;
    std::size_t size = 1;  ///< numbers
  };
  std::vector<Output> outputs;
  std::vector<std::string> meta;

  explicit AnswerShape(const campaign::CampaignSpec& spec);
  /// Numbers of all outputs and meta together.
  std::size_t numbers() const noexcept;
  /// Bytes of the longest message that is still believed.
  std::size_t longest(Framing framing) const noexcept;
};

/// Beside what campaign.yaml says.
struct GreetingFacts {
  std::string campaign_dir;
  std::string rundir;
  std::uint32_t slot = 0;
  bool frames_allowed = true;
};
/// The first line to a worker, newline included.
std::string greeting_line(const campaign::CampaignSpec& spec, const GreetingFacts& facts);

struct GreetingAnswer {
  Framing framing = Framing::lines;
  std::string refusal;               ///< why it cannot work; empty: it can
  std::vector<std::string> remarks;  ///< what a person should know
};
/// \throws ProtocolFault
GreetingAnswer read_greeting_answer(std::string_view line);

struct WorkerTask {
  std::uint64_t id = 0;  ///< the answer repeats it
  std::uint64_t index = 0;
  std::uint8_t stage = 1;
  std::uint8_t attempt = 0;
  std::uint64_t seed = 0;
  std::optional<double> deadline_s;
  std::span<const double> x;  ///< parameters, constants, derived
};
/// Appends the request to `out`.
void write_task(const WorkerTask& task, Framing framing, std::string& out);

/// Bytes of the message that begins in `bytes`; nothing if its end has not come yet.
/// \throws ProtocolFault if it cannot be one
std::optional<std::size_t> message_length(std::string_view bytes, Framing framing, const AnswerShape& shape);

struct WorkerAnswer {
  enum class Status : std::uint8_t { ok = 0, failed = 1, bad_point = 2 };
  Status status = Status::ok;
  std::string reason;  ///< as the worker wrote it; not for ok
  std::string message;
};
/// Where an answer's numbers go: one array an output as long as the output, and the meta numbers.
struct AnswerArrays {
  std::span<double* const> outputs;
  std::span<double> meta;
};
/// A whole message, as message_length() found it. Writes to `arrays` only if the answer is ok.
/// \throws ProtocolFault
WorkerAnswer read_answer(std::string_view message, Framing framing, std::uint64_t id,
                         const AnswerShape& shape, const AnswerArrays& arrays);

}  // namespace tranche::simulate
